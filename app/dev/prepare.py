"""`python -m app.dev.prepare FOLDER URL`: what `make run` does before the hub starts, in a process that ends.

Applies the migrations, sees to the demo account, its owner and its keys, and writes them to FOLDER/demo.env.
"""

import secrets
import sys
from pathlib import Path
from typing import Final
from uuid import UUID

from peewee import InterfaceError, OperationalError

from app import db
from app.accounts import access, owners, passwords, profile
from app.accounts.signup import sign_up
from app.config import Mode, Settings, load
from app.dev import demo_keys
from app.dev.demo_keys import Keys
from app.errors import AppError
from app.migrations.run import migrate
from app.vault import Vault

_DEMO_PHONE: Final = "+15550100199"
_DEMO_EMAIL: Final = "demo@example.com"


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
    """Those of the last start while all of them hold, else new ones: of the same account, if there is one."""
    kept, owner = demo_keys.read(folder), owners.find(_DEMO_EMAIL)
    known = kept and kept.password and access.identify(kept.test) and access.identify(kept.live)
    if kept and known and owner and owner.account_id == known.account_id:
        return kept
    password = secrets.token_urlsafe(12)
    with db.db.atomic():
        account = owner.account_id if owner else _account(settings, password)
        if owner:
            owners.set_password(owner.id, passwords.hashed(password))
        vault = Vault(settings.encryption_keys)
        texts: dict[Mode, str] = {
            mode: access.issue(account, mode, name="Demo", vault=vault)[1] for mode in ("test", "live")
        }
    keys = Keys(test=texts["test"], live=texts["live"], email=_DEMO_EMAIL, password=password)
    demo_keys.keep(folder, keys)
    return keys


def _account(settings: Settings, password: str) -> UUID:
    account = sign_up(settings, "Demo", _DEMO_PHONE)
    profile.update(account, email=_DEMO_EMAIL)
    owners.create(account, _DEMO_EMAIL, passwords.hashed(password))
    return account


if __name__ == "__main__":
    sys.exit(main())
