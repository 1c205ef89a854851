import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from app.calls.conversation import close_relay, open_relay
from app.calls.erasing import erase, forget_old_answers, forget_old_calls
from app.calls.finishing import NO_SUMMARY, TRIES, Finisher
from app.calls.hanging_up import ask_hangup
from app.calls.ports import ModelFailed, Spoken
from app.calls.progress import CarrierReport, report
from app.calls.reading import get, page
from app.config import Settings
from app.db import db, execute, rows
from app.errors import Conflict, InvalidRequest, NotFound
from app.models.account import Account
from app.models.call import Call
from app.times import now
from app.vault import Vault
from tests.hub import wait_until
from tests.making import LIVE, a_call, an_account, dialled, ends_of, events_of, fresh, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


class ScriptedModel:
    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str | None, list[Spoken]]] = []

    def summarize(self, instructions: str, callee: str | None, turns: list[Spoken]) -> str:
        self.asked.append((instructions, callee, turns))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def spoken_call(settings: Settings, account: Account | None = None, mode: str = "test", seconds: int = 45) -> Call:
    """A call that was answered, talked and has ended."""
    call = dialled(a_call(account or an_account(), settings, mode=mode, name="Joe"))  # type: ignore[arg-type]
    sid = str(call.carrier_sid)
    open_relay(call.id, mode, sid)  # type: ignore[arg-type]
    for position, (role, text) in enumerate((("agent", "Are you open?"), ("human", "Until six."))):
        execute("INSERT INTO turn VALUES (%s, %s, %s, %s)", (call.id, position, role, text))
    close_relay(call.id)
    report(call.id, CarrierReport(sid, "completed", 3, duration=seconds), settings)
    return call


def finish(model: ScriptedModel, settings: Settings, so: Callable[[], bool]) -> None:
    finisher = Finisher({"test": model, "live": model}, settings)
    deadline = time.monotonic() + 5
    while not so():
        assert time.monotonic() < deadline, "it never came about"
        finisher.step()
        execute("UPDATE call SET finish_due_at = now() WHERE finish_due_at > now()")
        time.sleep(0.01)
    finisher.close()


def test_a_call_ends_with_its_summary_cost_and_one_event(settings: Settings) -> None:
    call, model = spoken_call(settings), ScriptedModel("Open until six.")
    finish(model, settings, lambda: fresh(call).summary is not None)
    call = fresh(call)
    assert (call.status, call.summary, call.cost, call.duration) == ("completed", "Open until six.", 42, 45)
    assert ends_of(call.id) == 1
    assert model.asked == [
        ("Ask for the opening hours.", "Joe", [Spoken("agent", "Are you open?"), Spoken("human", "Until six.")])
    ]


def test_the_call_stays_open_to_the_outside_until_all_of_it_is_final(settings: Settings) -> None:
    call = spoken_call(settings)
    assert fresh(call).status == "in-progress"
    assert ends_of(call.id) == 0


def test_a_live_call_is_charged_and_its_hold_released(settings: Settings) -> None:
    live, account = replace(settings, **LIVE), an_account()
    call = spoken_call(live, account, "live")
    finish(ScriptedModel("Fine."), live, lambda: fresh(call).summary is not None)
    account = Account.get_by_id(account.id)
    assert (account.balance, account.held, fresh(call).cost) == (458, 0, 42)
    assert ledger_agrees(account.id)


def test_a_test_call_is_priced_and_charged_to_nobody(settings: Settings) -> None:
    account = an_account()
    call = spoken_call(settings, account)
    finish(ScriptedModel("Fine."), settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).cost, Account.get_by_id(account.id).balance) == (42, 500)


def test_a_model_that_fails_is_asked_again(settings: Settings) -> None:
    call, model = spoken_call(settings), ScriptedModel(ModelFailed("away"), "Fine.")
    finish(model, settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).summary, len(model.asked)) == ("Fine.", 2)


def test_a_model_that_keeps_failing_does_not_keep_the_call_open(settings: Settings) -> None:
    call, model = spoken_call(settings), ScriptedModel(ModelFailed("away"))
    finish(model, settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).summary, fresh(call).status) == (NO_SUMMARY, "completed")


def test_a_summary_that_fails_on_a_bug_is_not_made_for_ever(settings: Settings) -> None:
    call, model = spoken_call(settings), ScriptedModel(AttributeError("a bug"))
    eager = replace(settings, lease_seconds=0.01)
    finish(model, eager, lambda: fresh(call).summary is not None)
    assert (fresh(call).summary, fresh(call).status) == (NO_SUMMARY, "completed")
    assert len(model.asked) == TRIES


def test_a_worker_that_dies_of_a_call_again_and_again_does_not_keep_it_open(settings: Settings) -> None:
    call, model = spoken_call(settings), ScriptedModel("Too late.")
    execute("UPDATE call SET finish_tries = %s WHERE id = %s", (TRIES, call.id))
    finish(model, settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).summary, model.asked) == (NO_SUMMARY, [])


def greeted_call(settings: Settings) -> Call:
    """A call on which the agent has greeted and nobody has answered yet; its relay is open."""
    call = dialled(a_call(an_account(), settings))
    open_relay(call.id, "test", str(call.carrier_sid))
    execute("INSERT INTO turn VALUES (%s, 0, 'agent', 'Are you open?')", (call.id,))
    return call


def test_the_summary_of_a_call_that_only_the_agent_spoke_on_is_true(settings: Settings) -> None:
    call = greeted_call(settings)
    close_relay(call.id)
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=5), settings)
    finish(ScriptedModel("Never."), settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).summary, fresh(call).end_reason) == ("The callee said nothing.", "callee_hangup")


def test_a_call_whose_voice_process_died_was_not_hung_up_by_the_callee(settings: Settings) -> None:
    call = greeted_call(settings)
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", duration=5), settings)
    finish(ScriptedModel("Never."), settings, lambda: fresh(call).summary is not None)
    call = fresh(call)
    assert (call.status, call.end_reason) == ("failed", "relay_failed")
    assert call.summary == "The call failed: the line was lost before the callee said anything."


def test_a_goodbye_that_the_voice_process_did_not_survive_is_still_the_agents(settings: Settings) -> None:
    call = greeted_call(settings)
    ask_hangup(call.id, "silence")
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", duration=25), settings)
    finish(ScriptedModel("Never."), settings, lambda: fresh(call).summary is not None)
    assert (fresh(call).status, fresh(call).end_reason) == ("completed", "silence")


def test_two_workers_finish_a_call_once(settings: Settings) -> None:
    call = spoken_call(settings)
    eager = replace(settings, lease_seconds=-1)  # every claim is lost at once
    finish(ScriptedModel("First.", "Second."), eager, lambda: fresh(call).summary is not None)
    finish(ScriptedModel("Third."), eager, lambda: True)
    assert ends_of(call.id) == 1


def test_a_webhook_that_wants_the_event_gets_a_delivery_of_its_mode(settings: Settings) -> None:
    account = an_account()
    for mode, active in (("test", True), ("live", True), ("all", True), ("test", False)):
        execute(
            "INSERT INTO webhook (id, account_id, url, events, mode, secret, active)"
            " VALUES (%s, %s, 'https://example.com', %s, %s, '', %s)",
            (uuid4(), account.id, ["call.completed"], mode, active),
        )
    call = spoken_call(settings, account)
    finish(ScriptedModel("Fine."), settings, lambda: fresh(call).summary is not None)
    made = rows("SELECT d.status, w.mode FROM delivery d JOIN webhook w ON w.id = d.webhook_id ORDER BY 1, 2")
    assert [(row["status"], row["mode"]) for row in made] == [
        ("pending", "all"), ("pending", "test"), ("skipped", "test")
    ]  # fmt: skip


def ended(settings: Settings, account: Account, to: str = "+15551234567") -> Call:
    call = dialled(a_call(account, settings, to))
    report(call.id, CarrierReport(str(call.carrier_sid), "busy", 2), settings)
    return call


def test_erasing_a_number_takes_its_calls_with_turns_and_events_and_leaves_the_rest(settings: Settings) -> None:
    account = an_account()
    gone, kept = ended(settings, account), ended(settings, account, "+15557654321")
    other = ended(settings, an_account())
    execute(
        "INSERT INTO idempotency_key (account_id, mode, key, request_hash, status, answer, call_id)"
        " VALUES (%s, 'test', 'k', '', 201, '', %s)",
        (account.id, gone.id),
    )
    assert erase(account.id, "+15551234567", Vault(settings.encryption_keys)) == 1
    assert {call.id for call in Call.select()} == {kept.id, other.id}
    assert events_of(gone.id) == []
    assert rows("SELECT 1 FROM idempotency_key") == []


def test_erasing_waits_for_a_call_that_somebody_is_at_work_on(settings: Settings) -> None:
    account = an_account()
    busy = ended(settings, account)

    def wipe() -> int:
        with db.connection_context():
            return erase(account.id, "+15551234567", Vault(settings.encryption_keys))

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            rows("SELECT 1 FROM call WHERE id = %s FOR UPDATE", (busy.id,))
            erased = pool.submit(wipe)
            wait_until(lambda: erased.done() or rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
        assert erased.result() == 1
    assert Call.select().count() == 0


def test_forgetting_by_age_leaves_a_call_that_somebody_is_at_work_on_for_the_next_time(settings: Settings) -> None:
    busy = ended(settings, an_account())
    execute("UPDATE call SET ended_at = now() - interval '31 days' WHERE id = %s", (busy.id,))

    def forget() -> int:
        with db.connection_context():
            return forget_old_calls(30, Vault(settings.encryption_keys))

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            rows("SELECT 1 FROM call WHERE id = %s FOR UPDATE", (busy.id,))
            assert pool.submit(forget).result() == 0
        assert pool.submit(forget).result() == 1


def test_a_number_that_is_being_called_is_not_erased(settings: Settings) -> None:
    account = an_account()
    a_call(account, settings)
    with pytest.raises(Conflict):
        erase(account.id, "+15551234567", Vault(settings.encryption_keys))


def test_old_calls_are_forgotten_where_a_retention_is_set(settings: Settings) -> None:
    old, young = ended(settings, an_account()), ended(settings, an_account())
    execute("UPDATE call SET ended_at = now() - interval '31 days' WHERE id = %s", (old.id,))
    assert forget_old_calls(0, Vault(settings.encryption_keys)) == 0
    assert forget_old_calls(30, Vault(settings.encryption_keys)) == 1
    assert [call.id for call in Call.select()] == [young.id]


def test_stored_answers_are_forgotten_after_seven_days() -> None:
    account = an_account()
    for key, age in (("old", timedelta(days=8)), ("young", timedelta(days=6))):
        execute(
            "INSERT INTO idempotency_key (account_id, mode, key, request_hash, status, answer, created_at)"
            " VALUES (%s, 'test', %s, '', 201, '', %s)",
            (account.id, key, now() - age),
        )
    assert forget_old_answers() == 1
    assert [row["key"] for row in rows("SELECT key FROM idempotency_key")] == ["young"]


def test_a_list_runs_from_the_newest_and_pages_without_gaps(settings: Settings) -> None:
    account = an_account()
    made = [a_call(account, settings, f"+155530000{number:02d}").id for number in range(7)]
    seen, cursor = [], None
    for _ in range(4):
        found, cursor = page(account.id, "test", limit=2, cursor=cursor)
        seen += [call.id for call in found]
    assert seen == made[::-1]
    assert cursor is None


def test_a_cursor_of_nobody_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidRequest):
        page(an_account().id, "test", limit=2, cursor="nonsense")


def test_a_call_is_found_by_its_account_and_mode_only(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert get(call.account_id, "test", call.id).id == call.id
    for account_id, mode in ((an_account().id, "test"), (call.account_id, "live")):
        with pytest.raises(NotFound):
            get(account_id, mode, call.id)  # type: ignore[arg-type]


def test_nothing_is_settled_when_its_transaction_fails(settings: Settings) -> None:
    call = dialled(a_call(an_account(), settings))
    with db.atomic() as transaction:
        report(call.id, CarrierReport(str(call.carrier_sid), "busy", 2), settings)
        transaction.rollback()
    assert (fresh(call).outcome, ends_of(call.id)) == (None, 0)
