"""The job `write`: a call is put on the timeline of the record that it was about, once. No record is ever made."""

from typing import Final

from app.crm.answering import MODEL_TRIES, find_out
from app.crm.arrivals import other_person
from app.crm.claiming import hold
from app.crm.ending import ending_of, has_ended
from app.crm.numbers import spellings
from app.crm.platform import CallNote, Line, Record
from app.crm.task import Story, Task, story_of
from app.crm.verdicts import Again, Over, Verdict, done, skipped
from app.db import db, rows
from app.models.call import Call
from app.models.crm import CrmEnrolment, note_person

BESIDE_SECONDS: Final = 2.0

_ANSWERING: Final = """
SELECT 1 FROM crm_job WHERE enrolment_id = %s AND kind = 'answer' AND status = 'pending' AND tries <= %s
"""
_UNWANTED: Final = skipped("not_logged", "This connection puts no calls on records any more.")
_NO_RECORD: Final = skipped("no_record", "Nobody in the CRM has the number that was called.")
_SEVERAL: Final = skipped("several_records", "Several people in the CRM have the number that was called.")


def write(task: Task) -> Verdict | None:
    """Put the job's ended call on its record. May raise CrmFailed; None when the claim was lost.

    A test call is never put on a record, whatever the connection has become since: it shows what would be.
    """
    with db.connection_context():
        enrolment = CrmEnrolment.get_by_id(task.job.enrolment_id) if task.job.enrolment_id else None
        story = story_of(task.job, enrolment)
        call = story.call
        if call is None or task.connection.logs == "none":
            return _UNWANTED
        if not has_ended(call):
            return Again(BESIDE_SECONDS)
        if _is_asked_beside(task, story):
            return Again(BESIDE_SECONDS * task.settings.crm_retry_scale)
    if missing := find_out(task, story):
        return missing
    if call.mode == "test":
        task.connection.mode = "test"
    line = task.line()
    record = _record(task, line, story, call)
    if isinstance(record, Over):
        return record
    with db.connection_context():
        if not hold(task.job, task.settings):
            return None
    return done(task.platform.write_call(line, record, note_of(story, call, task.settings.api_url)))


def note_of(story: Story, call: Call, hub_url: str) -> CallNote:
    """An ended call as it is put on a record, with its page on the hub at `hub_url`; "" for no page."""
    return CallNote(
        call_id=call.id,
        ending=ending_of(story.enrolment, call, story.turns),
        to_number=call.to_number,
        from_number=call.from_number,
        callee=call.name,
        instructions=call.instructions,
        started_at=call.started_at or call.created_at,
        turns=[(turn.role, turn.text) for turn in story.turns],
        page_url=f"{hub_url}/calls/{call.id}" if hub_url else "",
    )


def _is_asked_beside(task: Task, story: Story) -> bool:
    """Whether the job that answers is about to ask the model what this call found out."""
    enrolment = story.enrolment
    if enrolment is None or not enrolment.questions or enrolment.answers is not None:
        return False
    return bool(rows(_ANSWERING, (enrolment.id, MODEL_TRIES)))


def _record(task: Task, line: Line, story: Story, call: Call) -> Record | Over:
    """The record that the call was about as it is now; without an enrolment, the one person with its number."""
    enrolment = story.enrolment
    if enrolment is not None:
        if enrolment.object is None or enrolment.record_id is None:
            return _NO_RECORD
        record = task.platform.read(line, enrolment.object, enrolment.record_id, ())
        if person := other_person(record, enrolment.object, enrolment.record_id):
            with db.connection_context():
                note_person(enrolment.id, person)
        return record
    found = {(one.object, one.id): one for one in task.platform.find_by_number(line, spellings(call.to_number))}
    if len(found) == 1:
        return next(iter(found.values()))
    return _SEVERAL if found else _NO_RECORD
