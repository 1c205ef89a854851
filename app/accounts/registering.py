"""Sign-up: asked for on a page, confirmed through a link. No account exists before.

Whoever signs up with somebody else's address must not get an account that the other confirms: the link asks for the
password, unless the browser that opens it is the one that signed up.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from app import notices
from app.accounts import access, letters, links, owners, passwords, profile, tallies
from app.accounts.signup import checked_phone, sign_up
from app.accounts.tallies import Limit
from app.calls.numbers import bare
from app.config import Settings
from app.db import db
from app.errors import Forbidden, InvalidRequest
from app.models.owner import Link, Owner
from app.vault import Vault

FIRST_KEY: Final = "First test key"
ASKING: Final = Limit("sign-up", most=20, within=3600)
LETTERS: Final = Limit("sign-up letter", most=5, within=3600)
CONFIRMING: Final = Limit("confirming", most=10, within=900)


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody types who signs up."""

    name: str
    phone_number: str
    email: str
    password: str


def ask(settings: Settings, base: str, form: Form, *, browser: str, address: str) -> None:
    """Send a link to the address that is given, or word that it has an account.

    `base` is the dashboard's address, `browser` a secret that the browser keeps, `address` where the request comes
    from. It takes as long for an address that is known. Raises InvalidRequest naming the field to mend, Forbidden where
    nobody may sign up, LimitReached and Unavailable.
    """
    _require_open(settings)
    name, phone = profile.checked_name(form.name, "name"), checked_phone(bare(form.phone_number))
    email = profile.checked_email(form.email.strip())
    passwords.checked(form.password, name, email)
    tallies.require(ASKING, tallies.network(address), "Too many sign-ups from your network. Try again in {wait}.")
    asked = {
        "name": name,
        "phoneNumber": phone,
        "email": email,
        "passwordHash": passwords.hashed(form.password),
        "browser": _digest(browser),
    }
    if tallies.take(LETTERS, owners.address(email)).wait:
        return
    with db.atomic():
        if owner := owners.find(email):
            to, letter = owner.email, letters.known(base)
        else:
            to, letter = email, letters.sign_up(base, links.issue("sign_up", asked))
        notices.send(to, *letter, settings)


def asks_password(link: Link, browser: str) -> bool:
    """Whether another browser signed up than the one that holds the secret `browser`."""
    return not hmac.compare_digest(link.asked["browser"], _digest(browser))


def confirm(settings: Settings, vault: Vault, token: str, *, browser: str, password: str) -> Owner:
    """Make the account with its first money, its owner, and a test key.

    Raises NotFound for a link that does not work, InvalidRequest for a wrong password, LimitReached, Conflict when the
    address has got an account meanwhile, Forbidden where nobody may sign up any more.
    """
    _require_open(settings)
    link = links.look(token, "sign_up")
    if asks_password(link, browser):
        _require_password(link, password)
    asked = link.asked
    with db.atomic():
        links.spend(link)
        account_id = sign_up(settings, asked["name"], asked["phoneNumber"])
        owner = owners.create(account_id, asked["email"], asked["passwordHash"])
        profile.update(account_id, email=asked["email"])
        access.issue(account_id, "test", name=FIRST_KEY, vault=vault)
    return owner


def _require_password(link: Link, password: str) -> None:
    tallies.require(CONFIRMING, str(link.id), "Too many wrong passwords. Wait {wait}, or sign up again.")
    if not passwords.matches(link.asked["passwordHash"], password):
        raise InvalidRequest(
            "This is not the password that was chosen at sign-up. If you did not choose it, sign up yourself.",
            code="wrong_password",
            field="password",
        )


def _require_open(settings: Settings) -> None:
    if not settings.sign_up_open:
        raise Forbidden("Nobody can sign up here. Ask whoever runs this hub for an invitation.", code="sign_up_closed")


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode("utf-8", "surrogatepass")).hexdigest()
