"""`python -m app.dev.reset`: forget everything that `make run` keeps. What `make reset` does."""

import os
import shutil
import sys
from pathlib import Path

from app.dev.errors import CannotStart
from app.dev.lodging import outside
from app.dev.occupancy import occupied
from app.dev.processes import ROOT


def main() -> int:
    """Reset, but not what is in use; the exit code."""
    try:
        forget(ROOT / "var")
    except CannotStart as error:
        print(error.message, file=sys.stderr)
        return 1
    print("Forgotten: the next `make run` starts from nothing.")
    return 0


def forget(folder: Path) -> None:
    """Remove the folder, and what stands outside of the project for it. Raises CannotStart while it is in use."""
    with occupied(folder):
        if os.geteuid() == 0:
            shutil.rmtree(outside(folder))
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
