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

from app.accounts import tallies
from app.accounts.tallies import Limit, Try
from app.db import db, execute, row
from app.errors import Conflict, InvalidRequest, LimitReached
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
_OFF: Final = "UPDATE owner SET totp_secret = NULL, totp_since = NULL, totp_last_step = 0 WHERE id = %s"
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app is told: the secret in base32, by hand or (as `uri`) in a QR code."""

    secret: str
    uri: str


class WrongCode(InvalidRequest):
    """A code that is not right, or was told before. `last`: there are no more tries for now."""

    def __init__(self, *, last: bool = False) -> None:
        super().__init__(
            "This code is not right, or was used already. Wait for the next one and type it in.",
            code="wrong_code",
            field="code",
        )
        self.last = last


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


def confirm(owner: Owner, vault: Vault, code: str, clock: Callable[[], float] = time.time) -> list[str]:
    """Switch codes on, told one of them; the recovery codes, which cannot be read again.

    Raises WrongCode, and Conflict when nothing is being set up.
    """
    if setup(owner, vault) is None:
        raise Conflict("One-time codes are not being set up. Begin anew.")
    step = _step(_secret(owner, vault), code, clock)
    if step is None:
        raise WrongCode
    with db.atomic():
        if not execute(_CONFIRM, (step, owner.id, owner.totp_secret)):
            raise Conflict("One-time codes were set up elsewhere meanwhile.")
        return renew(owner.id)


def check(owner: Owner, vault: Vault, code: str, clock: Callable[[], float] = time.time) -> int | None:
    """Use up a code; None for one of the app, else how many recovery codes are left.

    Raises WrongCode, and LimitReached after too many of them. Tries count even if what follows comes to nothing: the
    caller has no transaction open.
    """
    tried = _try(owner)
    left = _recover(owner.id, code)
    if left is None:
        step = _step(_secret(owner, vault), code, clock)
        if step is None or not execute(_USE, (step, owner.id, step)):
            raise WrongCode(last=tried.last)
    tallies.forget(TRIES, str(owner.id))
    return left


def switch_off(owner_id: UUID) -> None:
    """Codes are not asked for any more."""
    with db.atomic():
        execute(_OFF, (owner_id,))
        execute("DELETE FROM recovery_code WHERE owner_id = %s", (owner_id,))


def renew(owner_id: UUID) -> list[str]:
    """New recovery codes in place of the old ones; they cannot be read again."""
    codes = [_new() for _ in range(RECOVERY_CODES)]
    with db.atomic():
        execute("DELETE FROM recovery_code WHERE owner_id = %s", (owner_id,))
        for code in codes:
            execute("INSERT INTO recovery_code (owner_id, hash) VALUES (%s, %s)", (owner_id, _digest(owner_id, code)))
    return codes


def left(owner_id: UUID) -> int:
    """How many recovery codes an owner has."""
    found = row("SELECT count(*) AS count FROM recovery_code WHERE owner_id = %s", (owner_id,))
    return int(found["count"]) if found else 0


def _try(owner: Owner) -> Try:
    tried = tallies.take(TRIES, str(owner.id))
    if tried.wait:
        raise LimitReached(
            f"Too many wrong codes. Wait {tallies.in_words(tried.wait)}, then sign in again.",
            retry_after=tried.wait,
            field="code",
        )
    return tried


def _recover(owner_id: UUID, code: str) -> int | None:
    """Use up a recovery code: how many are left, or None when it is none."""
    plain = re.sub(r"[\s-]", "", code).upper()
    if not _RECOVERY.fullmatch(plain):
        return None
    if not execute("DELETE FROM recovery_code WHERE owner_id = %s AND hash = %s", (owner_id, _digest(owner_id, plain))):
        return None
    return left(owner_id)


def _step(secret: str, code: str, clock: Callable[[], float]) -> int | None:
    """The step of time that a code is of, if it is of one about now."""
    told = re.sub(r"\s", "", code).encode("utf-8", "replace")
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
