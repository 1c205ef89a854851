"""What tests need of Node: skipped with the way to get it; failed where it is required, as in CI."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
REQUIRED: Final = "REQUIRE_NODE"


def needs_node_parts(folder: Path, command: str = "make test-connectors") -> None:
    """Skip, and say how to get them, where Node or the folder's packages are missing; fail where they are required."""
    missing = _missing(folder)
    if missing and os.environ.get(REQUIRED):
        pytest.fail(f"{missing}. They are required here.")
    if missing:
        pytest.skip(f"{missing}. `{command}` installs them and runs these tests.")


def _missing(folder: Path) -> str | None:
    if shutil.which("node") is None:
        return f"Node 20 or newer, and the packages of {folder.relative_to(ROOT)}, are not installed"
    if not (folder / "node_modules").is_dir():
        return f"The packages of {folder.relative_to(ROOT)} are not installed"
    return None
