"""One-time codes: time-based ones (RFC 6238) of an app, and recovery codes for who has lost it. Each works once."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pyotp

from app import notices
from app.accounts import letters, tallies
from app.accounts.tallies import Limit, Try
from app.config import Settings
from app.db import db, execute, row
from app.errors import Conflict, InvalidRequest
from app.models.owner import Owner
from app.vault import Vault

ISSUER: Final = "Mio Hub"
RECOVERY_CODES: Final = 10
STEP_SECONDS: Final = 30
DRIFT: Final = 1  # steps that a clock may be off, either way
TRIES: Final = Limit("code", most=5, within=900)

_BEGIN: Final = "UPDATE owner SET totp_secret = %s, totp_last_step = 0 WHERE id = %s AND totp_since IS NULL"
_CONFIRM: Final = """
UPDATE owner SET totp_since = now(), totp_last_step = %s WHERE id = %s AND totp_since IS NULL AND totp_secret = %s
"""
_USE: Final = """
UPDATE owner SET totp_last_step = %s WHERE id = %s AND totp_last_step < %s AND totp_since IS NOT NULL
"""
_OFF: Final = """
UPDATE owner SET totp_secret = NULL, totp_since = NULL, totp_last_step = 0 WHERE id = %s AND totp_secret IS NOT NULL
"""
_FORGET: Final = "DELETE FROM recovery_code WHERE owner_id = %s"
_RECOVER: Final = "DELETE FROM recovery_code WHERE owner_id = %s AND hash = %s"
_TYPED: Final = re.compile(r"[\s-]")
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app is told: the secret in base32, by hand or (as `uri`) in a QR code."""

    secret: str
    uri: str


def begin(owner_id: UUID, vault: Vault) -> None:
    """Make a secret, which counts once a code of it was told. Raises Conflict when codes are on already."""
    secret = vault.seal(pyotp.random_base32().encode())
    if not execute(_BEGIN, (secret, owner_id)):
        raise Conflict("One-time codes are on already. Switch them off first.")


def setup(owner: Owner, vault: Vault) -> Setup | None:
    """What is to be told to an app; None unless codes are being set up."""
    if owner.totp_since is not None or owner.totp_secret is None:
        return None
    secret = _secret(owner, vault)
    return Setup(secret, pyotp.TOTP(secret).provisioning_uri(name=owner.email, issuer_name=ISSUER))


def confirm(
    settings: Settings, base: str, owner: Owner, vault: Vault, code: str, clock: Callable[[], float] = time.time
) -> list[str]:
    """Switch codes on, told one of them; the recovery codes, which cannot be read again.

    Raises InvalidRequest, and Conflict when nothing is being set up.
    """
    if setup(owner, vault) is None:
        raise Conflict("One-time codes are not being set up. Begin anew.")
    step = _step(_secret(owner, vault), code, clock)
    if step is None:
        raise _wrong()
    with db.atomic():
        if not execute(_CONFIRM, (step, owner.id, owner.totp_secret)):
            raise Conflict("One-time codes were set up elsewhere meanwhile.")
        notices.send(owner.email, *letters.codes_on(base), settings)
        return _renew(owner.id)


def count_try(owner: Owner) -> Try:
    """Count one try to tell a code, even if what follows comes to nothing: the caller has no transaction open.

    Raises LimitReached.
    """
    return tallies.require(TRIES, str(owner.id), "Too many wrong codes. Wait {wait}, then try again.")


def use(owner: Owner, vault: Vault, code: str, clock: Callable[[], float] = time.time) -> int | None:
    """Use up a code; None for one of the app, else how many recovery codes are left. Raises InvalidRequest."""
    plain = _TYPED.sub("", code).upper()
    if _RECOVERY.fullmatch(plain):
        if not execute(_RECOVER, (owner.id, _digest(owner.id, plain))):
            raise _wrong()
        return left(owner.id)
    step = _step(_secret(owner, vault), plain, clock)
    if step is None or not execute(_USE, (step, owner.id, step)):
        raise _wrong()
    return None


def forget_tries(owner: Owner) -> None:
    """Once a code was right."""
    tallies.forget(TRIES, str(owner.id))


def switch_off(settings: Settings, base: str, owner: Owner) -> None:
    """Codes are not asked for any more."""
    with db.atomic():
        if execute(_OFF, (owner.id,)):
            notices.send(owner.email, *letters.codes_off(base), settings)
        execute(_FORGET, (owner.id,))


def renew(settings: Settings, base: str, owner: Owner) -> list[str]:
    """New recovery codes in place of the old ones; they cannot be read again. Raises Conflict when codes are off."""
    if owner.totp_since is None:
        raise Conflict("One-time codes are off. Set them up first.")
    with db.atomic():
        notices.send(owner.email, *letters.codes_renewed(base), settings)
        return _renew(owner.id)


def left(owner_id: UUID) -> int:
    """How many recovery codes an owner has."""
    found = row("SELECT count(*) AS count FROM recovery_code WHERE owner_id = %s", (owner_id,))
    return int(found["count"]) if found else 0


def _wrong() -> InvalidRequest:
    return InvalidRequest(
        "This code is not right, or was used already. Wait for the next one and type it in.",
        code="wrong_code",
        field="code",
    )


def _renew(owner_id: UUID) -> list[str]:
    codes = [_new() for _ in range(RECOVERY_CODES)]
    with db.atomic():
        execute(_FORGET, (owner_id,))
        for code in codes:
            execute("INSERT INTO recovery_code (owner_id, hash) VALUES (%s, %s)", (owner_id, _digest(owner_id, code)))
    return codes


def _step(secret: str, code: str, clock: Callable[[], float]) -> int | None:
    """The step of time that a code is of, if it is of one about now."""
    told = _TYPED.sub("", code).encode("utf-8", "replace")
    present = int(clock() // STEP_SECONDS)
    app = pyotp.TOTP(secret)
    steps = range(present - DRIFT, present + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), told)), None)


def _secret(owner: Owner, vault: Vault) -> str:
    return vault.open(owner.totp_secret or b"").decode()


def _new() -> str:
    """80 random bits in base32, in four groups: too much to guess, little enough to type."""
    text = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))


def _digest(owner_id: UUID, code: str) -> bytes:
    return hashlib.sha256(f"{owner_id}{code.replace('-', '')}".encode()).digest()
