"""What an owner looks at of CRMs: in either mode, and each page in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.calls.lifecycle import ENDED
from app.crm.enrolments import Status, get, status_of, unsent_of
from app.db import row, rows
from app.models.crm import CrmConnection, CrmEnrolment, CrmJob, CrmRequest

MOST_NAMED: Final = 200  # connections to choose among in a filter

_LAST_USED: Final = """
SELECT wanted.id, latest.created_at FROM unnest(%s::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT created_at FROM crm_request WHERE connection_id = wanted.id AND sent
    ORDER BY created_at DESC, id DESC LIMIT 1
) latest
"""
_ENDED: Final = "SELECT id FROM call WHERE id = ANY(%s) AND status = ANY(%s)"
_AROUND: Final = """
SELECT c.status, c.to_number, c.name AS callee, c.call_at, c.summary, n.name AS connection, n.platform, r.name AS rule
FROM (SELECT %s::uuid AS call, %s::uuid AS connection, %s::uuid AS rule) AS wanted
LEFT JOIN call c ON c.id = wanted.call LEFT JOIN crm_connection n ON n.id = wanted.connection
LEFT JOIN crm_rule r ON r.id = wanted.rule
"""


@dataclass(frozen=True, slots=True)
class Around:
    """What an enrolment belongs to: its call and its rule, None without one, and its connection."""

    status: str | None
    to_number: str | None
    callee: str | None
    call_at: datetime | None
    summary: str | None
    connection: str
    platform: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An enrolment with its jobs, and what these would have written had the connection been live, by the job's id."""

    enrolment: CrmEnrolment
    status: Status
    around: Around
    jobs: Sequence[CrmJob]
    unsent: dict[UUID, list[CrmRequest]]


def last_used(connection_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the CRM of each connection was last asked, as far as that is still known."""
    return {found["id"]: found["created_at"] for found in rows(_LAST_USED, (list(connection_ids),))}


def named(account_id: UUID) -> list[CrmConnection]:
    """The account's connections, also ended ones, newest first."""
    mine = CrmConnection.select().where(CrmConnection.account_id == account_id)
    return list(mine.order_by(CrmConnection.created_at.desc()).limit(MOST_NAMED))


def statuses(enrolments: Sequence[CrmEnrolment]) -> list[tuple[CrmEnrolment, Status]]:
    """Each with its status."""
    calls = [one.call_id for one in enrolments if one.call_id]
    ended = {found["id"] for found in rows(_ENDED, (calls, sorted(ENDED)))} if calls else set()
    return [(one, status_of(one, ended=one.call_id in ended)) for one in enrolments]


def seen(account_id: UUID, enrolment_id: UUID) -> Seen:
    """An enrolment in either mode. Raises NotFound."""
    enrolment = get(account_id, "live", enrolment_id)
    around = Around(**row(_AROUND, (enrolment.call_id, enrolment.connection_id, enrolment.rule_id)) or {})
    jobs = list(CrmJob.select().where(CrmJob.enrolment_id == enrolment_id).order_by(CrmJob.created_at, CrmJob.kind))
    status = status_of(enrolment, ended=around.status in ENDED)
    return Seen(enrolment, status, around, jobs, unsent_of(jobs))
