"""`python -m app.dev.prepare FOLDER URL`: what `make run` does before the hub starts, in a process that ends.

Applies the migrations, sees to the demo account and its keys, and writes them to FOLDER/demo.env.
"""

import sys
from pathlib import Path
from typing import Final

from peewee import InterfaceError, OperationalError

from app import db
from app.accounts import access
from app.accounts.signup import sign_up
from app.config import Mode, Settings, load
from app.dev import demo_keys
from app.dev.demo_keys import Keys
from app.errors import AppError
from app.migrations.run import migrate

_DEMO_PHONE: Final = "+15550100199"


def main() -> int:
    """Prepare; the exit code."""
    folder, url = Path(sys.argv[1]), sys.argv[2]
    try:
        settings = load()
        db.init(settings.database_url, pool=1, wait_seconds=5)
        migrate()
        with db.db.connection_context():
            keys = _keys(settings, folder)
    except AppError as error:
        print(error.message, file=sys.stderr)
        return 1
    except (OperationalError, InterfaceError) as error:
        print(f"PostgreSQL cannot be used: {error}", file=sys.stderr)
        return 1
    demo_keys.publish(folder, keys, url)
    return 0


def _keys(settings: Settings, folder: Path) -> Keys:
    """Those of the last start if both are still valid, else a new account's."""
    keys = demo_keys.read(folder)
    if keys and access.identify(keys.test) and access.identify(keys.live):
        return keys
    with db.db.atomic():
        account = sign_up(settings, "Demo", _DEMO_PHONE)
        texts: dict[Mode, str] = {mode: access.issue(account, mode)[1] for mode in ("test", "live")}
    keys = Keys(test=texts["test"], live=texts["live"])
    demo_keys.keep(folder, keys)
    return keys


if __name__ == "__main__":
    sys.exit(main())
