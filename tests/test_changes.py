"""What is told to those who look, and when."""

from uuid import uuid4

import pytest

from app.accounts import sessions
from app.calls.lifecycle import move
from app.changes import announce, told
from app.config import Settings
from app.db import db, execute
from app.models.account import Account
from app.models.call import Call
from app.models.webhook import Webhook
from app.voice.turns import TurnWriter, Written
from app.webhooks import deliveries
from app.webhooks.replaying import replay
from app.webhooks.samples import send_sample
from tests.making import a_call, an_account
from tests.news import News
from tests.webhooks.support import FAILED, a_webhook, an_event, attempt, delivery

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def news(redis_url: str) -> News:
    return News(redis_url)


@pytest.fixture
def account() -> Account:
    return an_account()


@pytest.fixture
def call(account: Account, settings: Settings) -> Call:
    return a_call(account, settings)


@pytest.fixture
def failed(account: Account, settings: Settings) -> Webhook:
    """A webhook with a delivery that has failed."""
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    attempt(settings, FAILED)
    execute("UPDATE delivery SET status = 'failed', due_at = NULL")
    return webhook


def test_what_is_committed_is_told(news: News) -> None:
    account_id = uuid4()
    with db.atomic():
        announce(account_id, "calls")
        assert news.of(account_id) == set()
    assert news.of(account_id) == {"calls"}


def test_what_is_rolled_back_is_not_told(news: News) -> None:
    account_id = uuid4()
    with db.atomic() as transaction:
        announce(account_id, "calls")
        transaction.rollback()
    assert news.of(account_id) == set()


def test_an_accepted_call_is_told(news: News, account: Account, settings: Settings) -> None:
    a_call(account, settings)
    assert news.of(account.id) == {"calls"}


def test_a_status_that_moves_is_told(news: News, call: Call) -> None:
    news.begin()
    move(call.id, "ringing", "carrier")
    assert news.of(call.account_id) == {"calls", f"call:{call.id}"}


def test_a_status_that_may_not_follow_is_not_told(news: News, call: Call) -> None:
    news.begin()
    move(call.id, "scheduled", "carrier")
    assert news.of(call.account_id) == set()


@pytest.mark.parametrize("text", ["Hello!", None])
def test_a_turn_that_is_written_or_taken_back_is_told(news: News, call: Call, text: str | None) -> None:
    execute("INSERT INTO turn (call_id, position, role, text) VALUES (%s, 0, 'agent', 'Hi')", (call.id,))
    news.begin()
    writer = TurnWriter()
    writer.put(Written(call.id, 0, "agent", text))
    writer.close(call.id, 5)
    assert news.of(call.account_id) == {f"call:{call.id}"}


def test_an_attempt_is_told(news: News, account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    news.begin()
    attempt(settings, FAILED)
    assert news.of(account.id) == {f"webhook:{webhook.id}", f"delivery:{delivery().id}"}


def test_a_retry_is_told(news: News, failed: Webhook) -> None:
    news.begin()
    deliveries.retry(failed.account_id, "test", delivery().id)
    assert news.of(failed.account_id) == {f"webhook:{failed.id}", f"delivery:{delivery().id}"}


def test_a_replay_is_told(news: News, failed: Webhook, settings: Settings) -> None:
    news.begin()
    replay(failed.account_id, "test", failed.id, settings, since=failed.created_at)
    assert news.of(failed.account_id) == {f"webhook:{failed.id}"}


def test_a_sample_is_told(news: News, account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    news.begin()
    send_sample(account.id, "test", webhook.id, "call.completed")
    assert news.of(account.id) == {f"webhook:{webhook.id}"}


def test_the_end_of_a_session_is_told(news: News, account: Account, settings: Settings) -> None:
    owner_id = uuid4()
    execute("INSERT INTO owner VALUES (%s, %s, 'jane@example.com', '')", (owner_id, account.id))
    for _ in range(2):
        sessions.begin(owner_id, address="192.0.2.1", user_agent="Firefox", settings=settings)
    first, second = sessions.of_owner(owner_id)
    sessions.end(owner_id, first.id)
    assert news.of(account.id) == {f"session:{first.id}"}
    sessions.end_all(owner_id)
    assert news.of(account.id) == {f"session:{first.id}", f"session:{second.id}"}


def test_what_others_publish_on_our_channel_deafens_nobody() -> None:
    assert told(b"\xff\xfe calls") == [("\ufffd\ufffd", "calls")]
