"""`python -m app.dev.prepare FOLDER URL`: what `make run` does before the hub starts, in a process that ends.

Applies the migrations, sees to the demo account, its owner and its keys, and writes them to FOLDER/demo.env.
"""

import secrets
import sys
from dataclasses import replace
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
            keys = demo(settings, folder)
    except AppError as error:
        print(error.message, file=sys.stderr)
        return 1
    except (OperationalError, InterfaceError) as error:
        print(f"PostgreSQL cannot be used: {error}", file=sys.stderr)
        return 1
    demo_keys.publish(folder, keys, url)
    return 0


def demo(settings: Settings, folder: Path) -> Keys:
    """Those of the last start as far as they hold, and new ones in place of the others."""
    kept, owner = demo_keys.read(folder), owners.find(_DEMO_EMAIL)
    known = access.identify(kept.test) if kept and access.identify(kept.live) else None
    with db.db.atomic():
        account = owner.account_id if owner else known.account_id if known else _account(settings)
        if not kept or not known or known.account_id != account:
            kept = _issued(settings, account)
        if not owner or not kept.password:
            kept = replace(kept, email=_DEMO_EMAIL, password=secrets.token_urlsafe(12))
            _own(account, kept.password)
    demo_keys.keep(folder, kept)
    return kept


def _account(settings: Settings) -> UUID:
    account = sign_up(settings, "Demo", _DEMO_PHONE)
    profile.update(account, email=_DEMO_EMAIL)
    return account


def _issued(settings: Settings, account: UUID) -> Keys:
    vault = Vault(settings.encryption_keys)
    texts: dict[Mode, str] = {
        mode: access.issue(account, mode, name="Demo", vault=vault)[1] for mode in ("test", "live")
    }
    return Keys(test=texts["test"], live=texts["live"])


def _own(account: UUID, password: str) -> None:
    """Have the demo's owner sign in with this password."""
    owner = owners.of_account(account)
    if owner:
        owners.set_password(owner.id, passwords.hashed(password))
    else:
        owners.create(account, _DEMO_EMAIL, passwords.hashed(password))


if __name__ == "__main__":
    sys.exit(main())
