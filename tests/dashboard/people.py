"""People who know a password, and what signing in takes."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from argon2 import PasswordHasher

from app.accounts import owners, passwords
from tests.dashboard.browser import Browser, Page
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
