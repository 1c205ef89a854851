"""An owner for an account that exists: whoever runs the hub sends a link, by which a person becomes it."""

from typing import Final
from uuid import UUID

from app import notices
from app.accounts import letters, links, owners, passwords, profile, sessions
from app.config import Settings
from app.db import db, execute
from app.errors import Conflict
from app.models.owner import Owner

_FORGET: Final = "DELETE FROM link WHERE kind = 'invite' AND asked->>'accountId' = %s"


def invite(settings: Settings, base: str, account_id: UUID, email: str, *, replace: bool = False) -> str:
    """Send a link to `email`; the link itself. Earlier ones to this account lead nowhere.

    With `replace` its use puts that person in the place of the account's owner. Raises NotFound, InvalidRequest, and
    Conflict when the account has an owner, or the address another account.
    """
    account = profile.get(account_id)
    given = profile.checked_email(email.strip())
    owner = owners.of_account(account_id)
    if owner and not replace:
        raise Conflict(f"{owner.email} owns this account. With --replace the link puts somebody in this place.")
    found = owners.find(given)
    if found and found.account_id != account_id:
        raise owners.taken()
    asked = {"accountId": str(account_id), "email": given, "name": account.name, "replace": replace}
    with db.atomic():
        execute(_FORGET, (str(account_id),))
        token = links.issue("invite", asked)
        notices.send(given, *letters.invite(base, token, account.name), settings)
    return f"{base}/links/{token}"


def accept(token: str, password: str) -> Owner:
    """Make the owner that a link invites, with this password; the one before goes, with all sessions and codes.

    Raises LinkGone for a link that does not work, InvalidRequest, Conflict, and Unavailable.
    """
    link = links.look(token, "invite")
    asked = link.asked
    kept = passwords.hashed(passwords.checked(password, asked["email"], asked["name"]))
    account_id = UUID(asked["accountId"])
    with db.atomic():
        links.spend(link)
        account, before = profile.get(account_id), owners.of_account(account_id)
        if before:
            _replace(before, allowed=asked["replace"])
        if account.email is None or (before and owners.address(account.email) == owners.address(before.email)):
            profile.update(account_id, email=asked["email"])
        return owners.create(account_id, asked["email"], kept)


def _replace(owner: Owner, *, allowed: bool) -> None:
    if not allowed:
        raise Conflict("This account has got an owner meanwhile. Sign in, or ask whoever runs this hub.")
    sessions.end_all(owner.id)
    execute("DELETE FROM owner WHERE id = %s", (owner.id,))
