"""A job that was claimed, with all that is needed to do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.calls.ports import Answerer, Spoken
from app.calls.reading import turns_of
from app.config import Mode, Settings
from app.crm import wire
from app.crm.platform import Door, Line, Platform
from app.models.call import Call
from app.models.crm import CrmConnection, CrmEnrolment, CrmJob
from app.vault import Vault


@dataclass(frozen=True, slots=True)
class Task:
    """Whoever does it holds no database connection while it asks a CRM or a model."""

    job: CrmJob
    connection: CrmConnection
    platform: Platform
    answerers: Mapping[Mode, Answerer]
    settings: Settings
    vault: Vault

    def line(self) -> Line:
        """The way to the CRM's records, for this job."""
        return wire.line(
            self.connection, self.platform, self.settings, self.vault, purpose=self.job.kind, job_id=self.job.id
        )

    def door(self) -> Door:
        """The way to the CRM's authorisation server, for this job."""
        return wire.door(self.connection, self.settings, purpose=self.job.kind, job_id=self.job.id)


@dataclass(frozen=True, slots=True)
class Story:
    """What a job tells of: the enrolment, if there is one, and its call, if there is one, with what was said on it."""

    enrolment: CrmEnrolment | None
    call: Call | None
    turns: Sequence[Spoken]


def story_of(job: CrmJob, enrolment: CrmEnrolment | None) -> Story:
    """What a job tells of, read anew: it may have changed since the job was claimed."""
    call_id: UUID | None = enrolment.call_id if enrolment else job.call_id
    call = Call.get_or_none(Call.id == call_id) if call_id else None
    turns = turns_of([call_id])[call_id] if call_id else []
    return Story(enrolment, call, [Spoken(turn.role, turn.text) for turn in turns])
