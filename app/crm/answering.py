"""The job `answer`: what waits in a CRM is told how it ended, once."""

import json
from typing import Final

from app.calls.ports import ModelFailed
from app.config import mode_of
from app.crm.claiming import hold
from app.crm.ending import ending_of, has_ended, talked
from app.crm.platform import Waiting
from app.crm.refusing import deadline_of, last_reason, refuse
from app.crm.task import Story, Task, story_of
from app.crm.verdicts import Again, Verdict, done
from app.db import db, rows
from app.models.crm import CrmEnrolment, CrmJob
from app.times import now

MODEL_TRIES: Final = 3

_KEEP: Final = """
UPDATE crm_enrolment SET answers = coalesce(answers, %(answers)s::jsonb)
WHERE id = %(id)s AND call_id = %(call)s RETURNING answers
"""


def answer(task: Task) -> Verdict | None:
    """Tell how the call ended; that it had not by the enrolment's deadline; or why there is none. May raise CrmFailed.

    None when the claim was lost.
    """
    with db.connection_context():
        enrolment, story = _told(task.job)
    if early := _early(story, enrolment):
        return early
    if missing := find_out(task, story):
        return missing
    with db.connection_context():
        if not hold(task.job, task.settings):
            return None
    waiting = Waiting(enrolment.id, enrolment.callback_id, enrolment.object, enrolment.record_id)
    return done(task.platform.answer(task.line(), waiting, ending_of(enrolment, story.call, story.turns)))


def find_out(task: Task, story: Story) -> Again | None:
    """Have the enrolment's questions answered from what was said on its ended call, once; a model that fails is asked
    again a few times, and then there are no answers. None when nothing is left to ask.
    """
    enrolment, call = story.enrolment, story.call
    if enrolment is None or call is None or not has_ended(call):
        return None
    if not enrolment.questions or enrolment.answers is not None:
        return None
    found = [""] * len(enrolment.questions)
    answerer = task.answerers.get(mode_of(call.mode))
    if answerer is not None and talked(story.turns) and call.answered_by != "voicemail":
        try:
            found = answerer.answer(enrolment.questions, call.instructions, call.name, story.turns)
        except ModelFailed as failure:
            if task.job.tries < MODEL_TRIES:
                return Again(2.0**task.job.tries, str(failure), "model_failed", counted=True)
    _keep(enrolment, found)
    return None


def _told(job: CrmJob) -> tuple[CrmEnrolment, Story]:
    """What there is to tell. At the deadline, what has no call is refused: it will have none any more."""
    enrolment: CrmEnrolment = CrmEnrolment.get_by_id(job.enrolment_id)
    if enrolment.call_id is None and enrolment.refusal is None and deadline_of(enrolment) <= now():
        start = CrmJob.get_or_none(CrmJob.enrolment_id == enrolment.id, CrmJob.kind == "start")
        refuse(enrolment.id, last_reason(start))
        enrolment = CrmEnrolment.get_by_id(job.enrolment_id)
    return enrolment, story_of(job, enrolment)


def _early(story: Story, enrolment: CrmEnrolment) -> Again | None:
    """Until when to wait, where there is nothing to tell yet."""
    if enrolment.refusal or (story.call and has_ended(story.call)):
        return None
    left = (deadline_of(enrolment) - now()).total_seconds()
    return Again(left) if left > 0 else None


def _keep(enrolment: CrmEnrolment, answers: list[str]) -> None:
    """The first answers stand. Those of a call that was erased meanwhile are not kept."""
    with db.connection_context():
        kept = rows(_KEEP, {"answers": json.dumps(answers), "id": enrolment.id, "call": enrolment.call_id})
    enrolment.answers = kept[0]["answers"] if kept else answers
