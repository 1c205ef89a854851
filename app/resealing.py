"""Seal every kept secret with the newest key, so that older keys can go."""

from typing import Final

from app.db import execute, rows
from app.vault import Vault

# Stored answers are left out: they are forgotten after seven days.
_SEALED: Final = (
    ("webhook", "secret"),
    ("webhook", "old_secret"),
    ("api_key", "sealed"),
    ("owner", "totp_secret"),
    ("account", "callback_secret"),
    ("account", "test_callback_secret"),
    ("callback", "url"),
    ("crm_connection", "credentials"),
    ("crm_connection", "verifier"),
)


def reseal(vault: Vault) -> int:
    """How many secrets were sealed anew. One that changes meanwhile is sealed with the newest key by whoever does.

    Raises ConfigurationError when a secret fits none of the keys.
    """
    count = 0
    for table, column in _SEALED:
        for found in rows(f"SELECT id, {column} AS sealed FROM {table} WHERE {column} IS NOT NULL"):
            anew = vault.reseal(found["sealed"])
            statement = f"UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s"
            count += execute(statement, (anew, found["id"], found["sealed"]))
    return count
