"""What such an account has beside its calls: many idle webhooks, a CRM with all that it asked for, numbers not to call.

One enrolment in a thousand was refused, ten wait, and a rule that is nearly never met made one in ten thousand.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import psycopg

from app.cursors import cursor_at

Database = psycopg.Connection[dict[str, Any]]

IDLE_WEBHOOKS: Final = 1000
ENROLMENTS: Final = 100_000
NUMBERS: Final = 10_000

_IDLE: Final = """
INSERT INTO webhook (id, account_id, url, events, mode, secret, active, disabled_reason, created_at)
SELECT gen_random_uuid(), %(account)s, 'http://127.0.0.1:9/idle/' || n, ARRAY['call.completed'], 'test', '\\x00',
       n %% 50 <> 0, CASE WHEN n %% 50 = 0 THEN 'paused' END, now() - n * interval '1 hour'
FROM generate_series(1, 1000) AS n
"""
_CONNECTIONS: Final = """
INSERT INTO crm_connection (id, account_id, platform, mode, status, name, default_country)
SELECT gen_random_uuid(), %(account)s, 'hubspot', 'test', 'active', name, 'US'
FROM unnest(ARRAY['common', 'rare']) AS name
"""
_RULES: Final = """
INSERT INTO crm_rule (id, account_id, connection_id, name, active, object, trigger, number_properties, instructions,
                      once_within_seconds)
SELECT gen_random_uuid(), account_id, id, name, true, 'contact', 'created', ARRAY['phone'], 'Ask.', 0
FROM crm_connection WHERE account_id = %(account)s
"""
_ENROLMENTS: Final = """
INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, rule_id, object, record_id, call_id,
                           refusal, created_at)
SELECT gen_random_uuid(), r.account_id, r.connection_id, 'test', 'rule', c.id, r.id, 'contact', n,
       CASE WHEN n %% 1000 <> 7 AND n %% 10000 <> 9 THEN c.id END,
       CASE WHEN n %% 1000 = 7 THEN '{"error": "No number.", "code": "number_missing"}'::jsonb END, c.created_at
FROM (SELECT id, created_at, row_number() OVER (ORDER BY created_at) AS n FROM call WHERE account_id = %(account)s) c
JOIN crm_rule r ON r.account_id = %(account)s AND r.name = CASE WHEN n %% 10000 = 1 THEN 'rare' ELSE 'common' END
"""
_NUMBERS: Final = """
INSERT INTO do_not_call (account_id, mode, phone_number, source, created_at)
SELECT %(account)s, 'test', '+1666' || lpad(n::text, 7, '0'), 'api', now() - n * interval '1 minute'
FROM generate_series(1, 10000) AS n
"""
STEPS: Final = (
    (f"{IDLE_WEBHOOKS:,} idle webhooks", _IDLE),
    ("two connections to a CRM", _CONNECTIONS),
    ("their rules", _RULES),
    (f"{ENROLMENTS:,} enrolments", _ENROLMENTS),
    (f"{NUMBERS:,} numbers not to call", _NUMBERS),
)

_ENROLMENT: Final = "/settings/crm/enrolments"
_PLAIN: Final = (
    "/webhooks?q=idle/99",
    "/webhooks?q=nowhere",
    "/webhooks?state=failing",
    "/webhooks?state=paused",
    "/usage/ledger?show=all",
    "/usage/ledger?show=all&cursor=501",
    _ENROLMENT,
    f"{_ENROLMENT}?mode=live",
    *(f"{_ENROLMENT}?status={status}" for status in ("waiting", "calling", "ended", "refused")),
    "/settings/profile/do-not-call",
    "/settings/profile/do-not-call?q=16660",
)
_NAMED: Final = "SELECT name, id FROM {table} WHERE account_id = %s AND name IN ('common', 'rare') ORDER BY name"
_DEEP: Final = (
    "SELECT created_at, {key} AS id FROM {table} WHERE {of} = %s ORDER BY created_at, {key} LIMIT 1 OFFSET 500"
)


def pages(database: Database, account: UUID, webhook: UUID) -> Sequence[tuple[str, str]]:
    """Lists of what is beside, with what is common, rare or nowhere, and lists far back: the name and path of each."""
    found = [
        (f"{_ENROLMENT}?{kind}={one['name']}", f"{_ENROLMENT}?{kind}={one['id']}")
        for kind in ("connection", "rule")
        for one in database.execute(_NAMED.format(table=f"crm_{kind}"), (account,))
    ]
    lists = (
        ("/calls", "call", "id", "account_id", account),
        (f"/webhooks/{webhook}", "delivery", "id", "webhook_id", webhook),
        (_ENROLMENT, "crm_enrolment", "id", "account_id", account),
        ("/settings/profile/do-not-call", "do_not_call", "phone_number", "account_id", account),
        ("/webhooks", "webhook", "id", "account_id", account),
    )
    for path, table, key, of, owner in lists:
        place = database.execute(_DEEP.format(table=table, key=key, of=of), (owner,)).fetchone()
        if place is None:
            raise RuntimeError(f"too few rows in {table}")
        found.append((f"{path}?cursor=deep", f"{path}?cursor={cursor_at(place['created_at'], place['id'])}"))
    return [*((path, path) for path in _PLAIN), *found]
