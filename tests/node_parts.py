"""What tests need of Node: skipped with the way to get it; failed where it is required, as in CI."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
REQUIRED: Final = "REQUIRE_NODE"


def needs_node_parts(folder: Path) -> None:
    """Skip, and say how to get them, where Node or the folder's packages are missing; fail where they are required."""
    missing = _missing(folder)
    if missing and os.environ.get(REQUIRED):
        pytest.fail(f"{missing} They are required here.")
    if missing:
        pytest.skip(missing)


def _missing(folder: Path) -> str | None:
    if shutil.which("node") is None:
        return "Node is not installed. Install Node 20 or newer, and run `make test-connectors`."
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        where = folder.relative_to(ROOT)
        return f"The packages of {where} are not installed as its lock file says. `make test-connectors` installs them."
    return None
