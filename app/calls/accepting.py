"""Accept a call: every rule and the row itself in one SQL statement, so that a burst costs one round trip each.

A live call for now locks its account first, so that the daily caps hold however many calls arrive at once.
"""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from app.calls import caps
from app.calls.caps import REACHED, TODAY
from app.calls.numbers import check_callable, prefixes
from app.calls.requests import CallRequest
from app.calls.telling import tell
from app.changes import announce
from app.config import Mode, Settings
from app.db import Row, db, row
from app.errors import (
    AppError,
    Conflict,
    Forbidden,
    InsufficientBalance,
    InvalidRequest,
    LimitReached,
    Unauthenticated,
    Unavailable,
)
from app.models.call import Call
from app.queue import ring
from app.times import iso, now, today

_ACCEPT = f"""
WITH facts AS (
    SELECT
        %(key)s::uuid IS NOT NULL AND k.id IS NULL AS key_revoked,
        a.paused_at IS NOT NULL AS paused,
        %(live)s AND a.terms_accepted_at IS NULL AS terms_missing,
        %(live)s AND a.caller_name IS NULL AS caller_name_missing,
        EXISTS (SELECT 1 FROM do_not_call d WHERE d.account_id = a.id AND d.mode = %(mode)s
                AND d.phone_number = %(to)s) AS do_not_call,
        (SELECT c.id FROM call c WHERE NOT %(scheduled)s AND c.account_id = a.id AND c.mode = %(mode)s
         AND c.to_number = %(to)s AND c.status IN ('initiated', 'ringing', 'in-progress') LIMIT 1) AS active_id,
        %(live)s AND NOT a.unmetered AND a.balance - a.held < %(hold)s AS short_of_money,
        {REACHED},
        a.queue_full,
        a.unmetered
    FROM account a CROSS JOIN LATERAL ({TODAY}) today
    LEFT JOIN api_key k ON k.id = %(key)s AND k.account_id = a.id AND k.mode = %(mode)s AND k.revoked_at IS NULL
    WHERE a.id = %(account)s
), fit AS (
    SELECT unmetered FROM facts
    WHERE NOT (key_revoked OR paused OR terms_missing OR caller_name_missing OR do_not_call OR short_of_money
               OR day_full OR spend_full OR callee_full OR queue_full) AND active_id IS NULL
), made AS (
    INSERT INTO call (id, account_id, mode, status, to_number, from_number, name, instructions, first_message,
                      call_at, created_at, due_at, held)
    SELECT %(id)s, %(account)s, %(mode)s, %(status)s, %(to)s, %(from)s, %(name)s, %(instructions)s,
           %(first_message)s, %(call_at)s, clock_timestamp(), coalesce(%(call_at)s, clock_timestamp()),
           CASE WHEN %(live)s AND NOT %(scheduled)s THEN %(hold)s ELSE 0 END
    FROM fit
    ON CONFLICT DO NOTHING
    RETURNING *
), noted AS (
    INSERT INTO call_event (call_id, status, cause) SELECT id, status, 'accepted' FROM made
), taken AS (
    UPDATE account SET held = account.held + made.held FROM made
    WHERE account.id = made.account_id AND made.held > 0
      AND (account.unmetered OR account.balance - account.held >= made.held)
    RETURNING account.id
), entered AS (
    INSERT INTO ledger_entry (account_id, call_id, kind, balance_change, held_change)
    SELECT taken.id, made.id, 'hold', 0, made.held FROM taken, made
)
SELECT facts.key_revoked, facts.paused, facts.terms_missing, facts.caller_name_missing, facts.do_not_call,
       facts.active_id, facts.short_of_money, facts.day_full, facts.spend_full, facts.callee_full,
       facts.queue_full,
       (SELECT count(*) FROM taken) AS taken, made.*
FROM facts LEFT JOIN made ON true
"""

_FACTS = 12
NOT_SET_UP: dict[Mode, str] = {
    "live": "Live calls are not set up on this hub: its operator must configure a carrier and a model. "
    "Calls with an sk_test_ key work.",
    "test": "Test calls are not set up on this hub: its operator must set SANDBOX_AUTH_TOKEN and start the sandbox.",
}


def accept(
    account_id: UUID, key_id: UUID | None, mode: Mode, request: CallRequest, settings: Settings, *, locked: bool = False
) -> Call:
    """Store a call to be dialled now or at `request.call_at`, with a hold of one minute for a live call now.

    `key_id` is None for a call that no key asked for, but a CRM of the account's. `locked` tells that the caller has a
    transaction in which, for live calls, the account is locked.
    Raises InvalidRequest (number, `callAt`), Unavailable `carrier_not_configured`, Unauthenticated (key revoked),
    Forbidden (`account_paused`, `terms_not_accepted`, `caller_name_missing`, `do_not_call`), Conflict
    `call_active` with `callId`, InsufficientBalance, LimitReached (`daily_calls`, `daily_spend`, `callee_daily_calls`,
    `queue_full`).
    """
    live = mode == "live"
    check_callable(request.phone_number, live=live, allowed=prefixes(settings.callable_prefixes))
    call_at = _due(request.call_at, settings)
    carrier = settings.carrier(mode)
    if carrier is None:
        raise Unavailable(NOT_SET_UP[mode], code="carrier_not_configured")
    values = {
        "id": uuid4(),
        "account": account_id,
        "key": key_id,
        "mode": mode,
        "live": live,
        "status": "scheduled" if call_at else "initiated",
        "scheduled": call_at is not None,
        "from": carrier.from_number,
        "name": request.name,
        "instructions": request.instructions,
        "first_message": request.first_message,
        "call_at": call_at,
    } | caps.values(request.phone_number, settings, capped=live and call_at is None)
    if locked:
        return _stored(values)
    with db.atomic() if live or call_at is not None else nullcontext():
        if live and call_at is None:
            caps.lock(account_id)
        return _stored(values)


def _stored(values: dict[str, Any]) -> Call:
    call = _insert(values)
    announce(call.account_id, "calls")
    if values["scheduled"]:
        tell("call.scheduled", call)
    else:
        db.after_commit(partial(ring, "place"))
    return call


def _insert(values: dict[str, Any]) -> Call:
    answer = row(_ACCEPT, values)
    if answer is None:
        raise Unauthenticated("This API key is not valid. Create one under Integrations.")
    facts = dict(list(answer.items())[:_FACTS])
    if answer["id"] is None:
        objection = _objection(facts, facts["active_id"] or _twin(values))
        if objection is None:  # the twin has ended since
            return _insert(values)
        raise objection
    call = Call(**dict(list(answer.items())[_FACTS:]))
    if call.held and not facts["taken"]:
        raise _short_of_money()
    return call


def _twin(values: dict[str, Any]) -> UUID | None:
    """The call that was accepted in the same instant and won."""
    found = row(
        "SELECT id FROM call WHERE account_id = %(account)s AND mode = %(mode)s AND to_number = %(to)s"
        " AND status IN ('initiated', 'ringing', 'in-progress')",
        values,
    )
    return found["id"] if found else None


def _objection(facts: Row, active_id: UUID | None) -> AppError | None:
    """Why no call was made: the first objection, in the order in which a person would mend them."""
    if facts["key_revoked"]:
        return Unauthenticated("This API key is not valid. Create one under Integrations.")
    if facts["paused"]:
        return Forbidden("This account is paused: no calls are placed until it is resumed.", code="account_paused")
    if facts["terms_missing"]:
        return Forbidden(
            "Accept the calling terms before the first live call: PUT /me with acceptTerms true.",
            code="terms_not_accepted",
        )
    if facts["caller_name_missing"]:
        return Forbidden(
            "Say on whose behalf you call before the first live call: PUT /me with callerName.",
            code="caller_name_missing",
        )
    if facts["do_not_call"]:
        return Forbidden("This number is on your do-not-call list.", code="do_not_call", field="phoneNumber")
    if facts["short_of_money"]:
        return _short_of_money()
    if facts["queue_full"]:
        message = "Too many calls of this account wait to be placed. Try again in a minute."
        return LimitReached(message, code="queue_full", retry_after=60)
    return _limit(facts) or (_active(active_id) if active_id else None)


def _active(call_id: UUID) -> Conflict:
    return Conflict(
        "A call to this number is already active. Wait until it has ended, or cancel it.",
        code="call_active",
        callId=str(call_id),
    )


def _short_of_money() -> InsufficientBalance:
    return InsufficientBalance("Insufficient balance. Add funds to make calls: the first minute must be covered.")


def _limit(facts: Row) -> LimitReached | None:
    limits = {
        "day_full": ("daily_calls", "The daily limit of live calls is reached."),
        "spend_full": ("daily_spend", "The daily spending limit is reached."),
        "callee_full": ("callee_daily_calls", "This number was called as often today as your limit allows."),
    }
    for fact, (code, message) in limits.items():
        if facts[fact]:
            tomorrow = today() + timedelta(days=1)
            wait = int((tomorrow - now()).total_seconds()) + 1
            return LimitReached(f"{message} It starts anew at {iso(tomorrow)}.", code=code, retry_after=wait)
    return None


def _due(call_at: datetime | None, settings: Settings) -> datetime | None:
    """None for now: a time up to five minutes past means now. Raises InvalidRequest for one further past."""
    if call_at is None:
        return None
    late = (now() - call_at).total_seconds()
    if late > settings.past_call_at_seconds:
        raise InvalidRequest(
            f"callAt lies in the past ({iso(call_at)}). Give a time to come, or omit it to call now.", field="callAt"
        )
    if call_at > now() + timedelta(days=366):
        raise InvalidRequest("callAt may lie at most a year ahead.", field="callAt")
    return call_at.astimezone(UTC) if late < 0 else None
