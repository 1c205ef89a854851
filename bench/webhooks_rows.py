"""Rows by the thousand: a backlog that is committed at one stroke, and deliveries of long ago."""

import time
from typing import Final
from uuid import uuid4

from app.config import Settings
from app.db import db, execute, rows
from app.queue import ring
from app.webhooks import claiming
from app.webhooks.events import compact
from app.webhooks.samples import sample
from bench.webhooks_load import EVENT

# As it grows while nobody sends: the endpoints in turn, no two deliveries due at the same moment.
_BACKLOG: Final = """
WITH made AS (
    INSERT INTO event (id, account_id, mode, type, data)
    SELECT gen_random_uuid(), w.account_id, 'test', %(type)s, replace(%(data)s, %(mark)s, gen_random_uuid()::text)
    FROM generate_series(1, %(each)s) AS turn, webhook w ORDER BY turn
    RETURNING id, account_id
)
INSERT INTO delivery (id, account_id, webhook_id, event_id, due_at)
SELECT gen_random_uuid(), made.account_id, w.id, made.id, now() - random() * interval '1 second'
FROM made JOIN webhook w ON w.account_id = made.account_id
"""
# Over three weeks: younger than what the clock forgets.
_OLD: Final = """
WITH made AS (
    INSERT INTO event (id, account_id, mode, type, data, created_at)
    SELECT gen_random_uuid(), w.account_id, 'test', %(type)s, '{}', now() - random() * interval '21 days'
    FROM generate_series(1, %(each)s) AS turn, webhook w
    RETURNING id, account_id, created_at
), delivered AS (
    INSERT INTO delivery (id, account_id, webhook_id, event_id, status, lane, attempts, last_status, created_at,
                          completed_at)
    SELECT gen_random_uuid(), made.account_id, w.id, made.id, 'succeeded', 1, 1, 204, made.created_at, made.created_at
    FROM made JOIN webhook w ON w.account_id = made.account_id
    RETURNING id, created_at
)
INSERT INTO attempt (delivery_id, number, started_at, duration_ms, status_code, address)
SELECT id, 1, created_at, 20, 204, '127.0.0.1' FROM delivered
"""
_CHUNK: Final = 50_000
_LOOK_SECONDS: Final = 0.01


def backlog(each: int) -> float:
    """Commit `each` deliveries for every webhook at once and ring; the monotonic moment after the commit."""
    mark = str(uuid4())
    data = compact(sample(EVENT, "test") | {"id": mark})
    with db.connection_context():
        with db.atomic():
            execute(_BACKLOG, {"each": each, "type": EVENT, "data": data, "mark": mark})
        committed = time.monotonic()
        ring("webhooks")
    return committed


def written(seconds: float) -> float:
    """Wait until no delivery is pending; the monotonic moment. Raises TimeoutError."""
    until = time.monotonic() + seconds
    with db.connection_context():
        while rows("SELECT 1 FROM delivery WHERE status = 'pending' LIMIT 1"):
            if time.monotonic() > until:
                raise TimeoutError("deliveries are still pending")
            time.sleep(_LOOK_SECONDS)
    return time.monotonic()


def grow(number: int) -> None:
    """Add delivered deliveries with an attempt each, until there are `number`; then leave the database at rest."""
    with db.connection_context():
        [[webhooks]] = db.execute_sql("SELECT count(*) FROM webhook").fetchall()
        [[there]] = db.execute_sql("SELECT count(*) FROM delivery").fetchall()
        while there < number:
            more = min(number - there, _CHUNK)
            with db.atomic():
                execute("SET LOCAL session_replication_role = replica")  # checks no foreign keys, which takes long
                execute(_OLD, {"each": -(-more // webhooks), "type": EVENT})
            there += more
        for table in ("event", "delivery", "attempt", "webhook"):
            execute(f"VACUUM (ANALYZE) {table}")
        execute("CHECKPOINT")


def claim_plan(settings: Settings) -> list[str]:
    """How a claim finds the deliveries that wait: these lines of its plan, as the planner sees the tables now."""
    values = {"lane": 0, "room": 500, "in_flight": settings.webhook_in_flight, "lease": 30.0, "token": str(uuid4())}
    with db.connection_context():
        plan = db.execute_sql("EXPLAIN (COSTS OFF) " + claiming._CLAIM, values).fetchall()
    lines = [text.strip().removeprefix("->  ") for (text,) in plan]
    return [text for text in lines if "delivery_queued" in text or "Seq Scan on delivery" in text]
