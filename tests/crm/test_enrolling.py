"""What CRMs ask for is stored once, and rings nobody twice."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from playhouse.pool import PooledPostgresqlDatabase

from app.calls.accepting import accept
from app.calls.requests import CallRequest
from app.config import Settings
from app.crm.arrivals import HubArrivals, record_named, subject
from app.crm.asked import Asked, record_of
from app.crm.enrolling import attach_call, called_lately, dedup_key
from app.crm.platform import ActionAsked, Change, Record
from app.db import db, execute, rows
from app.errors import Conflict
from app.models.call import Call
from app.models.crm import CrmConnection, CrmEnrolment, CrmRule
from app.times import now
from app.vault import Vault
from tests.crm.plain import Cloud, connected
from tests.crm.sheets import Sheet, a_change
from tests.making import an_account

ASKED = ActionAsked("callback-1", "contact", "1", "(555) 123-4567", "Ask.", questions=("A demo?",), wait_seconds=3600)


@pytest.fixture
def connection(database: PooledPostgresqlDatabase, settings: Settings) -> Iterator[CrmConnection]:
    """In test mode; its cloud is never asked."""
    with Cloud() as cloud:
        yield connected(an_account().id, cloud, Vault(settings.encryption_keys), mode="test")


@pytest.fixture
def other(connection: CrmConnection, settings: Settings) -> Iterator[CrmConnection]:
    """Another of the same account, in live mode."""
    with Cloud("4712") as cloud:
        yield connected(connection.account_id, cloud, Vault(settings.encryption_keys))


@pytest.fixture
def arrivals(settings: Settings) -> HubArrivals:
    return HubArrivals(Sheet(), settings, Vault(settings.encryption_keys))


def a_rule(connection: CrmConnection, **columns: Any) -> CrmRule:
    plain = {
        "name": "Call",
        "active": True,
        "object": "contact",
        "trigger": "changed",
        "property": "stage",
        "conditions": [],
        "number_properties": ["phone"],
        "instructions": "Ask.",
        "once_within_seconds": 3600,
        "created_at": now(),
        "updated_at": now(),
    }
    return CrmRule.create(account_id=connection.account_id, connection_id=connection.id, **plain | columns)


def enrolments() -> list[CrmEnrolment]:
    return list(CrmEnrolment.select().order_by(CrmEnrolment.created_at))


def jobs() -> dict[str, dict[str, Any]]:
    """The only jobs there are, by kind."""
    found = rows("SELECT * FROM crm_job")
    assert len({job["kind"] for job in found}) == len(found)
    return {job["kind"]: job for job in found}


def a_call(connection: CrmConnection, settings: Settings, **request: Any) -> Call:
    asked = CallRequest(request.pop("to", "+15551234567"), "Ask.", **request)
    return accept(connection.account_id, None, "test", asked, settings)


def begun(enrolment: CrmEnrolment) -> None:
    """As when the lane has looked at it."""
    execute("UPDATE crm_job SET tries = 1 WHERE enrolment_id = %s AND kind = 'start'", (enrolment.id,))


# What a workflow's step asks for


def test_a_steps_request_is_stored_with_the_work_that_it_leaves(
    connection: CrmConnection, arrivals: HubArrivals
) -> None:
    deadline = arrivals.enrol_action(connection, ASKED)
    [enrolment] = enrolments()
    assert (enrolment.source, enrolment.mode, enrolment.callback_id) == ("action", "test", "callback-1")
    assert Asked.of(enrolment.asked) == Asked("(555) 123-4567", "Ask.")
    assert enrolment.questions == ["A demo?"]
    assert enrolment.deadline_at == deadline
    assert timedelta(minutes=59) < deadline - now() <= timedelta(hours=1)
    found = jobs()
    assert set(found) == {"start", "answer"}
    assert found["start"]["due_at"] <= now()
    assert found["answer"]["due_at"] == deadline


def test_a_step_that_asks_again_changes_nothing(connection: CrmConnection, arrivals: HubArrivals) -> None:
    deadline = arrivals.enrol_action(connection, ASKED)
    assert arrivals.enrol_action(connection, replace(ASKED, instructions="Other.")) == deadline
    assert [enrolment.asked["instructions"] for enrolment in enrolments()] == ["Ask."]
    assert len(jobs()) == 2


def test_a_step_that_asks_again_after_its_end_is_told_once_more(
    connection: CrmConnection, arrivals: HubArrivals
) -> None:
    arrivals.enrol_action(connection, ASKED)
    execute("UPDATE crm_job SET status = 'succeeded', result = 'told', due_at = NULL, completed_at = now(), tries = 1")
    arrivals.enrol_action(connection, ASKED)
    found = jobs()
    assert found["start"]["status"] == "succeeded"
    answer = found["answer"]
    assert (answer["status"], answer["tries"], answer["completed_at"]) == ("pending", 0, None)
    assert timedelta(seconds=1) < answer["due_at"] - now() <= timedelta(seconds=Sheet.answer_delay)


def test_steps_that_ask_at_once_are_one(
    connection: CrmConnection, arrivals: HubArrivals, database: PooledPostgresqlDatabase
) -> None:
    def ask(_: int) -> datetime:
        with database.connection_context():
            return arrivals.enrol_action(connection, ASKED)

    with ThreadPoolExecutor(8) as crew:
        deadlines = set(crew.map(ask, range(24)))
    assert len(deadlines) == 1
    assert len(enrolments()) == 1
    assert len(jobs()) == 2


def test_the_same_key_of_two_connections_is_two(
    connection: CrmConnection, other: CrmConnection, arrivals: HubArrivals
) -> None:
    arrivals.enrol_action(connection, ASKED)
    arrivals.enrol_action(other, ASKED)
    assert [enrolment.mode for enrolment in enrolments()] == ["test", "live"]


def test_what_a_table_cannot_hold_is_left_out(connection: CrmConnection, arrivals: HubArrivals) -> None:
    arrivals.enrol_action(connection, replace(ASKED, instructions="Ask\x00 \ud800.", questions=("\x00?",)))
    [enrolment] = enrolments()
    assert (enrolment.asked["instructions"], enrolment.questions) == ("Ask ?.", ["?"])


def test_a_key_is_of_bounded_length_and_tells_apart() -> None:
    assert dedup_key("action", "x") == "action x"
    long = {dedup_key("action", "x" * 5000), dedup_key("action", "x" * 5001)}
    assert len(long) == 2
    assert all(len(key) <= 200 for key in long)


# What rules hear of


def test_a_change_that_a_rule_wants_is_enrolled(connection: CrmConnection, arrivals: HubArrivals) -> None:
    rule = a_rule(connection)
    assert arrivals.note_changes(connection, [a_change("1", "k1")]) == 1
    [enrolment] = enrolments()
    assert (enrolment.source, enrolment.rule_id, enrolment.record_id) == ("rule", rule.id, "1")
    assert record_of(enrolment.asked) is None
    assert set(jobs()) == {"start"}  # nothing waits for the end of a rule's call in this CRM


@pytest.mark.parametrize(
    "change",
    [
        a_change("1", "k", property="score"),
        a_change("1", "k", object="deal"),
        a_change("1", "k", trigger="created"),
        a_change("1", "k", ours=True),
    ],
)
def test_a_change_that_no_rule_wants_is_not_enrolled(
    connection: CrmConnection, arrivals: HubArrivals, change: Change
) -> None:
    a_rule(connection)
    a_rule(connection, active=False, property="score")
    assert arrivals.note_changes(connection, [change]) == 0
    assert enrolments() == []


def test_the_rules_of_another_connection_hear_nothing(
    connection: CrmConnection, other: CrmConnection, arrivals: HubArrivals
) -> None:
    a_rule(other)
    assert arrivals.note_changes(connection, [a_change("1", "k")]) == 0


def test_every_rule_that_wants_a_change_gets_it(connection: CrmConnection, arrivals: HubArrivals) -> None:
    a_rule(connection)
    a_rule(connection)
    assert arrivals.note_changes(connection, [a_change("1", "k")]) == 2


def test_a_change_that_is_told_again_is_enrolled_once(connection: CrmConnection, arrivals: HubArrivals) -> None:
    a_rule(connection, once_within_seconds=60)
    told = [arrivals.note_changes(connection, [a_change("1", "k1"), a_change("1", "k1")]) for _ in range(2)]
    execute("UPDATE crm_enrolment SET refusal = '{}', asked = NULL")
    assert told == [1, 0]
    assert arrivals.note_changes(connection, [a_change("1", "k1")]) == 0


def test_changes_of_a_record_that_nobody_has_looked_at_yet_are_one(
    connection: CrmConnection, arrivals: HubArrivals
) -> None:
    a_rule(connection)
    assert arrivals.note_changes(connection, [a_change("1", "k1"), a_change("1", "k2")]) == 1
    assert arrivals.note_changes(connection, [a_change("1", "k3")]) == 0


def test_a_change_after_the_record_was_looked_at_is_looked_at_too(
    connection: CrmConnection, arrivals: HubArrivals
) -> None:
    """The first may have been refused by its conditions, which the second fulfils."""
    a_rule(connection)
    arrivals.note_changes(connection, [a_change("1", "k1")])
    begun(enrolments()[0])
    assert arrivals.note_changes(connection, [a_change("1", "k2")]) == 1


def test_a_record_that_was_called_is_not_called_again_within_the_rules_time(
    connection: CrmConnection, arrivals: HubArrivals, settings: Settings
) -> None:
    rule = a_rule(connection)
    arrivals.note_changes(connection, [a_change("1", "k1")])
    attach_call(enrolments()[0].id, a_call(connection, settings), Sheet())
    assert called_lately("test", rule.id, "contact", "1")
    assert arrivals.note_changes(connection, [a_change("1", "k2"), a_change("2", "k3")]) == 1
    execute("UPDATE call SET created_at = created_at - interval '2 hours'")
    assert arrivals.note_changes(connection, [a_change("1", "k4")]) == 1


def test_a_call_to_the_sandbox_bars_no_live_one(
    connection: CrmConnection, arrivals: HubArrivals, settings: Settings
) -> None:
    rule = a_rule(connection)
    arrivals.note_changes(connection, [a_change("1", "k1")])
    attach_call(enrolments()[0].id, a_call(connection, settings), Sheet())
    connection.mode = "live"
    assert not called_lately("live", rule.id, "contact", "1")
    assert arrivals.note_changes(connection, [a_change("1", "k2")]) == 1


def test_a_call_that_is_yet_to_come_counts_until_its_time(
    connection: CrmConnection, arrivals: HubArrivals, settings: Settings
) -> None:
    a_rule(connection)
    arrivals.note_changes(connection, [a_change("1", "k1")])
    attach_call(enrolments()[0].id, a_call(connection, settings, call_at=now() + timedelta(days=3)), Sheet())
    execute("UPDATE call SET created_at = created_at - interval '2 days'")
    assert arrivals.note_changes(connection, [a_change("1", "k2")]) == 0


def test_a_record_that_came_with_its_change_is_kept(connection: CrmConnection, arrivals: HubArrivals) -> None:
    a_rule(connection, trigger="message", property=None)
    person = Record("contact", "1", {"phone": "+15551234567", "first": "Sam\x00"})
    deal = Record("contact", "1", dict(person.properties), {"other": person})
    arrivals.note_changes(connection, [a_change("1", "k", trigger="message", record=deal)])
    kept = record_of(enrolments()[0].asked)
    assert kept is not None
    assert (kept.properties["first"], kept.related["other"].properties["phone"]) == ("Sam", "+15551234567")


def test_messages_about_a_record_are_each_looked_at(connection: CrmConnection, arrivals: HubArrivals) -> None:
    """Each brings the record as it was then: the later may fulfil what the earlier did not."""
    a_rule(connection, trigger="message", property=None)
    for key in ("k1", "k2"):
        record = Record("contact", "1", {"stage": key})
        assert arrivals.note_changes(connection, [a_change("1", key, trigger="message", record=record)]) == 1


@given(st.randoms(use_true_random=False), st.integers(1, 4))
@given_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_and_however_often_each_record_is_enrolled_once(
    connection: CrmConnection, arrivals: HubArrivals, chance: random.Random, size: int
) -> None:
    execute("DELETE FROM crm_rule")
    execute("DELETE FROM crm_enrolment")
    a_rule(connection)
    told = [a_change(str(record), f"{record}-{turn}") for record in range(5) for turn in range(3)] * 2
    chance.shuffle(told)
    made = [arrivals.note_changes(connection, told[place : place + size]) for place in range(0, len(told), size)]
    assert sum(made) == 5
    assert {enrolment.record_id for enrolment in enrolments()} == set("01234")


def test_messages_that_come_at_once_enrol_a_record_once(
    connection: CrmConnection, arrivals: HubArrivals, database: PooledPostgresqlDatabase
) -> None:
    a_rule(connection)

    def tell(turn: int) -> int:
        with database.connection_context():
            return arrivals.note_changes(connection, [a_change(str(record), f"{turn}") for record in range(5)])

    with ThreadPoolExecutor(8) as crew:
        assert sum(crew.map(tell, range(16))) == 5


def test_ten_thousand_changes_at_once_are_all_enrolled(connection: CrmConnection, arrivals: HubArrivals) -> None:
    a_rule(connection)
    told = [a_change(str(number), f"k{number}") for number in range(10_000)]
    assert arrivals.note_changes(connection, told) == 10_000
    [found] = rows("SELECT count(*) AS count FROM crm_job WHERE kind = 'start' AND due_at <= now()")
    assert found["count"] == 10_000


# The call of an enrolment


@pytest.fixture
def enrolment(connection: CrmConnection, arrivals: HubArrivals) -> CrmEnrolment:
    """One of a step that waits."""
    arrivals.enrol_action(connection, ASKED)
    return enrolments()[0]


def test_a_call_is_attached_with_the_work_that_its_end_leaves(
    connection: CrmConnection, enrolment: CrmEnrolment, settings: Settings
) -> None:
    call = a_call(connection, settings)
    attach_call(enrolment.id, call, Sheet())
    [attached] = enrolments()
    assert (attached.call_id, attached.asked) == (call.id, None)
    found = jobs()
    assert {found["answer"]["call_id"], found["write"]["call_id"]} == {call.id}
    assert (found["answer"]["due_at"], found["write"]["due_at"]) == (enrolment.deadline_at, None)
    assert found["answer"]["not_before"] == call.created_at + timedelta(seconds=Sheet.answer_delay)


@pytest.mark.parametrize("settled", ["refusal = '{}'", "call_id = %(call)s"])
def test_an_enrolment_has_one_call_or_one_refusal(
    connection: CrmConnection, enrolment: CrmEnrolment, settings: Settings, settled: str
) -> None:
    first = a_call(connection, settings, to="+15557654321")
    execute(f"UPDATE crm_enrolment SET {settled}", {"call": first.id})
    with pytest.raises(Conflict, match="already") as refused, db.atomic():
        attach_call(enrolment.id, a_call(connection, settings), Sheet())
    assert refused.value.code == "enrolment_settled"
    assert Call.select().count() == 1


def test_of_those_who_attach_a_call_at_once_one_does(
    connection: CrmConnection, enrolment: CrmEnrolment, settings: Settings, database: PooledPostgresqlDatabase
) -> None:
    def attach(turn: int) -> str:
        with database.connection_context():
            try:
                with db.atomic():
                    attach_call(enrolment.id, a_call(connection, settings, to=f"+1555765{turn:04d}"), Sheet())
            except Conflict as refused:
                return refused.code
            return "attached"

    with ThreadPoolExecutor(6) as crew:
        said = list(crew.map(attach, range(12)))
    assert said.count("attached") == 1
    assert set(said) == {"attached", "enrolment_settled"}
    assert Call.select().count() == 1


def test_two_enrolments_of_a_rule_and_a_record_get_one_call(
    connection: CrmConnection, arrivals: HubArrivals, settings: Settings, database: PooledPostgresqlDatabase
) -> None:
    a_rule(connection)
    for key in ("k1", "k2", "k3"):
        arrivals.note_changes(connection, [a_change("1", key)])
        begun(enrolments()[-1])

    def attach(place: tuple[int, UUID]) -> str:
        with database.connection_context():
            try:
                with db.atomic():
                    attach_call(place[1], a_call(connection, settings, to=f"+1555765{place[0]:04d}"), Sheet())
            except Conflict as refused:
                return refused.code
            return "attached"

    with ThreadPoolExecutor(3) as crew:
        said = sorted(crew.map(attach, enumerate([one.id for one in enrolments()])))
    assert said == ["attached", "called_lately", "called_lately"]
    assert Call.select().count() == 1


def test_a_rules_call_that_is_scheduled_has_a_day_from_then(
    connection: CrmConnection, arrivals: HubArrivals, settings: Settings
) -> None:
    a_rule(connection)
    arrivals.note_changes(connection, [a_change("1", "k1")])
    call_at = now() + timedelta(days=3)
    attach_call(enrolments()[0].id, a_call(connection, settings, call_at=call_at), Sheet())
    assert enrolments()[0].deadline_at == call_at + timedelta(days=1)


def test_what_is_not_to_be_logged_is_not_written(
    connection: CrmConnection, enrolment: CrmEnrolment, settings: Settings
) -> None:
    execute("UPDATE crm_connection SET logs = 'none'")
    attach_call(enrolment.id, a_call(connection, settings), Sheet())
    assert set(jobs()) == {"start", "answer"}


# What else a CRM tells


def test_a_record_that_was_erased_is_forgotten_once(connection: CrmConnection, arrivals: HubArrivals) -> None:
    for _ in range(2):
        arrivals.note_erased(connection, "contact", "1 2")
    forget = jobs()["forget"]
    assert record_named(forget["subject"]) == ("contact", "1 2")
    assert forget["due_at"] <= now()
    assert subject("contact", "1 2") == forget["subject"]


def test_a_connection_that_was_left_is_broken(connection: CrmConnection, arrivals: HubArrivals) -> None:
    arrivals.note_left(connection)
    assert CrmConnection.get_by_id(connection.id).status == "broken"


def test_a_connection_is_found_by_its_portal_while_it_serves(connection: CrmConnection, arrivals: HubArrivals) -> None:
    found = arrivals.connection_of("4711")
    assert found is not None
    assert found.id == connection.id
    assert arrivals.connection_of("4712") is None
    execute("UPDATE crm_connection SET status = 'broken'")
    assert arrivals.connection_of("4711") is not None
    execute("UPDATE crm_connection SET status = 'disconnected'")
    assert arrivals.connection_of("4711") is None


def test_a_connection_is_found_by_its_secret_address(connection: CrmConnection, arrivals: HubArrivals) -> None:
    execute("UPDATE crm_connection SET inbound_hash = sha256('secret')")
    found = arrivals.connection_at("secret")
    assert found is not None
    assert found.id == connection.id
    assert arrivals.connection_at("Secret") is None
