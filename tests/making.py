"""Rows that tests start from. Each says only what matters to it; the rest is plain."""

from uuid import UUID, uuid4

from app.billing import ledger
from app.calls.accepting import accept
from app.calls.requests import CallRequest
from app.config import CarrierSettings, Mode, Settings
from app.db import execute, rows
from app.models.account import Account, ApiKey
from app.models.call import Call
from app.times import now

LIVE = {
    "public_url": "https://hub.example",
    "twilio_account_sid": "AC" + "1" * 32,
    "twilio_auth_token": "twilio-token",
    "twilio_from_number": "+15550001111",
    "openai_api_key": "sk-model",
}


def an_account(cents: int = 500, **columns: object) -> Account:
    """An account that may place live calls, with `cents` credited."""
    account = Account.create(
        name="Jane",
        phone_number="+15551230000",
        created_at=now(),
        **{"caller_name": "Jane's Shop", "terms_accepted_at": now(), **columns},
    )
    if cents:
        ledger.credit(account.id, cents)
    return Account.get_by_id(account.id)


def a_key(account: Account, mode: Mode = "test") -> ApiKey:
    return ApiKey.create(account_id=account.id, mode=mode, prefix="sk_x", hash=uuid4().bytes, created_at=now())


def a_call(
    account: Account, settings: Settings, to: str = "+15551234567", mode: Mode = "test", **request: object
) -> Call:
    """A call accepted as the API accepts it."""
    asked = CallRequest(to, "Ask for the opening hours.", **request)  # type: ignore[arg-type]
    return accept(account.id, a_key(account, mode).id, mode, asked, settings)


def dialled(call: Call, sid: str | None = None) -> Call:
    """The call as it stands when the carrier has named it."""
    execute(
        "UPDATE call SET dial_state = 'dialled', carrier_sid = %s, dialling_at = now() WHERE id = %s",
        (sid or f"CA{uuid4().hex}", call.id),
    )
    return fresh(call)


def fresh(call: Call) -> Call:
    found: Call = Call.get_by_id(call.id)
    return found


def events_of(call_id: UUID) -> list[str]:
    return [row["type"] for row in rows("SELECT type FROM event WHERE call_id = %s ORDER BY created_at", (call_id,))]


def ends_of(call_id: UUID) -> int:
    """How many times a call's end was told."""
    return events_of(call_id).count("call.completed")


def ledger_agrees(account_id: UUID) -> bool:
    """Whether the account equals the sums of its ledger."""
    sums = rows(
        "SELECT a.balance = coalesce(sum(l.balance_change), 0) AND a.held = coalesce(sum(l.held_change), 0) AS agrees"
        " FROM account a LEFT JOIN ledger_entry l ON l.account_id = a.id WHERE a.id = %s GROUP BY a.id",
        (account_id,),
    )
    return bool(sums[0]["agrees"])


def carrier_settings() -> CarrierSettings:
    return CarrierSettings("http://127.0.0.1:1", "AC" + "5a" * 16, "token", "+15550100100", "http://127.0.0.1:2")
