"""Small files that only we may read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make the folder, for nobody but us."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step; others can neither read it nor see half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def kept(path: Path, make: Callable[[], str] = secrets.token_hex) -> str:
    """The secret in the file; made by `make` when it is asked for the first time."""
    if not path.exists():
        write_private(path, make())
    return path.read_text()
