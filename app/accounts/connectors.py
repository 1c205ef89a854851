"""Which connector speaks: told from what a request calls itself, and kept for each account.

A connector says `User-Agent: mio-hub-<name>/<version>`, or `X-Mio-Client: <name>/<version>` where its platform keeps
the User-Agent to itself. A request that makes no such claim comes from somebody's own code.
"""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from app.db import rows

OWN_CODE: Final = "rest"
CONNECTORS: Final = ("zapier", "n8n", "make", "activepieces", "pipedream", "mcp", "hubspot", "salesforce", OWN_CODE)
_LONGEST: Final = 100
_CLIENT: Final = re.compile(r"([a-z0-9]{1,20})/[\w.+-]{1,40}", re.ASCII)
_AGENT: Final = re.compile(r"mio-hub-([a-z0-9]{1,20})/[\w.+-]{1,40}", re.ASCII)


def speaking(user_agent: str, client: str) -> str | None:
    """The connector that sends these two headers ("" for one that is missing); None for a claim that is unknown."""
    claim = _CLIENT.fullmatch(client[:_LONGEST]) if client else _AGENT.match(user_agent[:_LONGEST])
    if claim is None:
        return None if client else OWN_CODE
    return claim[1] if claim[1] in CONNECTORS else None


def last_uses(account_id: UUID) -> dict[str, datetime]:
    """When each connector last spoke for an account, by its name; about half a minute late."""
    found = rows("SELECT connector, last_used_at FROM connector_use WHERE account_id = %s", (account_id,))
    return {use["connector"]: use["last_used_at"] for use in found}
