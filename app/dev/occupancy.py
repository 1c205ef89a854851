"""One supervisor at a time for one folder of state."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from app.dev.errors import CannotStart
from app.dev.keeping import private_folder

_REMAINS_SECONDS: Final = 40.0
_LOOK_SECONDS: Final = 0.1


@contextmanager
def occupied(folder: Path) -> Iterator[IO[str]]:
    """Make the folder and hold it until the block ends. Raises CannotStart when another process holds it.

    Gives a second lock for the guard of our children, who holds it until they are gone; what a supervisor that was
    killed has left behind is waited for. The folder may be entered by all, for a PostgreSQL that runs as another
    user; its files are for us alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    private_folder(folder / "log")
    with (folder / "lock").open("w") as ours, (folder / "children.lock").open("w") as childrens:
        if not _taken(ours):
            raise CannotStart(f"Another `make run` is using {folder}. Stop it with Ctrl-C first.")
        until = time.monotonic() + _REMAINS_SECONDS
        while not _taken(childrens):
            if time.monotonic() > until:
                raise CannotStart(
                    f"Processes of an earlier `make run` still use {folder}; their logs are in {folder}/log."
                )
            time.sleep(_LOOK_SECONDS)
        yield childrens


def _taken(lock: IO[str]) -> bool:
    """Take the lock if it is free; whether we have it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
