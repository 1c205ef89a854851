"""What a person reads when everything is up."""

import io
from pathlib import Path

import pytest

from app.dev.demo_keys import Keys
from app.dev.terminal import Terminal


@pytest.mark.parametrize(
    ("live", "words"), [(True, "rings phones, and costs"), (False, "rings phones, once a carrier is set up")]
)
def test_the_live_key_is_told_to_do_what_it_does(live: bool, words: str) -> None:
    shown = io.StringIO()
    folder = Path("var")
    Terminal(shown, colour=False).next_steps("http://x", Keys("sk_test_a", "sk_live_b"), folder, folder, live=live)
    assert f"sk_live_b  ({words}" in shown.getvalue()
