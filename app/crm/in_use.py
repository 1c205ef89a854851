"""Which CRMs an account uses, and when each last spoke with the hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.db import rows

_USES: Final = """
SELECT c.platform, bool_or(c.status = 'active') AS connected, max(latest.created_at) AS spoke_at
FROM crm_connection c
LEFT JOIN LATERAL (
    SELECT created_at FROM crm_request WHERE connection_id = c.id ORDER BY created_at DESC, id DESC LIMIT 1
) latest ON true
WHERE c.account_id = %s GROUP BY c.platform
"""


@dataclass(frozen=True, slots=True)
class Use:
    """`connected`: whether one of its connections is active. `spoke_at`: the last request that is still known."""

    connected: bool
    spoke_at: datetime | None


def uses(account_id: UUID) -> dict[str, Use]:
    """By the key of the platform; those that the account has never connected are not in it."""
    return {found["platform"]: Use(found["connected"], found["spoke_at"]) for found in rows(_USES, (account_id,))}
