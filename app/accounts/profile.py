"""What an account says of itself, and what its owner or the operator may change."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.config import Mode
from app.db import db, execute
from app.errors import InvalidRequest, NotFound
from app.models.account import Account
from app.times import iso

LONGEST_NAME: Final = 200
LONGEST_EMAIL: Final = 254
# One address and nothing else: no line break, no comma, nothing that a header could take for a second one.
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LARGEST_LIMIT: Final = 1_000_000_000
LIMITS: Final = ("concurrent_calls", "calls_per_second", "daily_calls", "daily_spend_cents", "callee_daily_calls")

_UPDATE = """
UPDATE account SET name = coalesce(%(name)s, name), caller_name = coalesce(%(caller_name)s, caller_name),
    terms_accepted_at = CASE WHEN %(accept_terms)s THEN coalesce(terms_accepted_at, now())
                             ELSE terms_accepted_at END,
    discloses_ai = coalesce(%(discloses_ai)s, discloses_ai), email = coalesce(%(email)s, email)
WHERE id = %(id)s
"""


def get(account_id: UUID) -> Account:
    """Raises NotFound."""
    account: Account | None = Account.get_or_none(Account.id == account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id}.")
    return account


def everyone() -> list[Account]:
    """All accounts, oldest first."""
    return list(Account.select().order_by(Account.created_at, Account.id))


def update(
    account_id: UUID,
    *,
    name: str | None = None,
    caller_name: str | None = None,
    accept_terms: bool = False,
    discloses_ai: bool | None = None,
    email: str | None = None,
) -> Account:
    """Change what is given; what is None stays. Raises NotFound, and InvalidRequest for an unusable name or e-mail."""
    values = {
        "id": account_id,
        "name": None if name is None else checked_name(name, "name"),
        "caller_name": None if caller_name is None else checked_name(caller_name, "callerName"),
        "accept_terms": accept_terms,
        "discloses_ai": discloses_ai,
        "email": None if email is None else checked_email(email),
    }
    with db.atomic():
        execute(_UPDATE, values)
        return get(account_id)


def limit(account_id: UUID, limits: Mapping[str, int | None]) -> Account:
    """Set limits of an account's own; None goes back to the hub's default. Raises NotFound, InvalidRequest."""
    for name, value in limits.items():
        if name not in LIMITS or (value is not None and not 0 <= value <= LARGEST_LIMIT):
            raise InvalidRequest(f"A limit is one of {', '.join(LIMITS)}, from 0 to {LARGEST_LIMIT}.")
    with db.atomic():
        for name, value in limits.items():
            execute(f"UPDATE account SET {name} = %s WHERE id = %s", (value, account_id))
        return get(account_id)


def pause(account_id: UUID) -> None:
    """Stop all dialling at once; calls under way go on. Raises NotFound."""
    _changed(execute("UPDATE account SET paused_at = coalesce(paused_at, now()) WHERE id = %s", (account_id,)))


def resume(account_id: UUID) -> None:
    """Raises NotFound."""
    _changed(execute("UPDATE account SET paused_at = NULL WHERE id = %s", (account_id,)))


def checked_name(text: str, field: str, longest: int = LONGEST_NAME) -> str:
    """`text` without the space around it. Raises InvalidRequest when nothing is left, or too much."""
    name = text.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidRequest(f"{field} must be 1 to {longest} printable characters.", field=field)
    return name


def checked_email(text: str) -> str:
    """`text`, if an e-mail can be sent to it. Raises InvalidRequest."""
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        raise InvalidRequest("email must be an e-mail address, like jane@example.com.", field="email")
    return text


def account_object(account: Account, mode: Mode) -> dict[str, Any]:
    """The account as `GET /me` shows it to a key of `mode`. Money in cents."""
    return {
        "id": str(account.id),
        "name": account.name,
        "phoneNumber": account.phone_number,
        "email": account.email,
        "balance": account.balance,
        "available": max(account.available, 0),  # an unmetered account may hold more than it owns
        "mode": mode,
        "callerName": account.caller_name,
        "termsAcceptedAt": iso(account.terms_accepted_at),
        "disclosesAi": account.discloses_ai,
        "paused": account.paused_at is not None,
        "createdAt": iso(account.created_at),
    }


def _changed(count: int) -> None:
    if not count:
        raise NotFound("There is no such account.")
