"""What attempts do to deliveries and webhooks, with a real database."""

from dataclasses import replace

import pytest

from app.config import Settings
from app.db import execute, rows
from app.models.account import Account
from app.models.webhook import Attempt, Webhook
from app.times import today
from app.webhooks import endpoints, statistics
from app.webhooks.claiming import Claimed
from app.webhooks.endpoints import Wanted
from app.webhooks.guard import Reach
from app.webhooks.outcome import Phases
from app.webhooks.recorder import Recorder
from app.webhooks.recording import Attempted, record
from app.webhooks.resolving import Resolver
from app.webhooks.wire import Wire
from tests.making import an_account
from tests.webhooks.support import (
    FAILED,
    GONE,
    OK,
    OURS,
    a_webhook,
    an_event,
    attempt,
    claim,
    delivery,
    ended_now,
    statuses,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def literal(settings: Settings) -> Settings:
    """The API document to the letter: ten failures in a row disable, however fast they come."""
    return replace(settings, webhook_disable_span_seconds=0, webhook_retry_scale=0.0)


@pytest.fixture
def account() -> Account:
    return an_account()


@pytest.fixture
def webhook(account: Account, literal: Settings) -> Webhook:
    made = a_webhook(account, literal)
    an_event(account, literal)
    return made


def fresh(webhook: Webhook) -> Webhook:
    found: Webhook = Webhook.get_by_id(webhook.id)
    return found


def test_a_result_whose_claim_was_lost_is_not_written(literal: Settings, webhook: Webhook) -> None:
    [claimed] = claim(literal)
    execute("UPDATE delivery SET claim_token = gen_random_uuid()")
    assert record([Attempted(claimed, FAILED)], literal) == 0
    assert (delivery().attempts, fresh(webhook).failures, rows("SELECT 1 FROM attempt")) == (0, 0, [])


def test_an_attempt_is_logged_with_its_phases_and_address(literal: Settings, webhook: Webhook) -> None:
    attempt(literal, replace(OK, phases=Phases(2, 10, 30, 80), address="203.0.113.7", answer="fine", duration_ms=95))
    logged = Attempt.select().get()
    assert (logged.number, logged.status_code, logged.error) == (1, 204, None)
    assert (logged.dns_ms, logged.connect_ms, logged.tls_ms, logged.first_byte_ms) == (2, 10, 30, 80)
    assert (logged.address, logged.answer, logged.duration_ms) == ("203.0.113.7", "fine", 95)


def test_ten_failures_in_a_row_that_span_an_hour_disable(settings: Settings, webhook: Webhook) -> None:
    attempt(settings, *[FAILED] * 9)
    execute("UPDATE webhook SET failing_since = now() - interval '61 minutes'")
    assert fresh(webhook).active
    attempt(settings, FAILED)
    assert not fresh(webhook).active
    assert "10 attempts in a row failed" in fresh(webhook).disabled_reason
    assert delivery().status == "skipped"


def test_ten_failures_within_one_blip_do_not_disable(settings: Settings, webhook: Webhook) -> None:
    attempt(settings, *[FAILED] * 10)
    assert fresh(webhook).active


def test_failures_of_several_deliveries_in_one_batch_count_together(account: Account, literal: Settings) -> None:
    webhook = a_webhook(account, literal)
    for _ in range(10):
        an_event(account, literal)
    assert record([Attempted(claimed, ended_now(FAILED)) for claimed in claim(literal)], literal) == 10
    assert not fresh(webhook).active
    assert set(statuses(webhook)) == {"skipped"}


def test_a_success_ends_the_row_of_failures(literal: Settings, account: Account, webhook: Webhook) -> None:
    attempt(literal, *[FAILED] * 9)
    attempt(literal, OK)
    assert (fresh(webhook).active, fresh(webhook).failures, fresh(webhook).failing_since) == (True, 0, None)


def test_failures_on_our_side_never_count_and_use_up_no_retry(literal: Settings, webhook: Webhook) -> None:
    attempt(literal, *[OURS] * 12)
    assert (fresh(webhook).failures, delivery().failures, delivery().faults, delivery().attempts) == (0, 0, 12, 12)
    assert delivery().status == "pending"


def test_a_410_that_the_first_retry_repeats_disables_at_once(settings: Settings, webhook: Webhook) -> None:
    attempt(settings, GONE)
    assert fresh(webhook).active
    attempt(settings, GONE)
    assert "410" in fresh(webhook).disabled_reason


def test_a_410_after_another_failure_is_a_failure_like_any(settings: Settings, webhook: Webhook) -> None:
    attempt(settings, FAILED, GONE, GONE)
    assert fresh(webhook).active


def test_what_is_in_flight_when_a_webhook_is_paused_is_written_down_and_set_aside(
    literal: Settings, account: Account, webhook: Webhook
) -> None:
    [claimed] = claim(literal)
    endpoints.update(account.id, "test", webhook.id, Wanted(), literal, active=False)
    assert delivery().status == "pending"
    record([Attempted(claimed, FAILED)], literal)
    assert (delivery().status, delivery().attempts) == ("skipped", 1)


def test_the_accounts_other_webhooks_hear_that_one_fails_and_is_disabled(account: Account, literal: Settings) -> None:
    told = a_webhook(account, literal, events=["webhook.failing", "webhook.disabled"])
    sick = a_webhook(account, literal, events=["call.completed", "webhook.failing", "webhook.disabled"])
    an_event(account, literal)
    attempt_of = [claimed for claimed in claim(literal) if claimed.webhook_id == str(sick.id)]
    for _ in range(10):
        record([Attempted(attempt_of[0], ended_now(FAILED))], literal)
        execute("UPDATE delivery SET due_at = now(), lane = 0 WHERE status = 'pending' AND webhook_id = %s", (sick.id,))
        attempt_of = [claimed for claimed in claim(literal) if claimed.webhook_id == str(sick.id)] or attempt_of
    events = rows(
        "SELECT e.type, e.data::jsonb ->> 'id' AS about, d.webhook_id FROM event e JOIN delivery d ON d.event_id = e.id"
        " WHERE e.type LIKE 'webhook.%%' ORDER BY e.created_at"
    )
    assert [(found["type"], found["about"], found["webhook_id"]) for found in events] == [
        ("webhook.failing", str(sick.id), told.id),
        ("webhook.disabled", str(sick.id), told.id),
    ]


def test_an_attempt_that_cannot_be_stored_keeps_no_other_from_being_written(
    account: Account, literal: Settings
) -> None:
    a_webhook(account, literal)
    for _ in range(3):
        an_event(account, literal)
    wire: Wire[Claimed] = Wire(Reach(), Resolver(), slots=1, timeout_seconds=1)
    recorder = Recorder(wire, literal, lambda: None)
    texts = ["fine", "half \ud800", "fine"]
    recorder.put([Attempted(one, replace(OK, answer=text)) for one, text in zip(claim(literal), texts, strict=True)])
    recorder.close(10)
    wire.close()
    answers = [row["answer"] for row in rows("SELECT answer FROM attempt ORDER BY answer")]
    assert answers == ["fine", "fine", None]


def test_statistics_count_attempts_and_how_long_they_took(literal: Settings, webhook: Webhook) -> None:
    attempt(literal, replace(FAILED, duration_ms=700), replace(FAILED, duration_ms=30), replace(OK, duration_ms=40))
    assert statistics.of_webhook(webhook.id) == {
        "hours": 24, "succeeded": 1, "failed": 2, "p50Ms": 50, "p95Ms": 1000
    }  # fmt: skip


def test_a_webhook_without_attempts_has_no_latencies(account: Account, settings: Settings) -> None:
    found = statistics.of_webhook(a_webhook(account, settings).id)
    assert (found["succeeded"], found["failed"], found["p50Ms"], found["p95Ms"]) == (0, 0, None, None)


def test_attempts_of_all_of_an_accounts_webhooks_are_counted_by_the_day(
    account: Account, literal: Settings, webhook: Webhook
) -> None:
    other = a_webhook(account, literal)
    an_event(account, literal)
    record([Attempted(one, OK if one.webhook_id == str(other.id) else FAILED) for one in claim(literal)], literal)
    assert of_today(account) == (1, 2)


def test_what_a_deleted_webhook_was_sent_stays_counted(account: Account, literal: Settings, webhook: Webhook) -> None:
    attempt(literal, OK)
    endpoints.delete(account.id, "test", webhook.id)
    assert of_today(account) == (1, 0)


def of_today(account: Account) -> tuple[int, int]:
    """How many attempts succeeded and failed."""
    [(_, succeeded, failed)] = statistics.by_day(account.id, "test", last=today().date(), days=1)
    return succeeded, failed
