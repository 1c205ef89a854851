"""Connections to CRMs, the rules by which a change there starts a call, enrolments, and the work for CRMs."""

import json
import uuid
from collections.abc import Sequence
from typing import Final

from peewee import BlobField, BooleanField, DateTimeField, IntegerField, TextField, UUIDField

from app.db import execute
from app.models.base import Table
from app.models.webhook import JsonField, TextArrayField

_CALL_ENDED = """
UPDATE crm_job SET due_at = greatest(now(), coalesce(not_before, now()))
WHERE id IN (
    SELECT id FROM crm_job WHERE call_id = %(call)s AND status = 'pending' AND kind IN ('answer', 'write')
    ORDER BY id FOR UPDATE
)
"""
_LOG_ALL = """
INSERT INTO crm_job (account_id, connection_id, call_id, kind, due_at)
SELECT account_id, id, %(call)s, 'write', now() FROM crm_connection
WHERE account_id = %(account)s AND logs = 'all' AND mode = 'live' AND status IN ('active', 'broken')
ON CONFLICT DO NOTHING
"""

_ERASED: Final = json.dumps({"error": "What this was about was erased.", "code": "erased"})
# What an enrolment keeps of a person, and what its jobs and requests repeat of that. Whoever tells of it just now has
# lost its claim; what waits, or asks again, is told that it was erased. Who locks several jobs does so by their ids.
_BLANK: Final = """
record_id = NULL, person = NULL, asked = NULL, questions = '[]', answers = NULL, refusal = %(erased)s::jsonb
"""
_STRIKE_JOBS: Final = """
), locked AS (
    SELECT id FROM crm_job WHERE enrolment_id IN (SELECT id FROM struck) ORDER BY id FOR UPDATE
), ended AS (
    UPDATE crm_job SET error = NULL, error_code = 'erased', claim_token = NULL, lease_until = NULL,
        call_id = CASE WHEN kind <> 'answer' THEN call_id END,
        status = CASE WHEN status = 'pending' AND kind = 'start' THEN 'skipped' ELSE status END,
        completed_at = CASE WHEN status = 'pending' AND kind = 'start' THEN now() ELSE completed_at END,
        due_at = CASE WHEN status = 'pending' AND kind = 'answer' THEN greatest(now(), coalesce(not_before, now()))
                      ELSE due_at END
    WHERE id IN (SELECT id FROM locked) RETURNING id
), forgotten AS (
    DELETE FROM crm_request WHERE job_id IN (SELECT id FROM ended)
)
SELECT count(*) AS struck FROM struck
"""
# A number as people write it is this one if its digits, without zeros before them and an extension, are its end; a text
# that holds more than that, if its last nine digits stand in it.
_STRIKE_NUMBER: Final = f"""
WITH struck AS (
    UPDATE crm_enrolment SET {_BLANK} WHERE id IN (
        SELECT id FROM crm_enrolment e
        WHERE account_id = %(account)s AND mode = ANY(%(modes)s) AND call_id IS NULL AND asked IS NOT NULL AND EXISTS (
        SELECT 1 FROM jsonb_path_query(e.asked, '$.** ? (@.type() == "string")') AS found (text)
        CROSS JOIN LATERAL (SELECT regexp_replace(found.text #>> '{{}}', '[^0-9]', '', 'g')) AS held (digits)
        CROSS JOIN LATERAL (SELECT regexp_replace(found.text #>> '{{}}', '(ext|x|;|,|#).*$', '', 'i')) AS bare (text)
        CROSS JOIN LATERAL (SELECT ltrim(regexp_replace(bare.text, '[^0-9]', '', 'g'), '0')) AS written (digits)
        WHERE (length(written.digits) >= 7 AND right(%(number)s, length(written.digits)) = written.digits)
           OR strpos(held.digits, right(%(number)s, 9)) > 0
        ) ORDER BY id FOR UPDATE
    ) RETURNING id
{_STRIKE_JOBS}
"""
_STRIKE_RECORD: Final = f"""
WITH struck AS (
    UPDATE crm_enrolment SET {_BLANK} WHERE id IN (
        SELECT id FROM crm_enrolment
        WHERE connection_id = %(connection)s AND object = %(object)s AND record_id = %(record)s AND call_id IS NULL
        ORDER BY id FOR UPDATE
    ) RETURNING id
{_STRIKE_JOBS}
"""
_STRIKE_CALLS: Final = f"""
WITH struck AS (
    UPDATE crm_enrolment SET {_BLANK} WHERE id IN (
        SELECT id FROM crm_enrolment WHERE call_id = ANY(%(calls)s) ORDER BY id FOR UPDATE
    ) RETURNING id
{_STRIKE_JOBS}
"""


class CrmConnection(Table):
    """An account's authorised CRM. `external_id` is the portal's or the organisation's; `credentials` a sealed grant.

    `status`: `pending` until it is authorised, `active`, `broken` (the CRM has taken the authorisation back; to be
    authorised anew), `leaving` (being taken back at the CRM), `disconnected`. `logs` says which calls are written to
    records: `none`, `own` (those that this CRM started), `all`. `barred_until` is when the CRM takes requests again.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    platform = TextField()
    mode = TextField(default="test")
    status = TextField()
    status_reason = TextField(null=True)
    name = TextField()
    external_id = TextField(null=True)
    external_name = TextField(null=True)
    default_country = TextField()
    logs = TextField(default="own")
    login_url = TextField(null=True)
    username = TextField(null=True)
    credentials = BlobField(null=True)
    expires_at = DateTimeField(null=True)
    refresh_lease_until = DateTimeField(null=True)
    barred_until = DateTimeField(null=True)
    state_hash = BlobField(null=True)
    state_until = DateTimeField(null=True)
    verifier = BlobField(null=True)
    inbound_hash = BlobField(null=True)
    last_served_at = DateTimeField(null=True)
    created_at = DateTimeField()
    updated_at = DateTimeField()


class CrmRule(Table):
    """When a change of a record starts a call, and with which words (templates: see `app.crm.templates`)."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    connection_id = UUIDField()
    name = TextField()
    active = BooleanField()
    object = TextField()
    trigger = TextField()
    property = TextField(null=True)
    conditions = JsonField()
    number_properties = TextArrayField()
    instructions = TextField()
    first_message = TextField(null=True)
    callee_name = TextField(null=True)
    hours = JsonField(null=True)
    once_within_seconds = IntegerField()
    created_at = DateTimeField()
    updated_at = DateTimeField()


class CrmEnrolment(Table):
    """One request of a CRM for a call about a record: it has a call or a refusal, or neither yet.

    `person` names the record of whom was called, where it is another than that or has another id by now (merged).
    `asked` is what the call is to be (see `app.crm.asked`), dropped as soon as there is a call or a refusal;
    `callback_id` is the CRM's name for what waits for the end.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    connection_id = UUIDField()
    mode = TextField()
    source = TextField()
    dedup_key = TextField()
    rule_id = UUIDField(null=True)
    object = TextField(null=True)
    record_id = TextField(null=True)
    person = TextField(null=True)
    asked = JsonField(null=True)
    callback_id = TextField(null=True)
    questions = JsonField()
    answers = JsonField(null=True)
    call_id = UUIDField(null=True)
    refusal = JsonField(null=True)
    deadline_at = DateTimeField(null=True)
    created_at = DateTimeField()


class CrmJob(Table):
    """Work for a CRM: `pending`, then `succeeded`, `failed` or `skipped`. `due_at` is None while it waits for a call.

    Kinds: `start` makes the call of an enrolment, `answer` tells what waits for it how it ended, `write` puts the call
    on its record, `forget` erases what a CRM has erased (`subject` names the record), `leave` takes the authorisation
    back at the CRM.
    """

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    account_id = UUIDField()
    connection_id = UUIDField()
    enrolment_id = UUIDField(null=True)
    call_id = UUIDField(null=True)
    kind = TextField()
    subject = TextField(null=True)
    status = TextField(default="pending")
    result = TextField(null=True)
    error = TextField(null=True)
    error_code = TextField(null=True)
    tries = IntegerField(default=0)
    due_at = DateTimeField(null=True)
    not_before = DateTimeField(null=True)
    claim_token = UUIDField(null=True)
    lease_until = DateTimeField(null=True)
    created_at = DateTimeField()
    completed_at = DateTimeField(null=True)


class CrmRequest(Table):
    """One request to a CRM. `sent` is False for what a connection in test mode would have written; `body` is that."""

    id = UUIDField(primary_key=True, default=uuid.uuid4)
    connection_id = UUIDField()
    job_id = UUIDField(null=True)
    purpose = TextField()
    method = TextField()
    path = TextField()
    sent = BooleanField()
    body = JsonField(null=True)
    status_code = IntegerField(null=True)
    error = TextField(null=True)
    error_detail = TextField(null=True)
    duration_ms = IntegerField()
    created_at = DateTimeField()


def note_call_ended(account_id: uuid.UUID, call_id: uuid.UUID, *, live: bool) -> bool:
    """Make due what waited for a call's end, in the transaction of that end; whether there is anything."""
    values = {"account": account_id, "call": call_id}
    woken = execute(_CALL_ENDED, values)
    return bool((execute(_LOG_ALL, values) if live else 0) + woken)


def note_person(enrolment_id: uuid.UUID, person: str) -> None:
    """Keep by which name a CRM will tell of the erasure of whom was called; not where that is erased already."""
    execute(
        "UPDATE crm_enrolment SET person = %(person)s WHERE id = %(id)s AND record_id IS NOT NULL",
        {"id": enrolment_id, "person": person},
    )


def strike_number(account_id: uuid.UUID, number: str, modes: Sequence[str]) -> None:
    """Refuse and blank the enrolments that wanted a call to an E.164 number and have none, however it was written.

    Whoever is just making such a call is waited for.
    """
    values = {"account": account_id, "number": number.removeprefix("+"), "modes": list(modes), "erased": _ERASED}
    execute(_STRIKE_NUMBER, values)


def strike_record(connection_id: uuid.UUID, object: str, record_id: str) -> None:
    """Refuse and blank the enrolments about a record that have no call."""
    values = {"connection": connection_id, "object": object, "record": record_id, "erased": _ERASED}
    execute(_STRIKE_RECORD, values)


def strike_calls(call_ids: Sequence[uuid.UUID]) -> None:
    """Blank the enrolments of calls that are about to be erased, in the same transaction."""
    execute(_STRIKE_CALLS, {"calls": list(call_ids), "erased": _ERASED})
