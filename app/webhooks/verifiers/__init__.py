"""Programs that receive webhooks and verify them, to be copied: one for each language, with its own library alone.

Each listens on 127.0.0.1 (PORT, or 8000), takes the secret from MIO_WEBHOOK_SECRET, and answers 204 to what is signed
and 401 to anything else. `tests/webhooks/test_verifiers.py` runs them.
"""

from pathlib import Path
from typing import Final, NamedTuple

_FOLDER: Final = Path(__file__).parent


class Program(NamedTuple):
    """A program: its language, the name of its file, its text, and how it is started."""

    language: str
    file: str
    text: str
    start: str


def _program(language: str, file: str, start: str) -> Program:
    return Program(language, file, (_FOLDER / file).read_text(), start)


PROGRAMS: Final = (
    _program("Python", "verify.py", "python3 verify.py"),
    _program("JavaScript", "verify.mjs", "node verify.mjs"),
    _program("PHP", "verify.php", "php -S 127.0.0.1:8000 verify.php"),
    _program("Ruby", "verify.ru", "rackup -p 8000 verify.ru"),
    _program("Go", "verify.go", "go run verify.go"),
)
