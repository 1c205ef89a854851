"""Tests that need Node: they take minutes, so `make test` leaves them, by name, to `make test-connectors`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
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


def built(folder: Path) -> Path:
    """`folder`, built by its own tools unless that was done for the same sources; once, however many ask."""
    stamp = folder / "node_modules" / ".built"
    with (folder / "node_modules" / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = _digest(folder)
        if not (folder / "dist").is_dir() or not stamp.exists() or stamp.read_text() != sources:
            done = subprocess.run(["npm", "run", "build", "--silent"], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            stamp.write_text(sources)
    return folder


def _digest(folder: Path) -> str:
    kept = [entry for entry in sorted(folder.iterdir()) if entry.name not in ("node_modules", "dist")]
    within = [file for entry in kept for file in (entry, *sorted(entry.rglob("*"))) if file.is_file()]
    return hashlib.sha256(b"".join(str(file).encode() + file.read_bytes() for file in within)).hexdigest()


def _missing(folder: Path) -> str | None:
    if shutil.which("node") is None:
        return "Node is not installed. Install Node 20 or newer, and run `make test-connectors`."
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        where = folder.relative_to(ROOT)
        return f"The packages of {where} are not installed as its lock file says. `make test-connectors` installs them."
    return None
