"""What attempts mean for their deliveries and webhooks, a batch of them written in one transaction."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.changes import announce
from app.config import Settings
from app.db import Row, db, execute, rows
from app.times import now
from app.webhooks import health, statistics
from app.webhooks.claiming import RETRIES, Claimed
from app.webhooks.outcome import Outcome
from app.webhooks.standing import GONE, Progress, Tried, progress

_LOCK: Final = """
SELECT id::text, account_id, mode, url, active, failures, failing_since FROM webhook
WHERE id = ANY(%s::uuid[]) AND account_id IS NOT NULL ORDER BY id FOR NO KEY UPDATE
"""
_MOVE: Final = f"""
UPDATE delivery SET status = r.status, attempts = attempts + 1, failures = r.failures, faults = r.faults,
    lane = greatest(lane, {RETRIES}), due_at = now() + r.delay * interval '1 second', last_status = r.code,
    completed_at = CASE WHEN r.status <> 'pending' THEN now() END, claim_token = NULL, lease_until = NULL
FROM json_to_recordset(%s)
    AS r (id uuid, token uuid, status text, failures smallint, faults smallint, delay float8, code smallint)
WHERE delivery.id = ANY (%s::uuid[]) AND delivery.id = r.id AND delivery.claim_token = r.token
RETURNING delivery.id::text, delivery.account_id, delivery.webhook_id
"""
_LOG: Final = """
INSERT INTO attempt (delivery_id, number, started_at, duration_ms, status_code, error, error_detail, address, answer,
                     dns_ms, connect_ms, tls_ms, first_byte_ms, signed_at)
SELECT id, number, clock_timestamp() - ago * interval '1 second', duration, code, error, detail, address, answer,
       dns, connect, tls, first_byte, signed_at
FROM json_to_recordset(%s)
    AS a (id uuid, number int, ago float8, duration int, code int, error text, detail text, address text, answer text,
          dns int, connect int, tls int, first_byte int, signed_at bigint)
"""


class Attempted(NamedTuple):
    """A delivery as it was claimed, and what came of its attempt."""

    delivery: Claimed
    outcome: Outcome

    @property
    def counts(self) -> bool:
        """Samples and callbacks say nothing of how a webhook does."""
        return self.delivery.webhook_id is not None and not self.delivery.sample

    def without_texts(self) -> "Attempted":
        """The same, without what others have said."""
        return self._replace(outcome=replace(self.outcome, detail=None, answer=None, address=None))


def record(attempted: Sequence[Attempted], settings: Settings) -> int:
    """Write attempts down, oldest first; how many. Those whose claim was lost are left to whoever has it now."""
    with db.atomic():
        # The webhooks' rows first, everywhere and in one order: two senders never wait for each other in a ring.
        wanted = {found.delivery.webhook_id for found in attempted if found.delivery.webhook_id}
        webhooks: dict[str, Row] = {found["id"]: found for found in rows(_LOCK, (list(wanted),))} if wanted else {}
        moved = _move(attempted, settings)
        ours = [found for found in attempted if found.delivery.id in moved]
        _log(ours)
        _judge(webhooks, [found for found in ours if found.counts], settings)
        for found in ours:
            if found.delivery.sample:
                execute("SELECT pg_notify('delivery_ended', %s)", (found.delivery.id,))
        _announce(moved)
    return len(ours)


def _move(attempted: Sequence[Attempted], settings: Settings) -> dict[str, tuple[UUID, UUID | None]]:
    """Take every delivery on, if its claim is still ours; those that were by id, with their accounts and webhooks."""
    after = json.dumps([_after(found.delivery, found.outcome, settings) for found in attempted])
    moved = db.execute_sql(_MOVE, (after, [found.delivery.id for found in attempted]))
    return {id: (account_id, webhook_id) for id, account_id, webhook_id in moved.fetchall()}


def _after(delivery: Claimed, outcome: Outcome, settings: Settings) -> dict[str, Any]:
    reached = progress(
        outcome,
        Progress("pending", delivery.failures, delivery.faults),
        once=delivery.sample,
        callback=delivery.webhook_id is None,
        scale=settings.webhook_retry_scale,
    )
    return {
        "id": delivery.id,
        "token": delivery.token,
        "status": reached.status,
        "failures": reached.failures,
        "faults": reached.faults,
        "delay": reached.delay,
        "code": outcome.status_code,
    }


def _announce(moved: Mapping[str, tuple[UUID, UUID | None]]) -> None:
    topics = defaultdict[UUID, set[str]](set)
    for id, (account_id, webhook_id) in moved.items():
        topics[account_id] |= {f"delivery:{id}"} | ({f"webhook:{webhook_id}"} if webhook_id else set())
    for account_id, changed in topics.items():
        announce(account_id, *changed)


def _log(attempted: Sequence[Attempted]) -> None:
    moment = time.monotonic()
    if attempted:
        execute(_LOG, (json.dumps([_line(found.delivery, found.outcome, moment) for found in attempted]),))


def _line(delivery: Claimed, outcome: Outcome, moment: float) -> dict[str, Any]:
    phases = outcome.phases
    return {
        "id": delivery.id,
        "number": delivery.attempts + 1,
        "ago": moment - outcome.ended + outcome.duration_ms / 1000,
        "duration": outcome.duration_ms,
        "code": outcome.status_code,
        "error": outcome.error,
        "detail": outcome.detail,
        "address": outcome.address,
        "answer": outcome.answer,
        "dns": phases.dns,
        "connect": phases.connect,
        "tls": phases.tls,
        "first_byte": phases.first_byte,
        "signed_at": delivery.signed_at,
    }


def _judge(webhooks: dict[str, Row], counted: Sequence[Attempted], settings: Settings) -> None:
    origin, by_webhook = now() - timedelta(seconds=time.monotonic()), dict[str, list[Tried]]()
    for delivery, outcome in sorted(counted, key=lambda found: found.outcome.ended):
        if delivery.webhook_id in webhooks:
            gone = delivery.failures == 1 and delivery.last_status == GONE
            at = origin + timedelta(seconds=outcome.ended)
            by_webhook.setdefault(delivery.webhook_id, []).append(Tried(outcome, at, after_gone=gone))
    if by_webhook:
        statistics.add((id, tried.outcome) for id, attempts in by_webhook.items() for tried in attempts)
        health.judge([(webhooks[id], attempts) for id, attempts in by_webhook.items()], settings)
