"""An account as it is after years: a hundred thousand calls, and a million deliveries of what they told."""

import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg

from app.accounts.sessions import digest
from bench import dashboard_beside
from bench.report import line

CALLS: Final = 100_000
WEBHOOKS: Final = 10
TOKEN: Final = "benchmark-session-token-000000000000000000"

_OWNER: Final = """
INSERT INTO owner (id, account_id, email, password_hash)
SELECT gen_random_uuid(), id, 'bench@example.com', '' FROM account WHERE id = %(account)s
"""
_SESSION: Final = """
INSERT INTO session (id, owner_id, hash, mode, address, user_agent, expires_at)
SELECT gen_random_uuid(), id, %(hash)s, 'test', '127.0.0.1', 'bench', now() + interval '1 day' FROM owner
WHERE account_id = %(account)s
"""
# One in a hundred failed, one in twenty was not answered; every seventh callee has a name of few letters.
_CALLS: Final = """
INSERT INTO call (id, account_id, mode, status, to_number, from_number, name, instructions, created_at, started_at,
                  ended_at, answered_by, dial_state, due_at, outcome, end_reason, cost, duration, summary)
SELECT gen_random_uuid(), %(account)s, 'test', status, '+1555' || lpad((n %% 10000000)::text, 7, '0'), '+15550100100',
       CASE WHEN n %% 7 = 0 THEN 'Sam' ELSE 'Customer ' || n %% 5000 END,
       'Ask about order ' || n || ' and whether the ' || word || ' has arrived.', at,
       CASE WHEN status = 'completed' THEN at + interval '4 seconds' END, at + interval '64 seconds',
       CASE WHEN n %% 30 = 0 THEN 'voicemail' WHEN status = 'completed' THEN 'human' ELSE 'unknown' END, 'dialled', at,
       status, 'agent_hangup', 56, 60, 'The ' || word || ' has arrived. The callee thanked and said goodbye.'
FROM (
    SELECT n, now() - n * interval '5 minutes' AS at,
           CASE WHEN n %% 100 = 3 THEN 'failed' WHEN n %% 20 = 1 THEN 'no-answer' ELSE 'completed' END AS status,
           (ARRAY['parcel', 'invoice', 'pizza', 'sofa', 'ticket', 'contract', 'letter'])[n %% 7 + 1]
               || CASE WHEN n %% 9973 = 0 THEN ' xylophone' ELSE '' END AS word
    FROM generate_series(1, %(calls)s) AS n
) made
"""
_TURNS: Final = """
INSERT INTO turn (call_id, position, role, text, at)
SELECT c.id, p, CASE WHEN p %% 2 = 0 THEN 'agent' ELSE 'human' END,
       'Sentence ' || p || ' about ' || split_part(c.instructions, ' ', 4) || ', as people say it on the phone.',
       c.created_at + p * interval '6 seconds'
FROM call c CROSS JOIN generate_series(0, 5) AS p WHERE c.account_id = %(account)s AND c.status = 'completed'
"""
_STATES: Final = """
INSERT INTO call_event (call_id, at, status, cause)
SELECT c.id, c.created_at + p.nth * interval '2 seconds', p.status, 'bench'
FROM call c
CROSS JOIN (VALUES (0, 'initiated'), (1, 'ringing'), (2, 'in-progress'), (3, 'completed')) AS p (nth, status)
WHERE c.account_id = %(account)s
"""
_WORDS: Final = """
INSERT INTO call_words (call_id, words)
SELECT c.id, array_to_tsvector(ARRAY(
    SELECT DISTINCT left(replace(c.account_id::text, '-', ''), 12) || left(c.mode, 1) || left(found.word, 40)
    FROM regexp_split_to_table(lower(concat_ws(' ', c.name, c.instructions, c.summary,
        (SELECT string_agg(t.text, ' ') FROM turn t WHERE t.call_id = c.id))), '[^[:alnum:]]+') AS found (word)
    WHERE found.word <> ''
))
FROM call c WHERE c.account_id = %(account)s
"""
_DAYS: Final = """
INSERT INTO call_day (account_id, mode, day, status, answered_by, calls, seconds, cents)
SELECT account_id, mode, (ended_at AT TIME ZONE 'UTC')::date, status, answered_by, count(*), sum(duration), sum(cost)
FROM call WHERE account_id = %(account)s GROUP BY 1, 2, 3, 4, 5
"""
_LEDGER: Final = """
INSERT INTO ledger_entry (account_id, call_id, kind, balance_change, held_change, at)
SELECT account_id, id, 'hold', 0, 0, ended_at FROM call WHERE account_id = %(account)s ORDER BY ended_at
"""
_WEBHOOKS: Final = """
INSERT INTO webhook (id, account_id, url, events, mode, secret, active)
SELECT gen_random_uuid(), %(account)s, 'http://127.0.0.1:9/' || n, ARRAY['call.completed'], 'test', '\\x00', false
FROM generate_series(1, %(webhooks)s) AS n
"""
_EVENTS: Final = """
INSERT INTO event (id, account_id, call_id, mode, type, data, created_at)
SELECT gen_random_uuid(), account_id, id, mode, 'call.completed',
       json_build_object('id', id, 'status', status, 'instructions', instructions, 'summary', summary)::text, ended_at
FROM call WHERE account_id = %(account)s
"""
_DELIVERIES: Final = """
INSERT INTO delivery (id, account_id, webhook_id, event_id, status, lane, attempts, last_status, created_at,
                      completed_at)
SELECT gen_random_uuid(), e.account_id, w.id, e.id, s.status, 0, 1, CASE s.status WHEN 'failed' THEN 500 ELSE 204 END,
       e.created_at, e.created_at
FROM event e JOIN webhook w ON w.account_id = e.account_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN hashtext(e.id::text || w.id::text) %% 200 = 0 THEN 'failed' ELSE 'succeeded' END AS status
) s WHERE e.account_id = %(account)s
"""
_ATTEMPTS: Final = """
INSERT INTO attempt (delivery_id, number, started_at, duration_ms, status_code, error, address)
SELECT id, 1, created_at, 20, last_status, CASE status WHEN 'failed' THEN 'status' END, '127.0.0.1'
FROM delivery WHERE account_id = %(account)s
"""
_HOURS: Final = """
INSERT INTO webhook_hour (webhook_id, hour, succeeded, failed, latencies)
SELECT w.id, date_trunc('hour', now()) - n * interval '1 hour', 12, 1, array_fill(1, ARRAY[12])
FROM webhook w CROSS JOIN generate_series(0, 24 * 30) AS n WHERE w.account_id = %(account)s
"""
_ATTEMPT_DAYS: Final = """
INSERT INTO attempt_day (account_id, mode, day, succeeded, failed)
SELECT %(account)s, 'test', current_date - n, 10000, 100 FROM generate_series(0, 89) AS n
"""
STEPS: Final = (
    ("an owner", _OWNER),
    ("a session", _SESSION),
    (f"{CALLS:,} calls", _CALLS),
    ("their turns", _TURNS),
    ("their states", _STATES),
    ("their words", _WORDS),
    ("their days", _DAYS),
    ("their money", _LEDGER),
    (f"{WEBHOOKS} webhooks", _WEBHOOKS),
    ("an event of each call", _EVENTS),
    (f"{CALLS * WEBHOOKS:,} deliveries", _DELIVERIES),
    ("their attempts", _ATTEMPTS),
    ("hours of statistics", _HOURS),
    ("days of statistics", _ATTEMPT_DAYS),
)


@dataclass(frozen=True, slots=True)
class Account:
    """The account, and what pages of one thing are asked for."""

    id: UUID
    call: UUID
    webhook: UUID
    delivery: UUID
    failed: UUID


def grown(database: psycopg.Connection[dict[str, Any]]) -> Account:
    """Let the hub's oldest account grow; `database` commits by itself and gives rows by name."""
    account = _one(database, "SELECT id FROM account ORDER BY created_at LIMIT 1")
    database.execute("DELETE FROM owner WHERE account_id = %s", (account,))
    values = {"account": account, "hash": digest(TOKEN), "calls": CALLS, "webhooks": WEBHOOKS}
    for name, statement in (*STEPS, *dashboard_beside.STEPS):
        began = time.monotonic()
        database.execute(statement, values)
        line(f"making {name}", f"{time.monotonic() - began:.1f} s")
    database.execute("VACUUM (ANALYZE)")
    return Account(
        id=account,
        call=_one(database, "SELECT id FROM call WHERE account_id = %s AND status = 'completed' LIMIT 1", account),
        webhook=_one(database, "SELECT webhook_id AS id FROM delivery WHERE account_id = %s LIMIT 1", account),
        delivery=_one(
            database, "SELECT id FROM delivery WHERE account_id = %s AND status <> 'failed' LIMIT 1", account
        ),
        failed=_one(database, "SELECT id FROM delivery WHERE account_id = %s AND status = 'failed' LIMIT 1", account),
    )


def _one(database: psycopg.Connection[dict[str, Any]], sql: str, *values: object) -> UUID:
    found = database.execute(sql, values).fetchone()
    if found is None:
        raise RuntimeError(f"nothing found by: {sql}")
    identifier: UUID = found["id"]
    return identifier
