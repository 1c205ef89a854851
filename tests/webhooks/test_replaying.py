from datetime import timedelta

import pytest

from app.config import Settings
from app.db import execute, rows
from app.errors import Conflict, InvalidRequest, NotFound
from app.models.account import Account
from app.models.webhook import Webhook
from app.times import now
from app.webhooks import claiming, endpoints
from app.webhooks.endpoints import Wanted
from app.webhooks.replaying import replay
from tests.making import an_account
from tests.webhooks.support import FAILED, a_webhook, an_event, attempt, claim, delivery, statuses

pytestmark = pytest.mark.usefixtures("database")
HOUR = timedelta(hours=1)


@pytest.fixture
def account() -> Account:
    return an_account()


@pytest.fixture
def webhook(account: Account, settings: Settings) -> Webhook:
    return a_webhook(account, settings)


def failed(webhook: Webhook) -> None:
    execute("UPDATE delivery SET status = 'failed', due_at = NULL, attempts = 11, failures = 11, lane = 1")


def replayed(webhook: Webhook, settings: Settings, **options: object) -> tuple[int, bool]:
    since = options.pop("since", now() - HOUR)
    return replay(webhook.account_id, "test", webhook.id, settings, since=since, **options)  # type: ignore[arg-type]


def test_what_failed_is_sent_again_under_its_id_with_all_its_retries(
    account: Account, webhook: Webhook, settings: Settings
) -> None:
    an_event(account, settings)
    failed(webhook)
    before = delivery().id
    assert replayed(webhook, settings) == (1, False)
    assert (delivery().id, delivery().status, delivery().failures, delivery().attempts) == (before, "pending", 0, 11)


def test_replays_wait_behind_everything_fresh(account: Account, webhook: Webhook, settings: Settings) -> None:
    an_event(account, settings)
    failed(webhook)
    replayed(webhook, settings)
    assert claim(settings, lane=claiming.FIRST_TRIES) == claim(settings, lane=claiming.RETRIES) == []
    assert len(claim(settings, lane=claiming.REPLAYS)) == 1


def test_a_failed_replay_stays_behind(account: Account, webhook: Webhook, settings: Settings) -> None:
    an_event(account, settings)
    failed(webhook)
    replayed(webhook, settings)
    execute("UPDATE delivery SET lane = 2")
    [claimed] = claim(settings, lane=claiming.REPLAYS)
    assert claimed.attempts == 11


def test_events_that_were_never_meant_for_it_are_sent_when_it_wants_such_now(
    account: Account, webhook: Webhook, settings: Settings
) -> None:
    an_event(account, settings, "call.started", status="in-progress")
    an_event(account, settings, "call.canceled", status="canceled")
    endpoints.update(account.id, "test", webhook.id, Wanted(events=["call.started"]), settings)
    assert replayed(webhook, settings, which=["missing"]) == (1, False)
    assert replayed(webhook, settings, which=["missing"]) == (0, False)


def test_missing_events_pass_the_filters(account: Account, settings: Settings) -> None:
    an_event(account, settings, status="busy")
    an_event(account, settings, status="completed")
    webhook = a_webhook(account, settings, filters={"status": ["busy"]})
    assert replayed(webhook, settings) == (1, False)


def test_what_arrived_or_is_pending_is_left_alone(account: Account, webhook: Webhook, settings: Settings) -> None:
    an_event(account, settings)
    an_event(account, settings)
    execute("UPDATE delivery SET status = 'succeeded' WHERE id = (SELECT id FROM delivery LIMIT 1)")
    assert replayed(webhook, settings) == (0, False)
    assert sorted(statuses(webhook)) == ["pending", "succeeded"]


def test_only_what_lies_in_the_span_and_is_asked_for_is_sent(
    account: Account, webhook: Webhook, settings: Settings
) -> None:
    for age in (5, 50):
        an_event(account, settings)
        execute(
            "UPDATE delivery SET status = 'failed', created_at = now() - %s * interval '1 minute'"
            " WHERE status = 'pending'",
            (age,),
        )
    assert replayed(webhook, settings, which=["skipped"]) == (0, False)
    assert replayed(webhook, settings, since=now() - HOUR, until=now() - HOUR / 2) == (1, False)


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(HOUR, None, "since"), (-HOUR, -2 * HOUR, "until"), (timedelta(days=-40), None, "since")],
    ids=["in the future", "backwards", "before what is kept"],
)
def test_a_span_that_cannot_be_is_refused_and_nothing_changes(
    account: Account, webhook: Webhook, settings: Settings, since: timedelta, until: timedelta | None, field: str
) -> None:
    an_event(account, settings)
    failed(webhook)
    with pytest.raises(InvalidRequest) as refused:
        replayed(webhook, settings, since=now() + since, until=None if until is None else now() + until)
    assert (refused.value.field, statuses(webhook)) == (field, ["failed"])


def test_a_disabled_webhook_is_not_replayed(account: Account, webhook: Webhook, settings: Settings) -> None:
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    with pytest.raises(Conflict) as refused:
        replayed(webhook, settings)
    assert refused.value.code == "webhook_disabled"


def test_another_accounts_webhook_is_not_replayed(webhook: Webhook, settings: Settings) -> None:
    with pytest.raises(NotFound):
        replay(an_account().id, "test", webhook.id, settings, since=now() - HOUR)


def test_attempts_go_on_being_numbered(account: Account, webhook: Webhook, settings: Settings) -> None:
    an_event(account, settings)
    attempt(settings, FAILED)
    execute("UPDATE delivery SET status = 'failed'")
    replayed(webhook, settings)
    attempt(settings, FAILED)
    assert [row["number"] for row in rows("SELECT number FROM attempt ORDER BY number")] == [1, 2]
