"""One supervisor at a time for one folder of state."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.dev.errors import CannotStart
from app.dev.keeping import private_folder


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Make the folder and hold it until the block ends. Raises CannotStart when another process holds it.

    The folder may be entered by all, for a PostgreSQL that runs as another user; its files are for us alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    private_folder(folder / "log")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Another `make run` is using {folder}. Stop it with Ctrl-C first.") from None
        yield
