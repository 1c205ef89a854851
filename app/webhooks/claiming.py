"""The queue of deliveries: which are sent next, fairly, with only so many in flight for each endpoint.

Claims are made one at a time (an advisory lock), so that limits hold over any number of senders. The endpoints that
have deliveries waiting are found by skipping through the index, however long their queues are: every endpoint's
first delivery goes before any endpoint's second.
"""

import math
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from app.config import Settings
from app.db import db, execute, row

Lane = Literal[-1, 0, 1, 2]
SAMPLES: Final = -1
FIRST_TRIES: Final = 0
RETRIES: Final = 1
REPLAYS: Final = 2

SLOT_BYTES: Final = 64 * 1024  # what a slot is for: a delivery of more takes several

_GATE: Final = 6_469_868_733
_QUEUED: Final = "status = 'pending' AND lane = %(lane)s"
_IN_FLIGHT: Final = "d.lease_until >= now()"

# Claims are taken in the order of due times, so what is in flight for an endpoint stands at the head of its queues.
# Samples are for their owner, who waits: they pass whether the webhook is active, its rate, and what is in flight.
# A rate is kept by pacing: a claim takes a twentieth of a second's worth, and bars the webhook for as long as it takes.
_CLAIM: Final = f"""
WITH RECURSIVE waiting AS (
    (SELECT endpoint_id FROM delivery WHERE {_QUEUED} ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT endpoint_id FROM delivery WHERE {_QUEUED} AND endpoint_id > waiting.endpoint_id
            ORDER BY endpoint_id LIMIT 1)
    FROM waiting WHERE waiting.endpoint_id IS NOT NULL
), limited AS (
    -- before any delivery, as whoever changes a webhook does; one that somebody is at work on waits for the next claim
    SELECT w.id FROM webhook w WHERE w.rate_limit IS NOT NULL AND w.id IN (SELECT endpoint_id FROM waiting)
    FOR NO KEY UPDATE SKIP LOCKED
), endpoint AS (
    SELECT waiting.endpoint_id AS id, w.rate_limit, greatest(0, least(
        %(in_flight)s - (SELECT count(*) FROM generate_series(0, 2) AS other (lane) CROSS JOIN LATERAL (
            SELECT d.lease_until FROM delivery d
            WHERE d.status = 'pending' AND d.lane = other.lane AND d.endpoint_id = waiting.endpoint_id
              AND d.due_at <= now()
            ORDER BY d.due_at, d.id LIMIT 2 * %(in_flight)s) d WHERE {_IN_FLIGHT} AND %(lane)s <> {SAMPLES}),
        CASE WHEN %(lane)s = {SAMPLES} THEN NULL
             WHEN NOT w.active THEN 0
             WHEN w.rate_limit IS NULL THEN NULL
             WHEN w.next_start_at > now() OR w.id NOT IN (SELECT id FROM limited) THEN 0
             ELSE greatest(w.rate_limit / 20, 1) END
    )) AS room
    FROM waiting LEFT JOIN webhook w ON w.id = waiting.endpoint_id WHERE waiting.endpoint_id IS NOT NULL
), first AS (
    SELECT due.id, due.event_id, due.turn, due.due_at, endpoint.id AS endpoint_id, endpoint.rate_limit
    FROM endpoint CROSS JOIN LATERAL (
        SELECT found.*, row_number() OVER (ORDER BY found.due_at, found.id) AS turn
        FROM (SELECT d.id, d.event_id, d.due_at FROM delivery d
              WHERE {_QUEUED} AND d.endpoint_id = endpoint.id AND d.due_at <= now() AND ({_IN_FLIGHT}) IS NOT true
              ORDER BY d.due_at, d.id LIMIT endpoint.room FOR UPDATE SKIP LOCKED) found
    ) due
    ORDER BY due.turn, due.due_at LIMIT %(room)s
), next AS (
    -- a large one takes the room of several, and only the last of them may go beyond what there is
    SELECT id, endpoint_id, rate_limit FROM (
        SELECT first.*, coalesce(sum(
            1 + (SELECT octet_length(e.data) / {SLOT_BYTES} FROM event e WHERE e.id = first.event_id)
        ) OVER (ORDER BY turn, due_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS taken
        FROM first
    ) weighed WHERE taken < %(room)s
), paced AS (
    UPDATE webhook SET next_start_at = now() + taken.number * interval '1 second' / webhook.rate_limit
    FROM (SELECT endpoint_id, count(*) AS number FROM next WHERE rate_limit IS NOT NULL GROUP BY endpoint_id) taken
    WHERE webhook.id = taken.endpoint_id
), claimed AS (
    UPDATE delivery SET claim_token = %(token)s::uuid, lease_until = now() + %(lease)s * interval '1 second'
    WHERE id = ANY (ARRAY(SELECT id FROM next))
    RETURNING *
)
SELECT d.id::text, d.webhook_id::text, d.attempts, d.failures, d.faults, d.last_status, e.id::text, e.type, e.sample,
    e.data, w.url,
    coalesce(w.secret, CASE e.mode WHEN 'live' THEN a.callback_secret ELSE a.test_callback_secret END),
    CASE WHEN w.old_secret_until > now() THEN w.old_secret END, c.url
FROM claimed d JOIN event e ON e.id = d.event_id LEFT JOIN webhook w ON w.id = d.webhook_id
LEFT JOIN callback c ON c.id = d.callback_id LEFT JOIN account a ON a.id = c.account_id
"""


class Claimed(NamedTuple):
    """A delivery that is leased to a sender, with all that one attempt needs. Secrets are sealed.

    `webhook_id` is None for a callback: then `url` is too, and `callback_url` is sealed. `old_secret` is there while
    it signs beside the new one. `signed_at` is the timestamp of the attempt, once it is composed.
    """

    token: str
    id: str
    webhook_id: str | None
    attempts: int
    failures: int
    faults: int
    last_status: int | None
    event_id: str
    event_type: str
    sample: bool
    data: str
    url: str | None
    secret: bytes
    old_secret: bytes | None
    callback_url: bytes | None
    signed_at: int | None = None


def claim(lane: Lane, room: int, settings: Settings, *, lease_seconds: float) -> list[Claimed]:
    """What fits into `room` slots of the deliveries of a lane that are due, or whose lease has run out.

    They are leased under one token.
    """
    token = str(uuid4())
    values = {
        "lane": lane,
        "room": room,
        "in_flight": settings.webhook_in_flight,
        "lease": lease_seconds,
        "token": token,
    }
    with db.atomic():
        # A claim that is lost with the database's own crash leaves the delivery unclaimed: it is sent again.
        execute("SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(%s)", (_GATE,))
        return [Claimed(token, *found) for found in db.execute_sql(_CLAIM, values).fetchall()]


def slots(body: bytes) -> int:
    """How many slots a delivery takes."""
    return 1 + len(body) // SLOT_BYTES


def hold_claims() -> None:
    """Nobody claims until the transaction ends; whoever does then sees what it has changed.

    No claim waits for a row, so this may be asked for with any rows locked.
    """
    execute("SELECT pg_advisory_xact_lock(%s)", (_GATE,))


def seconds_barred() -> float:
    """Until the next webhook with a rate limit may be sent to again; infinite when none is barred."""
    found = row(
        "SELECT extract(epoch FROM min(next_start_at) - now())::float8 AS left FROM webhook WHERE next_start_at > now()"
    )
    return math.inf if found is None or found["left"] is None else float(found["left"])
