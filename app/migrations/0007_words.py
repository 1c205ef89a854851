"""The words by which ended calls are found, gathered while calls go on: this takes no lock that anybody waits for."""

from typing import Any

STATEMENTS = r"""
-- what an ended call is found by: its words, each behind its account and mode (see app.calls.words)
CREATE TABLE call_words (
    call_id uuid PRIMARY KEY,
    words tsvector NOT NULL
);
CREATE FUNCTION words_of(c call) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT DISTINCT left(replace(c.account_id::text, '-', ''), 12) || left(c.mode, 1) || left(found.word, 40)
        FROM regexp_split_to_table(
            regexp_replace(normalize(lower(concat_ws(
                ' ', c.name, c.instructions, c.summary,
                (SELECT string_agg(t.text, ' ') FROM turn t WHERE t.call_id = c.id)
            )), NFKD), '[\u0300-\u036f]', '', 'g'),
            '[^[:alnum:]]+'
        ) AS found (word)
        WHERE found.word <> '' LIMIT 6000
    ))
$$;
INSERT INTO call_words (call_id, words) SELECT c.id, words_of(c) FROM call c WHERE c.summary IS NOT NULL;
-- they are indexed at once: gathered, they would now and then hold up one call's settling for long, and be read with
-- every search
CREATE INDEX call_words_found ON call_words USING gin (words) WITH (fastupdate = off)
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
