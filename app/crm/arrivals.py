"""What a CRM's inbound requests lead to. Everything is stored before the CRM hears that it was taken."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import uuid4

from app.config import Settings
from app.crm import connections, enrolling
from app.crm.platform import ActionAsked, Change, Platform, Record
from app.db import db, execute
from app.models.crm import CrmConnection, CrmRule
from app.queue import ring
from app.vault import Vault

_SERVED: Final = ("active", "broken")

# Twice in a row is once.
_FORGET: Final = """
INSERT INTO crm_job (id, account_id, connection_id, kind, subject, due_at)
SELECT %(id)s, %(account)s, %(connection)s, 'forget', %(subject)s, now()
WHERE NOT EXISTS (SELECT 1 FROM crm_job WHERE connection_id = %(connection)s AND kind = 'forget'
                  AND subject = %(subject)s AND status = 'pending')
"""


class HubArrivals:
    """Implements `app.crm.platform.Arrivals` for one CRM."""

    def __init__(self, platform: Platform, settings: Settings, vault: Vault) -> None:
        self._platform = platform
        self._settings = settings
        self._vault = vault

    def connection_of(self, external_id: str) -> CrmConnection | None:
        found: CrmConnection | None = CrmConnection.get_or_none(
            CrmConnection.platform == self._platform.key,
            CrmConnection.external_id == external_id,
            CrmConnection.status.in_(_SERVED),
        )
        return found

    def connection_at(self, secret: str) -> CrmConnection | None:
        found: CrmConnection | None = CrmConnection.get_or_none(
            CrmConnection.platform == self._platform.key,
            CrmConnection.inbound_hash == hashlib.sha256(secret.encode()).digest(),
            CrmConnection.status.in_(_SERVED),
        )
        return found

    def enrol_action(self, connection: CrmConnection, asked: ActionAsked) -> datetime:
        return enrolling.enrol_action(connection, self._platform, asked)

    def note_changes(self, connection: CrmConnection, changes: Sequence[Change]) -> int:
        news = [change for change in changes if not change.ours]
        if not news:
            return 0
        rules = list(CrmRule.select().where(CrmRule.connection_id == connection.id, CrmRule.active))
        wanted = [enrolling.Wanted(change, rule) for change in news for rule in rules if hears(rule, change)]
        return enrolling.enrol_changes(connection, self._platform, wanted)

    def note_erased(self, connection: CrmConnection, object: str, record_id: str) -> None:
        values = {
            "id": uuid4(),
            "account": connection.account_id,
            "connection": connection.id,
            "subject": subject(object, record_id),
        }
        with db.atomic():
            execute(_FORGET, values)
            db.after_commit(partial(ring, "crm"))

    def note_left(self, connection: CrmConnection) -> None:
        connections.lost(connection.id, f"{self._platform.name} has ended it.", self._settings)


def hears(rule: CrmRule, change: Change) -> bool:
    """Whether a rule hears of such a change."""
    if (rule.object, rule.trigger) != (change.object, change.trigger):
        return False
    return rule.trigger != "changed" or rule.property == change.property


def subject(object: str, record_id: str) -> str:
    """A record as the subject of a `forget` job; `record_named` reads it."""
    return f"{object} {record_id}"


def other_person(record: Record, object: str | None, record_id: str | None) -> str | None:
    """Who was called about a record, as the subject of a `forget` job; None where that is the record that was named."""
    whom = next(iter(record.related.values()), record)
    return None if (whom.object, whom.id) == (object, record_id) else subject(whom.object, whom.id)


def record_named(subject: str) -> tuple[str, str]:
    """The object and the id of the record that a `forget` job is about."""
    object, _, record_id = subject.partition(" ")
    return object, record_id
