"""Installs a real n8n, in the version that package.json names, where the tests look for it.

Needs npm 10 or newer (Node 20 brings it), about 3 GB of disk and some minutes; no root, no compiler and no system
packages. On Linux it brings the Node that n8n runs on; elsewhere a Node 24 must be there. What n8n has of native code
comes built, but its SQLite driver, in whose place another is installed: the server keeps its data in the tests'
PostgreSQL. npm verifies the packages; an installation that was broken off finds them again in npm's cache.
N8N_SERVER_FOLDER names another place, to be shared by checkouts.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER_SETTING: Final = "N8N_SERVER_FOLDER"
_ROOT: Final = Path(__file__).parents[4]
_MANIFEST: Final = Path(__file__).with_name("package.json").read_text()
_VERSION: Final = json.loads(_MANIFEST)["dependencies"]["n8n"]
_NODE_NEEDED: Final = 24
_SECONDS_BETWEEN_LINES: Final = 10
_LINES_OF_LOG: Final = 20


class CannotInstall(Exception):
    """Why not, and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder that has n8n in it, or will have."""

    folder: Path

    @property
    def command(self) -> tuple[str, str]:
        """What starts n8n. Raises CannotInstall when there is no Node for it."""
        return (str(self._node), str(self._modules / "n8n" / "bin" / "n8n"))

    @property
    def environment(self) -> dict[str, str]:
        """Ours, with the Node that runs n8n before every other."""
        return os.environ | {"PATH": f"{self._node.parent}{os.pathsep}{os.environ['PATH']}"}

    @property
    def complete(self) -> bool:
        """Whether the wanted versions are there, wholly."""
        return self._stamp.is_file() and self._stamp.read_text() == _MANIFEST

    def install(self) -> None:
        """Bring it to the wanted versions; at once where it has them. Raises CannotInstall."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder):
            if not self.complete:
                self._forget_what_is_half_there()
                (self.folder / "package.json").write_text(_MANIFEST)
                _npm_install(self.folder)
                self._must_run()
                self._stamp.write_text(_MANIFEST)

    def _forget_what_is_half_there(self) -> None:
        """What an installation that was broken off has left, which npm would take for whole."""
        if not self._stamp.exists():
            shutil.rmtree(self._modules, ignore_errors=True)
        self._stamp.unlink(missing_ok=True)

    @property
    def _modules(self) -> Path:
        return self.folder / "node_modules"

    @property
    def _stamp(self) -> Path:
        return self.folder / "installed.json"

    @property
    def _node(self) -> Path:
        ours = sorted(self._modules.glob("node-linux-*/bin/node"))
        theirs = shutil.which("node")
        if not ours and (theirs is None or _major(theirs) < _NODE_NEEDED):
            raise CannotInstall(f"n8n needs Node {_NODE_NEEDED}: install it, so that `node` is it, and try again.")
        return ours[0] if ours else Path(theirs or "")

    def _must_run(self) -> None:
        done = subprocess.run(
            [*self.command, "--version"], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode or _VERSION not in done.stdout:
            raise CannotInstall(f"What was installed does not run:\n{done.stdout}{done.stderr}")


def installation() -> Installation:
    """Where it is, or will be: `.n8n-server`, or where N8N_SERVER_FOLDER says."""
    return Installation(Path(os.environ.get(FOLDER_SETTING) or _ROOT / ".n8n-server").absolute())


def _major(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    number = done.stdout.lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One installs; others wait until it has."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _npm_install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotInstall("npm is not there. Install Node 20 or newer, which brings it, and try again.")
    print(f"Installing n8n {_VERSION} into {folder} (about 3 GB, some minutes, only this once)", flush=True)
    log = folder / "install.log"
    command = [npm, "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"]
    began = time.monotonic()
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process:
        while not _ended(process):
            print(f"  {time.monotonic() - began:4.0f} s  {_progress(folder / 'node_modules')}", flush=True)
    if process.returncode:
        words = "\n".join(log.read_text().splitlines()[-_LINES_OF_LOG:])
        raise CannotInstall(f"npm ended with code {process.returncode}:\n{words}\n(more in {log})")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_SECONDS_BETWEEN_LINES)
    except subprocess.TimeoutExpired:
        return False
    return True


def _progress(modules: Path) -> str:
    if not modules.is_dir():
        return "asking for what n8n needs"
    unpacked = sum(1 for _ in modules.glob("*/package.json")) + sum(1 for _ in modules.glob("@*/*/package.json"))
    return f"{unpacked} packages are unpacked"


def main() -> int:
    """Install; the exit code."""
    argparse.ArgumentParser(
        prog="python -m tests.connectors.n8n.server.install",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    began = time.monotonic()
    made = installation()
    try:
        made.install()
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    print(f"n8n {_VERSION} is in {made.folder} ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
