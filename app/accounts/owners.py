"""Owners: who signs in to an account. An account has one at most."""

from typing import Final
from uuid import UUID, uuid4

from peewee import IntegrityError, fn

from app.accounts import links, passwords
from app.accounts.profile import checked_email
from app.db import db, execute, row
from app.errors import Conflict, InvalidRequest, NotFound
from app.models.owner import Owner
from app.times import now

_MAKE: Final = """
INSERT INTO owner (id, account_id, email, password_hash, created_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_HOLD: Final = "SELECT 1 FROM owner WHERE id = %s AND password_hash = %s FOR SHARE"
_REFRESH: Final = "UPDATE owner SET password_hash = %s WHERE id = %s AND password_hash = %s"


def get(owner_id: UUID) -> Owner:
    """Raises NotFound."""
    found: Owner | None = Owner.get_or_none(Owner.id == owner_id)
    if found is None:
        raise NotFound("There is no such owner.")
    return found


def find(email: str) -> Owner | None:
    """Who signs in with this address, however it is written."""
    wanted = address(email)
    if not wanted.isascii() or "\x00" in wanted:  # no address of ours is like that
        return None
    found: Owner | None = Owner.get_or_none(fn.lower(Owner.email) == wanted)
    return found


def of_account(account_id: UUID) -> Owner | None:
    found: Owner | None = Owner.get_or_none(Owner.account_id == account_id)
    return found


def create(account_id: UUID, email: str, password_hash: str) -> Owner:
    """An account's owner. Raises InvalidRequest, and Conflict when the account has one or the address is taken."""
    owner_id = uuid4()
    if not execute(_MAKE, (owner_id, account_id, checked_email(email), password_hash, now())):
        raise taken()
    return get(owner_id)


def move(owner: Owner, email: str) -> None:
    """Give an owner another address, and the account's notices with it if they went to the old one.

    Raises InvalidRequest, and Conflict for an address that is taken.
    """
    try:
        with db.atomic():
            execute("UPDATE owner SET email = %s WHERE id = %s", (checked_email(email), owner.id))
    except IntegrityError as error:
        raise taken() from error
    execute(
        "UPDATE account SET email = %s WHERE id = %s AND lower(email) = %s",
        (email, owner.account_id, address(owner.email)),
    )


def set_password(owner_id: UUID, password_hash: str) -> None:
    """Another password; what was under way with the old one leads nowhere any more."""
    execute("UPDATE owner SET password_hash = %s WHERE id = %s", (password_hash, owner_id))
    links.forget(owner_id)


def hold(owner: Owner) -> None:
    """Keep an owner's password as it was read until the transaction ends, for what follows from it.

    Who changes it waits, and ends then what has followed. Raises InvalidRequest where it was changed meanwhile.
    """
    if not row(_HOLD, (owner.id, owner.password_hash)):
        raise InvalidRequest("The password was changed meanwhile. Sign in with the new one.", code="wrong_password")


def refresh_password(owner: Owner, password: str) -> None:
    """Keep a right password at the cost that new ones have."""
    if passwords.outgrown(owner.password_hash):
        kept = passwords.hashed(password)
        if execute(_REFRESH, (kept, owner.id, owner.password_hash)):
            owner.password_hash = kept


def address(email: str) -> str:
    """An address as it is compared."""
    return email.strip().lower()


def taken() -> Conflict:
    return Conflict("There is an account with this e-mail address already. Sign in with it.", code="email_taken")
