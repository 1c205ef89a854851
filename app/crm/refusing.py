"""Refuse an enrolment for good: no call is made for it any more, and whoever waits for it is told at once."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from app.crm.asked import DAY_SECONDS
from app.db import db, row
from app.models.crm import CrmEnrolment, CrmJob
from app.queue import ring

TOO_LATE: Final = {"error": "The wait for this call was over before it could be made.", "code": "too_late"}

# There was to be no call, by what the account has set: nothing failed.
_NOT_WANTED: Final = frozenset({"conditions_not_met", "called_lately", "rule_gone", "rule_off", "erased"})

_REFUSE: Final = """
WITH refused AS (
    UPDATE crm_enrolment SET refusal = %(refusal)s::jsonb, asked = NULL
    WHERE id = %(id)s AND call_id IS NULL AND refusal IS NULL RETURNING id
), ended AS (
    UPDATE crm_job SET status = %(status)s, error = %(error)s, error_code = %(code)s, completed_at = now(),
        claim_token = NULL, lease_until = NULL
    WHERE enrolment_id IN (SELECT id FROM refused) AND kind = 'start' AND status = 'pending'
), woken AS (
    UPDATE crm_job SET due_at = greatest(now(), coalesce(not_before, now()))
    WHERE enrolment_id IN (SELECT id FROM refused) AND kind = 'answer' AND status = 'pending'
)
SELECT id FROM refused
"""


def refuse(enrolment_id: UUID, refusal: Mapping[str, Any]) -> bool:
    """Store why there is no call (`error`, `code`), and drop what was asked for; False when there is a call, or another
    refusal.
    """
    values = {
        "id": enrolment_id,
        "refusal": json.dumps(refusal),
        "error": refusal["error"],
        "code": refusal["code"],
        "status": "skipped" if refusal["code"] in _NOT_WANTED else "failed",
    }
    with db.atomic():
        db.after_commit(partial(ring, "crm"))
        return row(_REFUSE, values) is not None


def deadline_of(enrolment: CrmEnrolment) -> datetime:
    """Until when somebody waits for this call."""
    deadline: datetime = enrolment.deadline_at or enrolment.created_at + timedelta(seconds=DAY_SECONDS)
    return deadline


def last_reason(start: CrmJob | None) -> Mapping[str, Any]:
    """Why a call that was to start had not by its deadline: what was in its way last."""
    if start is None or start.error is None or start.error_code is None:
        return TOO_LATE
    return {"error": start.error, "code": start.error_code}
