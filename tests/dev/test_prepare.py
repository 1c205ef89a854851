"""The demo account from one start to the next."""

import json
from pathlib import Path

import pytest

from app.accounts import access, owners, passwords
from app.config import Settings
from app.db import rows
from app.dev.prepare import demo

pytestmark = pytest.mark.usefixtures("database")


def test_the_demo_has_an_owner_who_can_sign_in(settings: Settings, tmp_path: Path) -> None:
    keys = demo(settings, tmp_path)
    owner = owners.find(keys.email)
    assert owner is not None
    assert passwords.matches(owner.password_hash, keys.password)
    known = access.identify(keys.test)
    assert known is not None
    assert known.account_id == owner.account_id


def test_the_next_start_finds_everything_as_it_was(settings: Settings, tmp_path: Path) -> None:
    assert demo(settings, tmp_path) == demo(settings, tmp_path)
    assert len(rows("SELECT 1 FROM api_key")) == 2


def test_keys_of_before_there_were_owners_stay_and_get_one(settings: Settings, tmp_path: Path) -> None:
    keys = demo(settings, tmp_path)
    rows("DELETE FROM owner RETURNING id")
    (tmp_path / "demo-keys.json").write_text(json.dumps({"test": keys.test, "live": keys.live}))
    anew = demo(settings, tmp_path)
    assert (anew.test, anew.live) == (keys.test, keys.live)
    assert owners.find(anew.email) is not None


def test_an_account_whose_keys_were_lost_is_used_again(settings: Settings, tmp_path: Path) -> None:
    keys = demo(settings, tmp_path)
    (tmp_path / "demo-keys.json").unlink()
    anew = demo(settings, tmp_path)
    assert anew.test != keys.test
    assert len(rows("SELECT 1 FROM account")) == 1
    owner = owners.find(anew.email)
    assert owner is not None
    assert passwords.matches(owner.password_hash, anew.password)
