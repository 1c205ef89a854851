"""A call that a flow in a CRM asks for through the API: an enrolment that has its call from the start."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from app.calls import accepting
from app.config import Mode, Settings, mode_of
from app.crm.asked import Asked
from app.crm.connecting import platform_named
from app.crm.enrolling import attach_call, dedup_key
from app.crm.planning import plan_asked
from app.crm.platform import Platform
from app.crm.rules import Means
from app.db import db, rows
from app.errors import Forbidden, InvalidRequest, NotFound
from app.models.crm import CrmConnection, CrmEnrolment

_FIND: Final = """
SELECT * FROM crm_connection
WHERE account_id = %s AND platform = %s AND external_id = %s AND status IN ('active', 'broken') FOR SHARE
"""
_ENROL: Final = """
INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, object, record_id, asked, questions,
                           deadline_at)
VALUES (%(id)s, %(account)s, %(connection)s, %(mode)s, 'flow', %(key)s, %(object)s, %(record)s, '{}',
        %(questions)s::jsonb, now() + %(wait)s)
ON CONFLICT (connection_id, dedup_key) DO NOTHING RETURNING *
"""


@dataclass(frozen=True, slots=True)
class FlowAsked:
    """A call about a record, or about none. `key` is the same when a flow asks again, None where it cannot say."""

    platform: str
    external_id: str
    call: Asked
    object: str | None
    record_id: str | None
    questions: Sequence[str]
    wait: timedelta
    key: str | None


def start(
    account_id: UUID,
    key_id: UUID,
    key_mode: Mode,
    asked: FlowAsked,
    settings: Settings,
    means: Means,
) -> CrmEnrolment:
    """Place a call in the connection's mode. A key that was used before gives its enrolment again.

    Raises NotFound without such a connection, Forbidden `live_key_needed`, InvalidRequest as `planning.plan_asked`, and
    whatever refuses a call (`accepting.accept`).
    """
    with db.atomic():
        platform = platform_named(asked.platform, means.platforms)
        connection = _connection(account_id, asked)
        if connection.mode == "live" and key_mode == "test":
            raise Forbidden("This connection is live: start its calls with an sk_live_ key.", code="live_key_needed")
        _check_record(asked, platform)
        key = dedup_key("flow", key_mode, asked.key or str(uuid4()))
        made = rows(_ENROL, _values(connection, key, asked))
        if not made:
            return CrmEnrolment.get(CrmEnrolment.connection_id == connection.id, CrmEnrolment.dedup_key == key)
        mode = mode_of(connection.mode)
        request = plan_asked(asked.call, connection, asked.questions)
        call = accepting.accept(account_id, key_id if mode == key_mode else None, mode, request, settings)
        attach_call(made[0]["id"], call, platform)
        return CrmEnrolment.get_by_id(made[0]["id"])


def _connection(account_id: UUID, asked: FlowAsked) -> CrmConnection:
    found = rows(_FIND, (account_id, asked.platform, asked.external_id))
    if not found:
        raise NotFound("No connection of yours has this id. GET /crm/connections lists them.", field="externalId")
    return CrmConnection(**found[0])


def _check_record(asked: FlowAsked, platform: Platform) -> None:
    if (asked.object is None) != (asked.record_id is None):
        missing = "object" if asked.object is None else "recordId"
        raise InvalidRequest(f"{missing} is required: object and recordId name the record together.", field=missing)
    if asked.object is not None and asked.object not in platform.objects:
        known = ", ".join(sorted(platform.objects))
        raise InvalidRequest(f"{platform.name} has no object {asked.object}. What there is: {known}.", field="object")


def _values(connection: CrmConnection, key: str, asked: FlowAsked) -> dict[str, object]:
    return {
        "id": uuid4(),
        "account": connection.account_id,
        "connection": connection.id,
        "mode": connection.mode,
        "key": key,
        "object": asked.object,
        "record": asked.record_id,
        "questions": json.dumps(list(asked.questions)),
        "wait": asked.wait,
    }
