"""Count an account's live calls of a day, erased ones too; list the numbers not to call from the newest."""

from typing import Any

STATEMENTS = """
CREATE INDEX call_counted ON call (account_id, dialling_at) WHERE mode = 'live' AND dialling_at IS NOT NULL;
-- what an erased call still counts for on its day; callee is a digest of its number, gone once the day is over
CREATE TABLE erased_call (
    account_id uuid NOT NULL REFERENCES account (id),
    dialling_at timestamptz NOT NULL,
    callee bytea NOT NULL,
    cost integer NOT NULL
);
CREATE INDEX erased_call_counted ON erased_call (account_id, dialling_at);
ALTER TABLE call DROP COLUMN erased_at;
CREATE INDEX do_not_call_listed ON do_not_call (account_id, mode, created_at DESC, phone_number DESC);
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            database.execute_sql(statement)
