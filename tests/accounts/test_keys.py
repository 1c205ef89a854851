"""API keys as text."""

import hashlib

import pytest

from app.accounts.keys import LONGEST, digest, new_key, prefix
from app.config import Mode


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_key_says_its_mode_and_nobody_can_guess_it(mode: Mode) -> None:
    keys = {new_key(mode) for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith(f"sk_{mode}_") and 43 + 8 <= len(key) <= LONGEST for key in keys)


def test_the_prefix_shows_the_mode_and_four_characters() -> None:
    assert prefix("sk_live_abcdefgh") == "sk_live_abcd"


def test_what_is_kept_is_the_sha_256() -> None:
    assert digest("sk_live_abc") == hashlib.sha256(b"sk_live_abc").digest()
