"""What HubSpot's refusals mean where they say more than their status. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from app.crm.failures import Barred, CrmFailed, Later, Refused

# For how long a limit is gone, by the name that HubSpot gives it. The day ends at midnight of the portal's own time
# zone, which we are not told: an hour at a time finds it soon enough, at the cost of one request an hour.
_SECONDS: Final = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}
_LONGEST: Final = 86400.0
_USUAL: Final = 10.0


def reading_of(status: int, headers: Mapping[str, str], answer: Any) -> CrmFailed | None:
    """What an answer outside 2xx means; None where its status says it all.

    429 names the limit. 423 is a record that something else is changing, 477 a portal that is being moved to another
    data centre (with a Retry-After of up to a day). A 403 says which scopes the portal has not granted.
    """
    said = answer if isinstance(answer, dict) else {}
    if status in (429, 477):
        return Barred(_message(said) or "HubSpot takes no more requests now", status, seconds=_pause(headers, said))
    if status == 423:
        return Later("HubSpot is changing the record", status, seconds=_pause(headers, said), perhaps_done=False)
    if status == 403 and said.get("category") == "MISSING_SCOPES":
        return Refused("The portal has not granted what this needs: connect it anew", status, answer=answer)
    return None


def _pause(headers: Mapping[str, str], said: Mapping[str, Any]) -> float:
    asked = headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return min(float(asked), _LONGEST)
    return _SECONDS.get(str(said.get("policyName")), _USUAL)


def _message(said: Mapping[str, Any]) -> str:
    return str(said.get("message") or "")[:200]
