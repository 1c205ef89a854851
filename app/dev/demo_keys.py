"""The demo account's keys and its owner's password, kept from one start to the next, and written for scripts."""

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from app.dev.keeping import write_private


@dataclass(frozen=True, slots=True)
class Keys:
    """Both keys as text, as they are sent in X-API-Key; and what the account's owner signs in to the dashboard with."""

    test: str
    live: str
    email: str = ""
    password: str = ""


def read(folder: Path) -> Keys | None:
    """Those of the last start, if there was one."""
    path = _kept(folder)
    return Keys(**json.loads(path.read_text())) if path.exists() else None


def keep(folder: Path, keys: Keys) -> None:
    write_private(_kept(folder), json.dumps(asdict(keys)))


def publish(folder: Path, keys: Keys, url: str) -> None:
    """Write demo.env, for `. var/demo.env` in any shell."""
    values = {
        "MIO_URL": url,
        "MIO_TEST_KEY": keys.test,
        "MIO_LIVE_KEY": keys.live,
        "MIO_EMAIL": keys.email,
        "MIO_PASSWORD": keys.password,
    }
    write_private(folder / "demo.env", "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))


def _kept(folder: Path) -> Path:
    return folder / "demo-keys.json"
