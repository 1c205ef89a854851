"""Another e-mail address for an owner: asked for with the password, confirmed through a link to the new address."""

from typing import Final

from app import notices
from app.accounts import letters, links, owners, profile, tallies
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.owner import Owner

ASKING: Final = Limit("move", most=10, within=3600)
LETTERS: Final = Limit("move letter", most=5, within=3600)


def ask(settings: Settings, base: str, owner: Owner, email: str) -> None:
    """Send a link to the new address, and word of it to the old one, for who has told the password.

    The same is said of an address that has an account. Raises InvalidRequest, and LimitReached.
    """
    new = profile.checked_email(email.strip())
    if new == owner.email:
        raise InvalidRequest("This is your address already.", field="email")
    tallies.require(ASKING, str(owner.id), "You have asked for many addresses. Try again in {wait}.")
    if tallies.take(LETTERS, owners.address(new)).wait:
        return
    with db.atomic():
        found = owners.find(new)
        if found and found.id != owner.id:
            to, letter = found.email, letters.move_taken(base)
        else:
            to, letter = new, letters.move(base, links.issue("email", {"email": new}, owner_id=owner.id))
        notices.send(to, *letter, settings)
        notices.send(owner.email, *letters.moving(base, new), settings)


def use(settings: Settings, base: str, token: str) -> Owner:
    """Give the owner the address that a link confirms. Links that were sent to the old one lead nowhere.

    Raises LinkGone for a link that does not work, and Conflict when the address has got an account meanwhile.
    """
    link = links.look(token, "email")
    owner = links.owner_of(link)
    with db.atomic():
        links.spend(link)
        owners.move(owner, link.asked["email"])
        links.forget(owner.id)
        notices.send(owner.email, *letters.moved(base, link.asked["email"]), settings)
    return owners.get(owner.id)
