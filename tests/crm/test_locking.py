"""Calls are made, ended and erased, and connections ended, all at once: nobody waits for who waits for him."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from peewee import DatabaseError

from app.calls.erasing import erase
from app.calls.settling import settle
from app.config import Mode, Settings
from app.crm import connections
from app.crm.working import CrmWorker
from app.db import db, execute, rows
from app.errors import AppError
from app.models.account import Account
from app.models.call import Call
from app.models.crm import CrmConnection
from app.vault import Vault
from tests.crm.paper import Paper, a_connection, an_enrolment
from tests.making import LIVE, an_account

pytestmark = pytest.mark.usefixtures("database")
SECONDS = 4.0
_OVER = """
UPDATE call SET dial_state = 'dialled', carrier_sid = %s, dialling_at = now(), outcome = 'completed',
    end_reason = 'callee_hangup', started_at = now(), ended_at = now(), duration = 4, answered_by = 'human',
    finish_due_at = now()
WHERE id = (SELECT id FROM call WHERE status = 'initiated' AND outcome IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED)
"""


class Crowd:
    """Everything that locks enrolments, jobs, calls and accounts, at work on two accounts."""

    def __init__(self, settings: Settings, mode: Mode) -> None:
        self.settings = replace(settings, **LIVE, account_daily_calls=10**6, callee_daily_calls=10**6)
        self.mode: Mode = mode
        self.accounts: list[Account] = [an_account(unmetered=True) for _ in range(2)]
        self.paper = Paper()
        self.paper.people = {str(number): {} for number in range(50)}
        self.open: list[CrmConnection] = [self.connection(logs) for logs in ("own", "all") * 2]
        self.worker = CrmWorker(self.settings, {"paper": self.paper}, {})
        self.deadlocks: list[str] = []

    def connection(self, logs: str) -> CrmConnection:
        account = random.choice(self.accounts)
        return a_connection(account, self.settings, mode=self.mode, logs=logs)

    def ask(self) -> None:
        one = random.randrange(50)
        an_enrolment(random.choice(self.open), self.paper, f"+1555200{one:04d}", str(one))

    def end(self) -> None:
        execute(_OVER, (f"CA{uuid4().hex}",))
        for call in Call.select().where(Call.finish_due_at.is_null(False), Call.outcome.is_null(False)).limit(20):
            settle(call, "Open until six.", self.settings)

    def erase(self) -> None:
        number = f"+1555200{random.randrange(50):04d}"
        erase(random.choice(self.accounts).id, number, Vault(self.settings.encryption_keys))

    def part(self) -> None:
        time.sleep(0.3)
        ended = self.open[0]
        self.open = [*self.open[1:], self.connection(ended.logs)]
        connections.disconnect(ended.account_id, "live", ended.id)

    def work(self) -> None:
        self.worker.step()
        time.sleep(0.02)

    def over_and_over(self, verb: Callable[[], None], until: float) -> None:
        while time.monotonic() < until:
            try:
                with db.connection_context():
                    verb()
            except AppError:
                pass
            except DatabaseError as error:
                self.deadlocks.append(str(error))

    def all_at_once(self) -> None:
        until = time.monotonic() + SECONDS
        verbs = [self.ask, self.ask, self.end, self.end, self.end, self.erase, self.part, self.work]
        crew = [threading.Thread(target=self.over_and_over, args=(verb, until)) for verb in verbs]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
        self.worker.close()


@pytest.mark.parametrize("mode", ["live", "test"])
def test_nobody_waits_for_who_waits_for_him(settings: Settings, mode: Mode) -> None:
    crowd = Crowd(settings, mode)
    crowd.all_at_once()
    assert crowd.deadlocks == []
    assert rows("SELECT DISTINCT error_code FROM crm_job WHERE error_code = 'internal_error'") == []
    assert Call.select().where(Call.summary.is_null(False)).count() > 0
