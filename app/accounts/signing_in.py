"""Sign-in: a password, then a one-time code where that is switched on.

Failures are counted by what was typed as the address, whether anybody has it or not, and by network. Nothing that is
said or done tells whether an address is known.
"""

from collections.abc import Callable
from typing import Final

from app import notices
from app.accounts import codes, letters, links, owners, passwords, tallies
from app.accounts.letters import Letter
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.errors import Unauthenticated
from app.models.owner import Owner
from app.vault import Vault

BY_EMAIL: Final = Limit("sign-in by address", most=10, within=900)
BY_NETWORK: Final = Limit("sign-in by network", most=50, within=900)
BY_OWNER: Final = Limit("own password", most=10, within=900)
_LOCKED: Final = "Too many attempts with this e-mail address. Wait {wait}, or choose a new password by e-mail."
_CROWDED: Final = "Too many failed attempts from your network. Wait {wait}."


def by_password(email: str, password: str, address: str) -> Owner:
    """Whose e-mail address and password these are; `address` is where the request comes from.

    Raises Unauthenticated, LimitReached and Unavailable. Tries count even if what follows comes to nothing: the caller
    has no transaction open.
    """
    who, whence = owners.address(email), tallies.network(address)
    tallies.require(BY_NETWORK, whence, _CROWDED)
    tallies.require(BY_EMAIL, who, _LOCKED)
    owner = owners.find(email)
    if not passwords.matches(owner.password_hash if owner else None, password) or owner is None:
        raise Unauthenticated("The e-mail address or the password is wrong.", code="wrong_password", field="password")
    tallies.forget(BY_EMAIL, who)
    tallies.give_back(BY_NETWORK, whence)
    owners.refresh_password(owner, password)
    return owner


def require_password(owner: Owner, password: str) -> None:
    """Have somebody who is signed in tell the password again. Raises Unauthenticated, LimitReached and Unavailable.

    The caller has no transaction open, as for `by_password`.
    """
    tallies.require(BY_OWNER, str(owner.id), "Too many wrong passwords. Wait {wait}.")
    if not passwords.matches(owner.password_hash, password):
        raise Unauthenticated("This is not your present password.", code="wrong_password", field="currentPassword")
    tallies.forget(BY_OWNER, str(owner.id))


def wait_for_code(owner: Owner, place: str) -> str:
    """The token of a browser that has told the right password, and is to tell a code; it wants to go to `place`."""
    return links.issue("code", {"place": place}, owner_id=owner.id)


def waiting(token: str) -> Owner:
    """Who is to tell a code. Raises NotFound when the token is too old."""
    owner_id = links.look(token, "code").owner_id
    if owner_id is None:
        raise links.gone()
    return owners.get(owner_id)


def by_code(
    settings: Settings, vault: Vault, base: str, token: str, code: str, entered: Callable[[Owner], None]
) -> str:
    """Let `entered` begin the owner's session, once, told a right code; the place where the browser wanted to go.

    Raises NotFound when the token is too old or used, WrongCode, and LimitReached. No transaction is open.
    """
    owner, link = waiting(token), links.look(token, "code")
    try:
        recovery_codes = codes.check(owner, vault, code)
    except codes.WrongCode as wrong:
        if wrong.last:
            _tell(owner, letters.codes_guessed(base), settings)
        raise
    with db.atomic():
        links.spend(link)
        if recovery_codes is not None:
            _tell(owner, letters.code_recovered(base, recovery_codes), settings)
        entered(owner)
    return str(link.asked["place"])


def _tell(owner: Owner, letter: Letter, settings: Settings) -> None:
    notices.send(owner.email, letter.subject, letter.text, settings)
