"""Passwords: hashed by Argon2id, and compared at the same cost whether there is anything to compare with or not.

A hash costs 19 MiB and two passes: of the settings that OWASP's password storage cheat sheet holds equally strong, the
one that answers soonest. Two are computed at once in a process, a few more wait: the threads that serve pages are not
all taken by whoever sends many passwords.
"""

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.guessing import easily_guessed
from app.errors import InvalidRequest, Unavailable

SHORTEST: Final = 12
LONGEST: Final = 200
AT_ONCE: Final = 2
MOST_IN_LINE: Final = 8

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# What is compared with when there is nothing to compare with: random bytes, which are no password's hash.
_DECOY: Final = "$argon2id$v=19$m={},t={},p={}${}${}".format(
    _hasher.memory_cost,
    _hasher.time_cost,
    _hasher.parallelism,
    *(base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (16, 32)),
)
_line: Final = threading.BoundedSemaphore(MOST_IN_LINE)
_work: Final = threading.BoundedSemaphore(AT_ONCE)


def checked(password: str, *known: str, field: str = "password") -> str:
    """`password`, if it may be one (NIST SP 800-63B: length, and not easily guessed; nothing about its characters).

    `known` is what everybody knows of its owner. Raises InvalidRequest.
    """
    if len(password) < SHORTEST:
        raise InvalidRequest(f"A password needs at least {SHORTEST} characters. A few words do.", field=field)
    if len(password) > LONGEST:
        raise InvalidRequest(f"A password has at most {LONGEST} characters.", field=field)
    if "\x00" in password or not _encodable(password):
        raise InvalidRequest("This password has characters that cannot be typed. Choose another.", field=field)
    if easily_guessed(password, known):
        raise InvalidRequest(
            "This password is easily guessed. Choose another: a few words that you make up.", field=field
        )
    return password


def hashed(password: str) -> str:
    """The hash to keep. Raises Unavailable when too many are being computed."""
    with _turn():
        return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether `kept` is this password's hash; without one False, after as long. Raises Unavailable as `hashed` does."""
    usable = len(password) <= LONGEST and _encodable(password)
    with _turn():
        try:
            _hasher.verify(kept or _DECOY, _normal(password) if usable else "")
        except (VerificationError, InvalidHashError):
            return False
    return usable and kept is not None


def outgrown(kept: str) -> bool:
    """Whether a hash was made at another cost than new ones are, and is to be made anew."""
    return _hasher.check_needs_rehash(kept)


@contextmanager
def _turn() -> Iterator[None]:
    if not _line.acquire(blocking=False):
        raise Unavailable("Too many people are signing in just now. Try again in a few seconds.")
    try:
        with _work:
            yield
    finally:
        _line.release()


def _normal(password: str) -> str:
    """The same password from every keyboard (Unicode NFKC, as NIST SP 800-63B says)."""
    return unicodedata.normalize("NFKC", password)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
