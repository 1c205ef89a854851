"""The dial queue: which calls come next, under the limits of account, carrier and voice process, fair to all.

Claims are made one at a time (an advisory lock), so that the limits hold over any number of workers. Of the calls
that are due, every account's first goes before any account's second, and among those the account that was served
longest ago goes first. A claim waits for nobody who is at work on an account or a call: a batch may take a second.
"""

from typing import Final
from uuid import UUID, uuid4

from app.config import Mode, Settings
from app.db import db, execute, row, rows
from app.models.call import Call

_GATE: Final = 6_469_868_732
# A call that is over and waits for its summary holds no line any more.
_UNDER_WAY = (
    "status IN ('initiated', 'ringing', 'in-progress') AND dial_state IN ('claimed', 'dialling', 'doubt', 'dialled')"
)

_WAITING = "mode = %(mode)s AND status = 'initiated' AND dial_state = 'waiting'"

_ROOM = f"""
SELECT
    (SELECT count(*) FROM call WHERE {_UNDER_WAY}) AS talking,
    (SELECT count(*) FROM call WHERE {_UNDER_WAY} AND mode = %(mode)s) AS under_way,
    (SELECT count(*) FROM call WHERE mode = %(mode)s AND dialling_at > now() - interval '1 second')
        + (SELECT count(*) FROM call WHERE mode = %(mode)s AND dial_state = 'claimed') AS lately
"""

# The accounts that have calls waiting are found by skipping through the index, however long their queues are.
_CLAIM = f"""
WITH RECURSIVE waiting AS (
    (SELECT account_id FROM call WHERE {_WAITING} ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT account_id FROM call WHERE {_WAITING} AND account_id > waiting.account_id
            ORDER BY account_id LIMIT 1)
    FROM waiting WHERE waiting.account_id IS NOT NULL
), owner AS (
    SELECT a.id, (SELECT t.dialled_at FROM dial_turn t WHERE t.account_id = a.id) AS last_dialled_at,
        least(
            coalesce(a.concurrent_calls, %(account_concurrent)s)
                - (SELECT count(*) FROM call u WHERE u.account_id = a.id AND u.mode = %(mode)s AND {_UNDER_WAY}),
            coalesce(a.calls_per_second, %(account_rate)s)
                - (SELECT count(*) FROM call l WHERE l.account_id = a.id AND l.mode = %(mode)s
                   AND (l.dial_state = 'claimed' OR l.dialling_at > now() - interval '1 second'))
        ) AS room
    FROM account a
    WHERE a.paused_at IS NULL AND a.id IN (SELECT account_id FROM waiting)
), next AS (
    SELECT c.id, c.turn, c.due_at, owner.id AS account_id, owner.last_dialled_at
    FROM owner CROSS JOIN LATERAL (
        SELECT id, due_at, row_number() OVER (ORDER BY due_at, created_at) AS turn
        FROM call WHERE account_id = owner.id AND {_WAITING} AND due_at <= now()
        ORDER BY due_at, created_at LIMIT greatest(least(owner.room, %(room)s), 0)
    ) c
    ORDER BY c.turn, owner.last_dialled_at NULLS FIRST, c.due_at LIMIT %(room)s
), served AS (
    INSERT INTO dial_turn (account_id, dialled_at) SELECT account_id, clock_timestamp() FROM next GROUP BY account_id
    ON CONFLICT (account_id) DO UPDATE SET dialled_at = excluded.dialled_at
)
UPDATE call SET dial_state = 'claimed', claim_token = %(token)s,
    lease_until = now() + %(lease)s * interval '1 second'
WHERE id IN (SELECT id FROM call WHERE id IN (SELECT id FROM next) FOR NO KEY UPDATE SKIP LOCKED)
  AND dial_state = 'waiting' AND outcome IS NULL
RETURNING *
"""

_DIAL = """
UPDATE call SET dial_state = 'dialling', dialling_at = now(), dial_tries = dial_tries + 1,
    lease_until = now() + %(lease)s * interval '1 second'
WHERE id = %(id)s AND claim_token = %(token)s AND dial_state = 'claimed' AND outcome IS NULL
  AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = call.account_id AND a.paused_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.account_id = call.account_id AND d.mode = call.mode
                  AND d.phone_number = call.to_number)
"""

_FULL = """
WITH queue AS (
    SELECT account_id, count(*) >= %s AS filled FROM (
        SELECT account_id FROM call WHERE status = 'initiated' AND dial_state = 'waiting'
        UNION ALL SELECT account_id FROM call WHERE status = 'scheduled'
    ) held GROUP BY account_id
)
UPDATE account SET queue_full = NOT queue_full
WHERE queue_full <> coalesce((SELECT filled FROM queue WHERE queue.account_id = account.id), false)
  AND (queue_full OR id IN (SELECT account_id FROM queue WHERE filled))
"""


def claim(mode: Mode, settings: Settings, limit: int) -> list[Call]:
    """Up to `limit` calls to dial now, each leased to the caller under a claim token of its own batch."""
    if limit <= 0 or not _any_waiting(mode):
        return []
    with db.atomic():
        execute("SELECT pg_advisory_xact_lock(%s)", (_GATE,))
        used = row(_ROOM, {"mode": mode}) or {}
        room = min(
            limit,
            settings.carrier_concurrent_calls - used["under_way"],
            settings.voice_max_calls - used["talking"],
            _places(mode, settings) - used["under_way"],
            settings.calls_per_second(mode) - used["lately"],
        )
        if room <= 0:
            return []
        claimed = rows(
            _CLAIM,
            {
                "mode": mode,
                "room": room,
                "token": uuid4(),
                "lease": settings.lease_seconds,
                "account_concurrent": settings.account_concurrent_calls,
                "account_rate": settings.account_calls_per_second,
            },
        )
    return [Call(**values) for values in claimed]


def begin_dialling(call: Call, settings: Settings) -> bool:
    """Commit that the carrier is about to be asked; from here on the call is never dialled a second time.

    False when the claim was lost, the call was canceled, the account paused or the number put on the
    do-not-call list in the meantime: then it must not be dialled.
    """
    return bool(execute(_DIAL, {"id": call.id, "token": call.claim_token, "lease": settings.lease_seconds}))


def give_back(call_id: UUID, token: UUID | None, after_seconds: float) -> None:
    """Return a call that was certainly not placed to the queue, due again in `after_seconds`."""
    execute(
        "UPDATE call SET dial_state = 'waiting', claim_token = NULL, lease_until = NULL,"
        " due_at = now() + %s * interval '1 second'"
        " WHERE id = %s AND claim_token = %s AND dial_state IN ('claimed', 'dialling') AND outcome IS NULL",
        (after_seconds, call_id, token),
    )


def mark_full_queues(settings: Settings) -> None:
    """Close the accounts whose waiting and scheduled calls have reached the limit, and open those that have room."""
    execute(_FULL, (settings.account_waiting_calls,))


def recover_lost(settings: Settings) -> None:
    """Take up the calls of workers that died: claimed only means dial again, dialling means doubt."""
    execute(
        "UPDATE call SET dial_state = 'waiting', claim_token = NULL, lease_until = NULL"
        " WHERE dial_state = 'claimed' AND lease_until < now()"
    )
    execute(
        "UPDATE call SET dial_state = 'doubt', doubt_reason = 'dial_unknown', claim_token = NULL, lease_until = NULL,"
        " doubt_until = now() + %s * interval '1 second', check_due_at = now()"
        " WHERE dial_state = 'dialling' AND lease_until < now()",
        (settings.doubt_seconds,),
    )


def _places(mode: Mode, settings: Settings) -> int:
    """The voice places that calls of a mode may use: test calls leave a quarter, at least one, to live calls."""
    places = settings.voice_max_calls
    if mode == "test" and settings.live_ready:
        return max(places - max(places // 4, 1), 1)
    return places


def _any_waiting(mode: Mode) -> bool:
    return bool(
        rows(
            "SELECT 1 FROM call WHERE status = 'initiated' AND dial_state = 'waiting' AND mode = %s"
            " AND due_at <= now() LIMIT 1",
            (mode,),
        )
    )
