"""The worker is killed while it works for CRMs, or a CRM, Redis or the API is away: every enrolment has one call, one
note on its record and one ending, and nobody is rung twice.

What is asked for is what waits for an answer: a workflow's step, or a message by which a rule starts a call.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.crm.clouds import MISSING, PLATFORMS, Clouds
from tests.crm.contract.site import Site, a_key, a_number
from tests.faults.conftest import Faulty
from tests.faults.locking import held_at_commit, locked, standing
from tests.hub import wait_until

pytestmark = [pytest.mark.xdist_group("faults")]

KINDS = ("start", "answer", "write")
CLAIMED = "SELECT 1 FROM crm_job WHERE account_id = %s AND kind = %s AND status = 'pending' AND claim_token IS NOT NULL"


@dataclass(slots=True)
class Work:
    """A live connection, and the way by which its CRM asks for a call and waits."""

    faulty: Faulty
    site: Site
    rule: dict[str, Any] | None
    writing_path: str

    def ask(self, number: str | None = None, key: str | None = None, record: str | None = None) -> str:
        """Ask for a call to a new person; the number."""
        number = number or a_number()
        status = self.status(record or self.site.person(number), number, key or a_key())
        assert 200 <= status < 300
        return number

    def status(self, record: str, number: str, key: str) -> int:
        if self.rule:
            return self.site.tell(record, key, rule=self.rule)
        return self.site.start(record, number, key)

    def claimed(self, kind: str) -> bool:
        return bool(self.site.hub.rows(CLAIMED, (self.site.holder.id, kind)))

    def all_is_well(self, numbers: list[str], seconds: float = 45) -> None:
        """Every enrolment has one call, one note and one ending; each number rang at most once."""
        site, count = self.site, len(numbers)
        for kind in KINDS:
            site.settled(kind, count, seconds)
        calls = site.calls()
        assert sorted(call["to_number"] for call in calls) == sorted(numbers)
        assert {enrolment["call_id"] for enrolment in site.enrolments()} == {call["id"] for call in calls}
        assert [number for number in numbers if self.faulty.rung(number) > 1] == []
        assert [len(site.notes(call["id"])) for call in calls] == [1] * count
        told = [ending["callId"] for ending in site.endings()]
        assert sorted(set(told)) == sorted(str(call["id"]) for call in calls)


@pytest.fixture(scope="module")
def paths() -> dict[str, str]:
    """Where calls are put on records, by the CRM's key."""
    return {}


@pytest.fixture(params=list(PLATFORMS))
def work(request: pytest.FixtureRequest, faulty: Faulty, clouds: Clouds, paths: dict[str, str]) -> Iterator[Work]:
    key = request.param
    if key not in clouds:
        pytest.fail(MISSING.format(key=key))
    if key not in paths:
        tried = Site(faulty.hub, clouds[key], PLATFORMS[key], faulty.hub.account())
        tried.connect()
        paths[key] = tried.writing_path()
        tried.clear()
    site = Site(faulty.hub, clouds[key], PLATFORMS[key], faulty.hub.account(unmetered=True))
    site.connect(live=True)
    message = "message" in site.platform.triggers
    yield Work(faulty, site, site.rule("message") if message else None, paths[key])
    site.clear()


def test_killed_at_the_claim_the_call_is_made_once(work: Work) -> None:
    hub = work.site.hub
    hub.kill_worker()
    number = work.ask()
    with locked(hub, "do_not_call"):  # read when the call is made, not when the work is claimed
        hub.start_worker()
        wait_until(lambda: work.claimed("start"))
        hub.kill_worker()
    hub.start_worker()
    work.all_is_well([number])


def test_killed_when_the_call_is_made_but_not_committed_it_is_made_once(work: Work) -> None:
    hub = work.site.hub
    hub.kill_worker()
    number = work.ask()
    with held_at_commit(hub, "crm_enrolment"):
        hub.start_worker()
        wait_until(lambda: standing(hub))
        hub.kill_worker()
    assert work.site.calls() == []
    hub.start_worker()
    work.all_is_well([number])


def test_killed_when_the_note_is_written_but_not_known_it_is_written_once(work: Work) -> None:
    site = work.site
    site.cloud.lose_answer(work.writing_path)
    number = work.ask()
    call = wait_until(lambda: next(iter(site.calls()), None))
    wait_until(lambda: site.notes(call["id"]), seconds=20)
    work.faulty.revive()
    work.all_is_well([number])


def test_killed_while_what_waits_is_told_it_is_told_all_the_same(work: Work) -> None:
    site = work.site
    first = work.ask()
    site.settled("answer")
    site.cloud.lose_answer(site.answering_path())
    second = work.ask()
    site.all_told(2)
    work.faulty.revive()
    work.all_is_well([first, second])


def test_killed_again_and_again_at_random_every_enrolment_ends_once(work: Work) -> None:
    chance = random.Random(7)
    with ThreadPoolExecutor(4) as crew:
        numbers = list(crew.map(lambda _: work.ask(), range(24)))
    for _ in range(5):
        time.sleep(chance.uniform(0.1, 0.9))
        work.faulty.revive()
    work.all_is_well(numbers)


def test_a_crm_that_is_down_while_its_calls_are_made_hears_of_all_of_them(work: Work) -> None:
    work.site.down()
    numbers = [work.ask() for _ in range(4)]
    wait_until(lambda: any(job["tries"] for kind in KINDS for job in work.site.jobs(kind)), seconds=30)
    work.faulty.revive()
    work.site.up()
    work.all_is_well(numbers)


def test_redis_away_what_a_crm_asks_for_is_taken_and_done_when_it_is_back(work: Work) -> None:
    hub = work.site.hub
    hub.stop_redis()
    number = work.ask()
    hub.start_redis()
    work.all_is_well([number])


def test_the_api_killed_before_it_has_answered_the_crm_asks_again_and_there_is_one_call(work: Work) -> None:
    hub, number, key = work.site.hub, a_number(), a_key()
    record = work.site.person(number)
    with ThreadPoolExecutor(1) as crew:
        with locked(hub, "crm_enrolment"):
            asked = crew.submit(work.status, record, number, key)
            wait_until(lambda: hub.rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
            hub.kill("api")
        hub.start("api")
        assert asked.exception(10) is not None
    work.ask(number, key, record)
    work.all_is_well([number])
