"""Tests that need Node: they take minutes, so `make test` leaves them, by name, to `make test-connectors`."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
REQUIRED: Final = "REQUIRE_NODE"


def needs_node_parts(folder: Path) -> None:
    """For a test in a connector's own runtime: skip where `make test` runs it, fail where its packages are missing."""
    if not os.environ.get(REQUIRED):
        pytest.skip("`make test-connectors` runs these in the connectors' own runtimes; it needs Node 20 or newer.")
    if missing := _missing(folder):
        pytest.fail(missing)


def _missing(folder: Path) -> str | None:
    if shutil.which("node") is None:
        return "Node is not installed. Install Node 20 or newer, and run `make test-connectors`."
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        where = folder.relative_to(ROOT)
        return f"The packages of {where} are not installed as its lock file says. `make test-connectors` installs them."
    return None
