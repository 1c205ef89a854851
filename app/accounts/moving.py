"""Another e-mail address for an owner: asked for with the password, confirmed through a link to the new address."""

from typing import Final
from uuid import UUID

from app import notices
from app.accounts import letters, links, owners, profile, signing_in, tallies
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.owner import Owner

LETTERS: Final = Limit("move letter", most=5, within=3600)


def ask(settings: Settings, base: str, owner: Owner, email: str, password: str) -> str:
    """Send a link to the new address, and word of it to the old one; the new address, as it will be kept.

    The same is said of an address that has an account. Raises InvalidRequest, Unauthenticated, LimitReached, and
    Unavailable. No transaction is open.
    """
    new = profile.checked_email(email.strip())
    if new == owner.email:
        raise InvalidRequest("This is your address already.", field="email")
    signing_in.require_password(owner, password)
    tallies.require(LETTERS, str(owner.id), "Too many changes of address. Try again in {wait}.")
    with db.atomic():
        found = owners.find(new)
        if found and found.id != owner.id:
            to, letter = found.email, letters.move_taken(base)
        else:
            to, letter = new, letters.move(base, links.issue("email", {"email": new}, owner_id=owner.id))
        notices.send(to, letter.subject, letter.text, settings)
        word = letters.moving(base, new)
        notices.send(owner.email, word.subject, word.text, settings)
    return new


def use(settings: Settings, base: str, token: str) -> Owner:
    """Give the owner the address that a link confirms. Links that were sent to the old one lead nowhere.

    Raises NotFound for a link that does not work, and Conflict when the address has got an account meanwhile.
    """
    link = links.look(token, "email")
    owner = owners.get(link.owner_id or UUID(int=0))
    with db.atomic():
        links.spend(link)
        owners.move(owner, link.asked["email"])
        links.forget(owner.id)
        word = letters.moved(base, link.asked["email"])
        notices.send(owner.email, word.subject, word.text, settings)
    return owners.get(owner.id)
