"""Where a program that may not run as root keeps its files, and as whom it runs."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TypedDict

from app.dev.errors import CannotStart
from app.dev.keeping import private_folder

_OUTSIDE: Final = Path("/var/tmp")  # noqa: S108 - keyed by path, refused unless it is ours alone


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that change who runs."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Lodging:
    """`folder` belongs to the program's user and to nobody else; `owner` is (uid, gid), or None when that is us."""

    folder: Path
    binaries: Path
    owner: tuple[int, int] | None

    def run_as(self) -> RunAs:
        return {} if self.owner is None else {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}

    def write(self, path: Path, text: str) -> None:
        """Write a file that only the program's user (and root) may read."""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        if self.owner is not None:
            os.chown(path, *self.owner)


def lodging(state: Path, name: str, installation: Path) -> Lodging:
    """A home of this name in the folder `state`, or outside the project when we are root and `nobody` cannot enter it.

    The program is run from `installation`, or from a copy of it where `nobody` cannot reach that. Raises CannotStart.
    """
    if os.geteuid() != 0:
        return Lodging(private_folder(state / name), installation / "bin", None)
    nobody = pwd.getpwnam("nobody")
    owner = (nobody.pw_uid, nobody.pw_gid)
    home = (state if _may_use(owner, state) else outside(state)) / name
    private_folder(home)
    os.chown(home, *owner)
    return Lodging(home, _reachable(installation, owner, home) / "bin", owner)


def outside(state: Path) -> Path:
    """The stand-in for the folder `state` outside of private homes. Root's alone to write to. Raises CannotStart."""
    place = _OUTSIDE / f"mio-hub-{sha256(str(state.resolve()).encode()).hexdigest()[:16]}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise CannotStart(f"{place} is not root's own folder: remove it, or set DATABASE_URL.")
    place.chmod(0o711)
    return place


def _may_use(owner: tuple[int, int], path: Path) -> bool:
    """Whether that user may enter the folder or run the file, asked of the system itself."""
    try:
        asked = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", path],
            cwd="/",
            stderr=subprocess.DEVNULL,
            check=False,
            user=owner[0],
            group=owner[1],
            extra_groups=[],
        )
    except OSError as error:
        raise CannotStart(
            "PostgreSQL cannot run as root, and this system does not let us run it as `nobody`"
            f" ({error}). Run as an ordinary user, or set DATABASE_URL."
        ) from error
    return asked.returncode == 0


def _reachable(installation: Path, owner: tuple[int, int], home: Path) -> Path:
    """The installation, or a copy of it beside `home`; with the libraries that the wheel keeps two folders up."""
    if _may_use(owner, installation / "bin" / "postgres"):
        return installation
    package = installation.parent
    copy = home.parent / "postgres-18" / package.name
    if not copy.exists():
        draft = home.parent / "postgres-18.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(installation, draft / package.name / installation.name)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, draft / libraries.name)
        _open_to_all(draft)
        draft.rename(copy.parent)
    return copy / installation.name


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
