"""What a CRM's failure means for somebody who waits for an answer of ours."""

from app.crm.failures import CrmFailed, Gone, Later, Revoked
from app.errors import AppError, Conflict, NotFound, Unavailable


def told(failure: CrmFailed) -> AppError:
    """Unavailable `crm_unavailable`, Conflict `connection_not_active` or `crm_refused`, NotFound."""
    why = failure.detail.rstrip(".")
    if isinstance(failure, Later):
        return Unavailable(f"The CRM cannot be asked now: {why}. Try again soon.", code="crm_unavailable")
    if isinstance(failure, Revoked):
        message = (
            "The CRM has taken the authorisation back. Authorise the connection anew on its page, or by the link that"
            " POST /crm/connections/{id}/authorize gives."
        )
        return Conflict(message, code="connection_not_active")
    if isinstance(failure, Gone):
        return NotFound("There is no such record in the CRM.", field="recordId")
    return Conflict(f"The CRM refuses: {why}.", code="crm_refused")
