"""What HubSpot's refusals mean where they say more than their status. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from app.crm.failures import Barred, CrmFailed, Refused
from app.crm.reading import BARRED_SECONDS, MOST_SAID, retry_after, said
from app.times import now

# For how long a limit is gone, by the name that HubSpot gives it. The day ends at midnight of the portal's own time
# zone, which we are not told: an hour at a time finds it soon enough, at the cost of one request an hour.
_SECONDS: Final = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}


_SCOPES_NAMED: Final = ("requiredGranularScopes", "requiredScopes")


def reading_of(status: int, headers: Mapping[str, str], answer: Any) -> CrmFailed | None:
    """What an answer outside 2xx means; None where its status says it all.

    429 names the limit. 477 is a portal that is being moved to another data centre, with a Retry-After of up to a day.
    A 403 says which scopes the portal has not granted.
    """
    told = answer if isinstance(answer, dict) else {}
    if status in (429, 477):
        asked = retry_after(headers, now())
        seconds = _SECONDS.get(str(told.get("policyName")), BARRED_SECONDS) if asked is None else asked
        return Barred(said(answer) or "HubSpot takes no requests for now.", status, seconds=seconds)
    if status == 403 and told.get("category") == "MISSING_SCOPES":
        return Refused(f"The portal has not granted {_lacking(told)}: connect it anew.", status, answer=answer)
    return None


def _lacking(told: Mapping[str, Any]) -> str:
    """The scopes of which one at least is missing, as HubSpot names them in the context of its errors."""
    errors = told.get("errors")
    contexts = [each.get("context") for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    named = [context.get(name) for context in contexts if isinstance(context, dict) for name in _SCOPES_NAMED]
    scopes = [str(scope) for scopes in named if isinstance(scopes, list) for scope in scopes]
    return " or ".join(dict.fromkeys(scopes))[:MOST_SAID] or "what this needs"
