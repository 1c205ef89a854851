"""The last step of a call: money, final status, event and deliveries, in one transaction."""

from uuid import UUID

from app import notices
from app.billing import counting, ledger
from app.billing.tariff import cost_cents, dollars
from app.calls import batches
from app.calls.lifecycle import Status, move
from app.calls.reading import turns_of
from app.calls.remembering import remember_words
from app.calls.telling import tell_end
from app.config import Settings
from app.db import db, execute
from app.models.call import Call
from app.webhooks.events import record


def settle(call: Call, summary: str, settings: Settings, *, token: UUID | None = None) -> Call | None:
    """Make an ended call final; None when another worker did or has taken over (`token` is the finish claim's).

    Live calls are charged; test calls are priced in the payload and charged to nobody.
    """
    with db.atomic():
        if not execute(
            "UPDATE call SET finish_due_at = NULL, finish_token = NULL, finish_lease_until = NULL"
            " WHERE id = %s AND outcome IS NOT NULL AND finish_due_at IS NOT NULL"
            " AND finish_token IS NOT DISTINCT FROM %s",
            (call.id, token),
        ):
            return None
        cost = cost_cents(call.duration, settings.tariff_cents_per_minute) if call.started_at else 0
        if call.mode == "live":
            cost = ledger.settle(call.account_id, call.id, held=call.held, cost=cost)
        outcome: Status = call.outcome  # type: ignore[assignment]
        final = move(call.id, outcome, "settled", summary=summary, cost=cost, held=0)
        if final is None:
            raise RuntimeError(f"call {call.id}: {call.outcome} may not follow {call.status}")
        turns = turns_of([final.id])[final.id]
        remember_words(final, turns)
        tell_end(final, turns)
        if call.mode == "live":
            _tell_low_balance(final.account_id, settings)
        execute("SELECT pg_notify('call_ended', %s)", (str(final.id),))
        batches.note_end(final.id)
        counting.count(final.id)
    return final


def _tell_low_balance(account_id: UUID, settings: Settings) -> None:
    low = ledger.note_low_balance(account_id, settings.balance_low_cents)
    if low is not None:
        data = {"id": str(account_id), **low, "threshold": settings.balance_low_cents}
        record("balance.low", account_id, "live", data)
        notices.write(account_id, "Your Mio Hub balance is low", low_balance_words(low["balance"], settings), settings)


def low_balance_words(cents: int, settings: Settings) -> str:
    """The e-mail to an owner whose balance has fallen to so many cents. Pure."""
    where = f": {settings.api_url}/usage" if settings.api_url else "."
    return (
        f"Your balance is {dollars(cents)}. A live call needs {dollars(settings.tariff_cents_per_minute)} for its first"
        f" minute; without it no further call is placed. Test calls go on: they cost nothing.\n\n"
        f"Add funds on the page Usage and balance{where}\n"
    )
