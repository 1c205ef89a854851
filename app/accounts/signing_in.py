"""Sign-in: a password, then a one-time code where that is switched on.

Failures are counted by what was typed as the address, whether anybody has it or not, and by network. Nothing that is
said or done tells whether an address is known.
"""

from typing import Final

from app import notices
from app.accounts import codes, letters, links, owners, passwords, sessions, tallies
from app.accounts.links import LinkGone
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.owner import Owner
from app.vault import Vault

BY_EMAIL: Final = Limit("sign-in by address", most=10, within=900)
BY_NETWORK: Final = Limit("sign-in by network", most=50, within=900)
BY_OWNER: Final = Limit("own password", most=10, within=900)
# Right ones cost as much: nobody keeps the line of hashes full, or begins sessions without end.
ALL_BY_EMAIL: Final = Limit("all sign-ins by address", most=60, within=900)
ALL_BY_OWNER: Final = Limit("all own passwords", most=60, within=900)
_LOCKED: Final = "Too many attempts with this e-mail address. Wait {wait}, or choose a new password by e-mail."
_OFTEN: Final = "You have told your password very often. Wait {wait}."
_CROWDED: Final = "Too many failed attempts from your network. Wait {wait}."


def by_password(email: str, password: str, address: str) -> Owner:
    """Whose e-mail address and password these are; `address` is where the request comes from.

    Raises InvalidRequest, LimitReached and Unavailable. Tries count even if what follows comes to nothing: the caller
    has no transaction open.
    """
    who, whence = owners.address(email), tallies.network(address)
    tallies.require(BY_NETWORK, whence, _CROWDED)
    tallies.require(BY_EMAIL, who, _LOCKED)
    tallies.require(ALL_BY_EMAIL, who, _OFTEN)
    owner = owners.find(email)
    if not passwords.matches(owner.password_hash if owner else None, password) or owner is None:
        raise InvalidRequest("The e-mail address or the password is wrong.", code="wrong_password")
    tallies.forget(BY_EMAIL, who)
    tallies.give_back(BY_NETWORK, whence)
    owners.refresh_password(owner, password)
    return owner


def require_password(owner: Owner, password: str, field: str) -> None:
    """Have somebody who is signed in tell the password again. Raises InvalidRequest, LimitReached and Unavailable.

    The caller has no transaction open, as for `by_password`.
    """
    tallies.require(BY_OWNER, str(owner.id), "Too many wrong passwords. Wait {wait}.")
    tallies.require(ALL_BY_OWNER, str(owner.id), _OFTEN)
    if not passwords.matches(owner.password_hash, password):
        raise InvalidRequest("This is not your present password.", code="wrong_password", field=field)
    tallies.forget(BY_OWNER, str(owner.id))


def let_in(owner: Owner, *, address: str, user_agent: str, settings: Settings) -> str:
    """The token of a new session, for who has told all that is asked. Raises InvalidRequest where the password was
    changed since `owner` was read: who had the old one alone stays out.
    """
    with db.atomic():
        owners.hold(owner)
        return sessions.begin(owner.id, address=address, user_agent=user_agent, settings=settings)


def wait_for_code(owner: Owner, place: str) -> str:
    """The token of a browser that has told the right password, and is to tell a code; it wants to go to `place`.

    Raises InvalidRequest as `let_in` does.
    """
    with db.atomic():
        owners.hold(owner)
        return links.issue("code", {"place": place}, owner_id=owner.id)


def by_code(settings: Settings, vault: Vault, base: str, token: str, code: str) -> tuple[Owner, str]:
    """Who has told a right code, once, and where that browser wanted to go.

    Raises LinkGone when the token is too old or used, or codes are off meanwhile, InvalidRequest for a wrong code, and
    LimitReached. The caller has no transaction open.
    """
    link = links.look(token, "code")
    owner = links.owner_of(link)
    if owner.totp_since is None:
        raise LinkGone
    tried = codes.count_try(owner)
    try:
        with db.atomic():
            links.spend(link)
            left = codes.use(owner, vault, code)
            if left is not None:
                notices.send(owner.email, *letters.code_recovered(base, left), settings)
    except InvalidRequest:
        if tried.last:
            notices.send(owner.email, *letters.codes_guessed(base), settings)
        raise
    codes.forget_tries(owner)
    return owner, str(link.asked["place"])
