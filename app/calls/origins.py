"""Who asked for a call."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.db import row

_ORIGIN: Final = """
SELECT (SELECT batch_id FROM batch_item WHERE call_id = %(call)s) AS batch_id,
       enrolment.id AS enrolment_id, enrolment.name AS crm, enrolment.source
FROM (SELECT 1) AS one LEFT JOIN (
    SELECT e.id, e.source, k.name FROM crm_enrolment e JOIN crm_connection k ON k.id = e.connection_id
    WHERE e.call_id = %(call)s
) AS enrolment ON true
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """A batch, or the enrolment of a connection to a CRM, whose name is `crm`; neither: one request.

    `source` tells whether an `action`, a `rule` or a `flow` made the enrolment.
    """

    batch_id: UUID | None
    enrolment_id: UUID | None
    crm: str | None
    source: str | None


def origin(call_id: UUID) -> Origin:
    """Who asked for a call."""
    found = row(_ORIGIN, {"call": call_id})
    return Origin(**found) if found else Origin(None, None, None, None)
