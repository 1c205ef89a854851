"""From what a CRM asked for to a call, once, or to a refusal that says why there is none."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calls.ending import end
from app.config import Settings
from app.crm.failures import Later, Refused
from app.crm.starting import PASSING, passing
from app.db import db, execute, rows
from app.models.account import Account
from app.models.call import Call
from app.models.crm import CrmEnrolment, CrmRule
from tests.crm.paper import Paper, a_connection, again, an_enrolment, is_over, job_of, late, work
from tests.making import LIVE, a_call, an_account

pytestmark = pytest.mark.usefixtures("database")


def test_an_enrolment_becomes_a_call_of_its_mode(settings: Settings) -> None:
    paper, account = Paper(), an_account()
    enrolment = an_enrolment(a_connection(account, settings), paper, "(555) 123-4567", name="Joe")
    work(settings, paper, is_over("start"))
    call = Call.get()
    assert again(enrolment).call_id == call.id
    assert again(enrolment).asked is None
    assert (call.to_number, call.name, call.mode, call.status) == ("+15551234567", "Joe", "test", "initiated")
    assert (job_of("start").status, job_of("start").result) == ("succeeded", str(call.id))
    assert {job_of(kind).call_id for kind in ("answer", "write")} == {call.id}


def test_the_mode_is_that_of_the_connection_when_it_was_asked(settings: Settings) -> None:
    paper, account, live = Paper(), an_account(), replace(settings, **LIVE)
    connection = a_connection(account, settings, mode="live")
    an_enrolment(connection, paper)
    execute("UPDATE crm_connection SET mode = 'test'")
    work(live, paper, is_over("start"))
    assert Call.get().mode == "live"


def test_nothing_is_called_twice_by_workers_that_have_the_same_job(settings: Settings) -> None:
    paper, account = Paper(), an_account()
    connection = a_connection(account, settings)
    for number in range(30):
        an_enrolment(connection, paper, f"+1555200{number:04d}")
    jobs = rows("SELECT count(*) AS n FROM crm_job WHERE kind = 'start'")[0]["n"]

    def steal() -> None:
        with db.connection_context():
            for _ in range(40):
                execute("UPDATE crm_job SET claim_token = NULL, lease_until = NULL WHERE kind = 'start'")
                time.sleep(0.005)

    with ThreadPoolExecutor(2) as crew:
        crew.submit(steal)
        work(settings, paper, is_over("start"))
    assert jobs == 30
    assert Call.select().count() == 30
    assert len({one.to_number for one in Call.select()}) == 30


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "number_missing"), ("+1555123456 or +15551234568", "number_ambiguous"), ("call me", "number_invalid"),
     ("911", "number_invalid"), ("+19005551234", "premium_number")],
)  # fmt: skip
def test_a_number_that_cannot_be_called_is_refused_for_good_and_told_at_once(
    settings: Settings, number: str, code: str
) -> None:
    paper = Paper()
    enrolment = an_enrolment(a_connection(an_account(), settings), paper, number)
    work(settings, paper, is_over("start", "answer"))
    refusal = again(enrolment).refusal
    assert (refusal["code"], Call.select().count()) == (code, 0)
    assert (job_of("start").status, job_of("start").error_code) == ("failed", code)
    [(_, ending)] = paper.told
    assert (ending.outcome, ending.refusal_code, ending.refusal) == ("refused", code, refusal["error"])


def test_a_live_call_without_the_terms_is_refused_for_good(settings: Settings) -> None:
    paper, live = Paper(), replace(settings, **LIVE)
    account = an_account(terms_accepted_at=None)
    enrolment = an_enrolment(a_connection(account, settings, mode="live"), paper)
    work(live, paper, is_over("start"))
    assert again(enrolment).refusal["code"] == "terms_not_accepted"


IN_THE_WAY = {
    "account_paused": "UPDATE account SET paused_at = now()",
    "queue_full": "UPDATE account SET queue_full = true",
    "insufficient_balance": "UPDATE account SET held = balance",
    "daily_calls": "UPDATE account SET daily_calls = 0",
    "daily_spend": "UPDATE account SET daily_spend_cents = 0",
    "callee_daily_calls": "UPDATE account SET callee_daily_calls = 0",
}
OUT_OF_IT = (
    "UPDATE account SET paused_at = NULL, queue_full = false, held = 0, daily_calls = NULL, daily_spend_cents = NULL,"
    " callee_daily_calls = NULL"
)


@pytest.mark.parametrize(("code", "sql"), IN_THE_WAY.items())
def test_what_passes_is_waited_for_and_then_the_call_is_made(settings: Settings, code: str, sql: str) -> None:
    paper, live = Paper(), replace(settings, **LIVE)
    enrolment = an_enrolment(a_connection(an_account(), settings, mode="live"), paper)
    execute(sql)
    work(live, paper, lambda: job_of("start").error_code == code, hurry=False)
    assert (job_of("start").status, job_of("start").tries, again(enrolment).refusal) == ("pending", 0, None)
    execute(OUT_OF_IT)
    work(live, paper, is_over("start"))
    assert again(enrolment).call_id == Call.get().id
    assert job_of("start").error is None


@pytest.mark.parametrize("known", [True, False])
def test_what_is_in_the_way_until_the_deadline_is_the_reason(settings: Settings, known: bool) -> None:
    paper, account = Paper(), an_account()
    enrolment = an_enrolment(a_connection(account, settings), paper)
    if known:
        execute(IN_THE_WAY["account_paused"])
        work(settings, paper, lambda: job_of("start").error_code == "account_paused", hurry=False)
        execute(OUT_OF_IT)
    late(enrolment)
    work(settings, paper, is_over("start", "answer"))
    code = "account_paused" if known else "too_late"
    assert (again(enrolment).refusal["code"], Call.select().count()) == (code, 0)
    assert [ending.refusal_code for _, ending in paper.told] == [code]


def test_the_last_try_is_at_the_deadline(settings: Settings) -> None:
    paper, account = Paper(), an_account()
    enrolment = an_enrolment(a_connection(account, settings), paper, wait_seconds=6)
    execute(IN_THE_WAY["account_paused"])
    work(settings, paper, lambda: job_of("start").error, hurry=False)
    assert abs(job_of("start").due_at - again(enrolment).deadline_at) < timedelta(seconds=1)


def test_a_line_that_is_busy_is_waited_for_some_minutes(settings: Settings) -> None:
    paper, account = Paper(), an_account()
    first = a_call(account, settings)
    enrolment = an_enrolment(a_connection(account, settings), paper)
    work(settings, paper, lambda: job_of("start").error_code == "call_active", hurry=False)
    end(first.id, "canceled", "canceled", settings)
    work(settings, paper, is_over("start"))
    assert again(enrolment).call_id not in (None, first.id)


def test_a_line_that_is_busy_for_too_long_refuses_the_call(settings: Settings) -> None:
    paper, account = Paper(), an_account()
    a_call(account, settings)
    enrolment = an_enrolment(a_connection(account, settings), paper)
    execute("UPDATE crm_enrolment SET created_at = now() - interval '11 minutes'")
    work(settings, paper, is_over("start"))
    assert again(enrolment).refusal["code"] == "call_active"


@given(st.sampled_from([*PASSING, "number_invalid", "do_not_call", "unheard_of"]), st.floats(0, 86400))
def test_the_longer_it_was_in_the_way_the_later_it_is_tried(settings: Settings, code: str, waited: float) -> None:
    found = passing(code, waited, settings)
    if code not in PASSING or (code == "call_active" and waited > settings.call_active_wait_seconds):
        assert found is None
        return
    assert found is not None
    first, longest = PASSING[code]
    assert first <= found.seconds <= longest
    later = passing(code, waited + 60, settings)
    assert later is None or later.seconds >= found.seconds


def of_a_deal(settings: Settings, number: str = "", **contact: str) -> tuple[Paper, CrmEnrolment]:
    """What a workflow's step on a deal asks for; the deal belongs to a contact."""
    paper = Paper()
    paper.people = {"7": {"contact": "8"}, "8": contact} if contact else {"7": {}}
    return paper, an_enrolment(a_connection(an_account(), settings), paper, number, object="deal")


def test_a_deals_step_without_a_number_calls_its_contact(settings: Settings) -> None:
    paper, enrolment = of_a_deal(settings, phone="(555) 123-4567", mobile="none", firstname="Robin")
    work(settings, paper, is_over("start"))
    assert (Call.get().to_number, Call.get().name) == ("+15551234567", "Robin")
    assert again(enrolment).person == "contact 8"


def test_a_deals_step_with_a_number_needs_no_contact(settings: Settings) -> None:
    paper, enrolment = of_a_deal(settings, "+15557654321", phone="(555) 123-4567")
    work(settings, paper, is_over("start"))
    assert (Call.get().to_number, paper.reads, again(enrolment).person) == ("+15557654321", [], None)


@pytest.mark.parametrize(
    ("contact", "code"), [({}, "number_missing"), ({"firstname": "Robin"}, "number_missing"),
                          ({"phone": "call me"}, "number_invalid")],
)  # fmt: skip
def test_a_deals_step_whose_contact_has_no_number_is_refused(
    settings: Settings, contact: dict[str, str], code: str
) -> None:
    paper, enrolment = of_a_deal(settings, **contact)
    work(settings, paper, is_over("start", "answer"))
    assert (again(enrolment).refusal["code"], Call.select().count(), len(paper.told)) == (code, 0, 1)


def test_a_crm_that_is_down_delays_the_call_of_a_deals_contact(settings: Settings) -> None:
    paper, _ = of_a_deal(settings, phone="(555) 123-4567")
    paper.fails = [Later("No answer in time.")] * 2
    work(settings, paper, is_over("start"))
    assert Call.get().to_number == "+15551234567"


def a_rule(connection: Any, **columns: Any) -> CrmRule:
    plain = {
        "account_id": connection.account_id, "connection_id": connection.id, "name": "Call them", "active": True,
        "object": "contact", "trigger": "created", "conditions": "[]", "number_properties": ["phone"],
        "instructions": "Ask {{contact.firstname}}.", "once_within_seconds": 0,
        "created_at": connection.created_at, "updated_at": connection.created_at,
    }  # fmt: skip
    made: CrmRule = CrmRule.create(**plain | columns)
    return made


def enrolled_by(rule: CrmRule, asked: str = "{}") -> None:
    execute(
        "WITH made AS (INSERT INTO crm_enrolment (id, account_id, connection_id, mode, source, dedup_key, rule_id,"
        " object, record_id, asked, deadline_at) VALUES (gen_random_uuid(), %s, %s, 'test', 'rule', 'k', %s, 'contact',"
        " '7', %s, now() + interval '1 day') RETURNING *)"
        " INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, due_at)"
        " SELECT account_id, connection_id, id, 'start', now() FROM made",
        (rule.account_id, rule.connection_id, rule.id, asked),
    )


def refusal() -> str:
    found = rows("SELECT refusal FROM crm_enrolment")[0]["refusal"]
    return str(found and found["code"])


def ruled(settings: Settings, account: Account | None = None) -> tuple[Paper, CrmRule]:
    paper = Paper()
    return paper, a_rule(a_connection(account or an_account(), settings))


def test_a_rules_record_is_read_and_its_words_filled(settings: Settings) -> None:
    paper, rule = ruled(settings)
    paper.people["7"] = {"phone": "555 123 4567", "firstname": "Robin"}
    enrolled_by(rule)
    work(settings, paper, is_over("start"))
    call = Call.get()
    assert (call.to_number, call.instructions) == ("+15551234567", "Ask ‹Robin›.")


def test_a_record_that_came_with_the_change_is_not_read(settings: Settings) -> None:
    paper, rule = ruled(settings)
    came = '{"phone": "+15551234567", "firstname": "Kim"}'
    enrolled_by(rule, f'{{"record": {{"object": "contact", "id": "7", "properties": {came}, "related": {{}}}}}}')
    work(settings, paper, is_over("start"))
    assert (Call.get().instructions, paper.reads) == ("Ask ‹Kim›.", [])


def test_a_record_that_is_gone_is_not_called(settings: Settings) -> None:
    paper, rule = ruled(settings)
    enrolled_by(rule)
    work(settings, paper, is_over("start"))
    assert (refusal(), Call.select().count()) == ("record_gone", 0)


def test_a_record_that_may_not_be_read_is_not_called(settings: Settings) -> None:
    paper, rule = ruled(settings)
    paper.fails = [Refused("Answered 403.", 403)]
    enrolled_by(rule)
    work(settings, paper, is_over("start"))
    assert refusal() == "crm_refused"


def test_a_crm_that_is_down_delays_the_call(settings: Settings) -> None:
    paper, rule = ruled(settings)
    paper.people["7"] = {"phone": "+15551234567", "firstname": "Robin"}
    paper.fails = [Later("Answered 503.", 503)] * 3
    enrolled_by(rule)
    work(settings, paper, is_over("start"))
    assert (Call.get().instructions, job_of("start").tries) == ("Ask ‹Robin›.", 3)


def test_a_crm_that_is_down_for_good_refuses_the_call(settings: Settings) -> None:
    paper, rule = ruled(settings)
    paper.fails = [Later("Answered 503.", 503)] * 20
    enrolled_by(rule)
    work(settings, paper, is_over("start"))
    assert refusal() == "crm_unreachable"


@pytest.mark.parametrize(
    ("change", "code"),
    [("DELETE FROM crm_rule", "rule_gone"), ("UPDATE crm_rule SET active = false", "rule_off")],
)
def test_a_rule_that_is_gone_or_off_by_then_calls_nobody(settings: Settings, change: str, code: str) -> None:
    paper, rule = ruled(settings)
    enrolled_by(rule)
    execute(change)
    work(settings, paper, is_over("start"))
    assert (refusal(), job_of("start").status) == (code, "skipped")
