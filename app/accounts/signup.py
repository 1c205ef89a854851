"""A new account, with its first money."""

from uuid import UUID, uuid4

from app.accounts.profile import checked_name
from app.billing import ledger
from app.calls.numbers import E164
from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.account import Account
from app.times import now


def sign_up(
    settings: Settings,
    name: str,
    phone_number: str,
    *,
    caller_name: str | None = None,
    accept_terms: bool = False,
    unmetered: bool = False,
) -> UUID:
    """Create an account with the sign-up credit; its id. Raises InvalidRequest naming the field to mend."""
    account = Account(
        id=uuid4(),
        name=checked_name(name, "name"),
        phone_number=checked_phone(phone_number),
        caller_name=checked_name(caller_name, "callerName") if caller_name else None,
        terms_accepted_at=now() if accept_terms else None,
        unmetered=unmetered,
        created_at=now(),
    )
    with db.atomic():
        account.save(force_insert=True)
        if settings.signup_credit_cents:
            ledger.credit(account.id, settings.signup_credit_cents)
    return account.id


def checked_phone(text: str) -> str:
    """`text`, if it is a number as accounts have them. Raises InvalidRequest."""
    if not E164.fullmatch(text):
        raise InvalidRequest(
            "The phone number must be in E.164 format: a plus and 7 to 15 digits, like +15551234567.",
            field="phoneNumber",
        )
    return text
