"""How far an account has come."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.db import row

_PROGRESS: Final = """
SELECT EXISTS (SELECT 1 FROM call WHERE account_id = %(account)s AND mode = 'test') AS called,
       EXISTS (SELECT 1 FROM call WHERE account_id = %(account)s AND mode = 'live') AS called_live,
       EXISTS (SELECT 1 FROM webhook WHERE account_id = %(account)s) AS webhook,
       EXISTS (SELECT 1 FROM connector_use WHERE account_id = %(account)s) AS connector
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """What an account has had or used so far: calls in either mode, a webhook, a connector."""

    called: bool
    called_live: bool
    webhook: bool
    connector: bool


def progress(account_id: UUID) -> Progress:
    """How far this account has come."""
    return Progress(**(row(_PROGRESS, {"account": account_id}) or {}))
