"""Store what CRMs ask for: an enrolment with its jobs in one statement, once however often it is asked for."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from app.crm.asked import DAY_SECONDS, Asked, record_stored
from app.crm.platform import ActionAsked, Change, Platform
from app.db import Row, db, execute, row, rows
from app.errors import Conflict
from app.models.call import Call
from app.models.crm import CrmConnection, CrmRule
from app.queue import ring
from app.text import storable
from app.times import now

_LONGEST_KEY: Final = 200

# The jobs of what `made` has enrolled. A refusal, too, is told only once the CRM has heard that it is to wait.
_JOBS: Final = """
INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, due_at, not_before)
SELECT account_id, connection_id, id, 'start', now(), NULL FROM made
UNION ALL SELECT account_id, connection_id, id, 'answer', deadline_at, now() + %(delay)s * interval '1 second'
    FROM made WHERE %(waits)s
"""

# A CRM that asks again has not heard how it ended: what was told already is told once more.
_ENROL: Final = f"""
WITH made AS (
    INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, object, record_id, asked,
                               questions, callback_id, deadline_at)
    VALUES (%(id)s, %(account)s, %(connection)s, %(mode)s, 'action', %(key)s, %(object)s, %(record)s, %(asked)s::jsonb,
            %(questions)s::jsonb, %(callback)s, %(deadline)s)
    ON CONFLICT (connection_id, dedup_key) DO NOTHING RETURNING *
), jobs AS ({_JOBS}),
known AS (
    SELECT id, deadline_at FROM crm_enrolment WHERE connection_id = %(connection)s AND dedup_key = %(key)s
), again AS (
    UPDATE crm_job SET status = 'pending', result = NULL, error = NULL, error_code = NULL, tries = 0,
        due_at = now() + %(delay)s * interval '1 second', completed_at = NULL
    WHERE enrolment_id = (SELECT id FROM known) AND kind = 'answer' AND status <> 'pending'
)
SELECT deadline_at, true AS made FROM made UNION ALL SELECT deadline_at, false FROM known
"""

# One call for a record and a rule within the rule's time: by one that has a call, or one that is just about to look.
# OFFSET 0 and IS NOT DISTINCT FROM have each change looked up by its key and its record, also while the statistics of
# a table that has grown in a minute are of no use.
_ENROL_CHANGES: Final = f"""
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(told)s::jsonb)
        AS t(position int, id uuid, key text, rule uuid, within int, object text, record text, asked jsonb)
), wanted AS (
    SELECT DISTINCT ON (rule, object, record) t.* FROM told t
    WHERE NOT EXISTS (
        SELECT 1 FROM crm_enrolment e WHERE e.connection_id = %(connection)s AND e.dedup_key = t.key OFFSET 0
    ) AND NOT EXISTS (
        SELECT 1 FROM crm_enrolment e
        LEFT JOIN call c ON c.id = e.call_id
        LEFT JOIN crm_job j ON j.enrolment_id = e.id AND j.kind = 'start'
        WHERE e.connection_id = %(connection)s AND e.object = t.object AND e.record_id = t.record
          AND e.rule_id IS NOT DISTINCT FROM t.rule AND e.mode = %(mode)s
          AND (coalesce(c.call_at, c.created_at) > now() - t.within * interval '1 second'
               OR (t.asked = '{{}}' AND e.asked IS NOT NULL AND j.status = 'pending' AND j.tries = 0
                   AND j.claim_token IS NULL))
        OFFSET 0
    )
    ORDER BY rule, object, record, position
), made AS (
    INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, rule_id, object, record_id,
                               asked, deadline_at)
    SELECT id, %(account)s, %(connection)s, %(mode)s, 'rule', key, rule, object, record, asked, %(deadline)s FROM wanted
    ON CONFLICT (connection_id, dedup_key) DO NOTHING RETURNING *
), jobs AS ({_JOBS})
SELECT count(*) AS made FROM made
"""

_LOCK: Final = """
SELECT mode, rule_id, object, record_id FROM crm_enrolment
WHERE id = %s AND call_id IS NULL AND refusal IS NULL FOR UPDATE
"""
_CALLED_LATELY: Final = """
SELECT 1 FROM crm_rule r
JOIN crm_enrolment e ON e.connection_id = r.connection_id AND e.rule_id IS NOT DISTINCT FROM r.id
JOIN call c ON c.id = e.call_id
WHERE r.id = %(rule)s AND e.object = %(object)s AND e.record_id = %(record)s AND e.mode = %(mode)s
  AND coalesce(c.call_at, c.created_at) > now() - r.once_within_seconds * interval '1 second' LIMIT 1
"""
_ATTACH: Final = """
WITH attached AS (
    UPDATE crm_enrolment SET call_id = %(call)s, asked = NULL,
        deadline_at = CASE WHEN source = 'rule' THEN greatest(deadline_at, %(rule_deadline)s) ELSE deadline_at END
    WHERE id = %(enrolment)s RETURNING *
), answered AS (
    INSERT INTO crm_job (account_id, connection_id, enrolment_id, call_id, kind, due_at, not_before)
    SELECT account_id, connection_id, id, call_id, 'answer', deadline_at, %(not_before)s
    FROM attached WHERE source = ANY(%(waiting)s)
    ON CONFLICT (enrolment_id, kind) WHERE enrolment_id IS NOT NULL
    DO UPDATE SET call_id = excluded.call_id, not_before = excluded.not_before,
        due_at = CASE WHEN crm_job.status = 'pending' THEN excluded.due_at ELSE crm_job.due_at END
)
INSERT INTO crm_job (account_id, connection_id, enrolment_id, call_id, kind)
SELECT a.account_id, a.connection_id, a.id, a.call_id, 'write'
FROM attached a JOIN crm_connection c ON c.id = a.connection_id WHERE a.record_id IS NOT NULL AND c.logs <> 'none'
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change, and a rule that wants a call for it."""

    change: Change
    rule: CrmRule


def enrol_action(connection: CrmConnection, platform: Platform, asked: ActionAsked) -> datetime:
    """Store a workflow's request with its jobs; when its wait is over at the latest, also where it is known already."""
    values = {
        "id": uuid4(),
        "account": connection.account_id,
        "connection": connection.id,
        "mode": connection.mode,
        "key": dedup_key("action", asked.key),
        "object": storable(asked.object),
        "record": storable(asked.record_id),
        "asked": json.dumps(Asked.by_action(asked).stored()),
        "questions": json.dumps([storable(question) for question in asked.questions]),
        "callback": storable(asked.key),
        "deadline": now() + timedelta(seconds=asked.wait_seconds),
        "waits": platform.waits("action"),
        "delay": platform.answer_delay,
    }
    with db.atomic():
        found = row(_ENROL, values) or row(_ENROL, values)  # a twin's, committed since the statement began
        db.after_commit(partial(ring, "crm"))
    if found is None:
        raise RuntimeError("An enrolment is neither new nor known.")
    deadline: datetime = found["deadline_at"]
    return deadline


def enrol_changes(connection: CrmConnection, platform: Platform, wanted: Sequence[Wanted]) -> int:
    """Store what rules want of changes with their jobs; how many are new."""
    if not wanted:
        return 0
    values = {
        "account": connection.account_id,
        "connection": connection.id,
        "mode": connection.mode,
        "told": json.dumps([_told(position, one) for position, one in enumerate(wanted)]),
        "deadline": now() + timedelta(seconds=DAY_SECONDS),
        "waits": platform.waits("rule"),
        "delay": platform.answer_delay,
    }
    with db.atomic():
        _lock("changes", connection.id)
        made = int(rows(_ENROL_CHANGES, values)[0]["made"])
        if made:
            db.after_commit(partial(ring, "crm"))
    return made


def attach_call(enrolment_id: UUID, call: Call, platform: Platform) -> None:
    """Give an enrolment its call, and the jobs that follow from it, in the transaction that made the call.

    Raises Conflict: `enrolment_settled` when it has a call or a refusal, `called_lately` when its rule has called for
    the same record within its `once_within_seconds`. Either undoes the call with the transaction.
    """
    found = row(_LOCK, (enrolment_id,))
    if found is None:
        raise Conflict("This request of a CRM has a call or a refusal already.", code="enrolment_settled")
    if found["rule_id"] and _called_by_another(found):
        raise Conflict("This rule has called for this record lately.", code="called_lately")
    made_at = call.call_at or call.created_at
    execute(
        _ATTACH,
        {
            "enrolment": enrolment_id,
            "call": call.id,
            "not_before": call.created_at + timedelta(seconds=platform.answer_delay),
            "rule_deadline": made_at + timedelta(seconds=DAY_SECONDS),
            "waiting": [source for source in ("action", "rule", "flow") if platform.waits(source)],
        },
    )


def called_lately(mode: str, rule_id: UUID, object: str, record_id: str) -> bool:
    """Whether a rule has called for a record in a mode within its `once_within_seconds`, or will call."""
    return row(_CALLED_LATELY, {"mode": mode, "rule": rule_id, "object": object, "record": record_id}) is not None


def dedup_key(*parts: str) -> str:
    """What tells a request from others of its connection, of bounded length."""
    key = storable(" ".join(parts))
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _told(position: int, wanted: Wanted) -> dict[str, Any]:
    change, rule = wanted.change, wanted.rule
    return {
        "position": position,
        "id": str(uuid4()),
        "key": dedup_key("rule", str(rule.id), change.key),
        "rule": str(rule.id),
        "within": rule.once_within_seconds,
        "object": storable(change.object),
        "record": storable(change.record_id),
        "asked": record_stored(change.record),
    }


def _called_by_another(enrolment: Row) -> bool:
    """Whether another enrolment got a call; none can get one until this transaction is over."""
    named = [enrolment[name] for name in ("mode", "rule_id", "object", "record_id")]
    _lock("call", *named)
    return called_lately(*named)


def _lock(*what: object) -> None:
    name = hashlib.sha256(" ".join(["crm", *map(str, what)]).encode()).digest()
    execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(name[:8], signed=True),))
