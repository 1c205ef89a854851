"""People who know a password, and what signing in takes."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pyotp
from argon2 import PasswordHasher

from app.accounts import codes, owners, passwords
from app.config import Settings
from app.db import execute
from app.vault import Vault
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner

PASSWORD = "tulips by the harbour"
OTHER_PASSWORD = "lanterns over the river"
_RUNS: dict[CodeType, str] = {PasswordHasher.hash.__code__: "hash", PasswordHasher.verify.__code__: "verify"}


def with_password(owner: Owner, password: str = PASSWORD) -> Owner:
    owners.set_password(owner.id, passwords.hashed(password))
    return owner


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **more: Any) -> Page:
    """What answers the sign-in's form; not followed."""
    page = browser.get("/sign-in")
    return browser.send(page, "/sign-in", email=email, password=password, follow=False, **more)


@contextmanager
def argon2_runs() -> Iterator[Counter[str]]:
    """How often this thread hashes and verifies meanwhile, seen by Python's own profiler."""
    runs: Counter[str] = Counter()

    def see(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in _RUNS:
            runs[_RUNS[frame.f_code]] += 1

    sys.setprofile(see)
    try:
        yield runs
    finally:
        sys.setprofile(None)


def code_now(secret: str, steps: int = 0) -> str:
    """What an app shows, some steps of half a minute from now."""
    return pyotp.TOTP(secret).at(int(time.time()) + steps * 30)


def switch_codes_on(owner: Owner, settings: Settings, vault: Vault) -> tuple[str, list[str]]:
    """An app's secret, and the recovery codes. The code of this half minute was not told yet."""
    codes.begin(owner.id, vault)
    known = owners.get(owner.id)
    setup = codes.setup(known, vault)
    assert setup is not None
    recovery = codes.confirm(settings, HOST, known, vault, code_now(setup.secret))
    execute("UPDATE owner SET totp_last_step = 0 WHERE id = %s", (owner.id,))
    return setup.secret, recovery
