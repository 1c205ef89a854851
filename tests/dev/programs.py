"""Small programs to supervise."""

import sys
from pathlib import Path
from typing import Any

from app.dev.children import Program

SERVES = "print('serving', flush=True); import time; time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVES


def program(folder: Path, code: str = SERVES, name: str = "program", **changes: Any) -> Program:
    """A Python program that is ready once it has printed something."""
    log = folder / f"{name}.log"
    values: dict[str, Any] = {
        "name": name,
        "command": (sys.executable, "-S", "-c", code),
        "environment": {"PATH": "/usr/bin:/bin"},
        "folder": folder,
        "log": log,
        "ready": lambda _: log.exists() and log.stat().st_size > 0,
        "stop_seconds": 5.0,
    }
    return Program(**values | changes)
