"""A call's own callback: told once, signed with the account's secret, its URL sealed."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook as Verifier

from app.calls import ending
from app.calls.telling import tell_deadlines
from app.config import Settings
from app.db import execute, rows
from app.models.account import Account
from app.models.call import Call
from app.times import now
from app.vault import Vault
from app.webhooks.callbacks import Callback, attach
from app.webhooks.rotating import rotate_callback_secret
from tests.hub import wait_until
from tests.making import a_call, an_account
from tests.receiving import Receiver
from tests.webhooks.support import delivery, sending, settled

pytestmark = pytest.mark.usefixtures("database")
QUERY = "?signature=a%2Fb+c&&x=%20"


@pytest.fixture
def account() -> Account:
    return an_account()


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


def called_back(account: Account, settings: Settings, url: str, deadline_seconds: int | None = None) -> Call:
    call = a_call(account, settings)
    deadline = now() + timedelta(seconds=deadline_seconds) if deadline_seconds is not None else None
    attach(account.id, "test", Callback(url, deadline), Vault(settings.encryption_keys), call_id=call.id)
    return call


def test_a_calls_end_reaches_its_callback_with_its_query_to_the_byte(
    account: Account, settings: Settings, vault: Vault, receiver: Receiver
) -> None:
    secret = rotate_callback_secret(account.id, "test", vault)
    call = called_back(account, settings, receiver.url + QUERY)
    ending.end(call.id, "no-answer", "no_answer", settings)
    with sending(settings):
        wait_until(settled("succeeded"))
    got = receiver.next()
    assert got.path == "/webhook" + QUERY
    assert (got.event["event"], got.event["call"]["id"]) == ("call.completed", str(call.id))
    assert Verifier(secret).verify(got.body, dict(got.headers))


def test_a_secret_is_made_with_the_first_callback_and_stays(account: Account, settings: Settings) -> None:
    called_back(account, settings, "https://example.com/a")
    [first] = rows("SELECT test_callback_secret FROM account")
    other = a_call(account, settings, "+15552220000")
    attach(account.id, "test", Callback("https://example.com/b"), Vault(settings.encryption_keys), call_id=other.id)
    assert rows("SELECT test_callback_secret FROM account") == [first]


def test_its_url_is_sealed(account: Account, settings: Settings, vault: Vault) -> None:
    called_back(account, settings, "https://example.com/resume?token=secret")
    [kept] = rows("SELECT url FROM callback")
    assert b"secret" not in bytes(kept["url"])
    assert vault.open(kept["url"]) == b"https://example.com/resume?token=secret"


def test_a_call_that_has_not_ended_by_its_deadline_is_told_and_nothing_follows(
    account: Account, settings: Settings
) -> None:
    call = called_back(account, settings, "https://example.com/x", deadline_seconds=0)
    assert (tell_deadlines(), tell_deadlines()) == (1, 0)
    ending.end(call.id, "no-answer", "no_answer", settings)
    told = rows("SELECT type, data::jsonb ->> 'status' AS status FROM event JOIN delivery d ON d.event_id = event.id")
    assert told == [{"type": "call.deadline", "status": "initiated"}]


def test_a_call_that_ends_in_time_is_told_once(account: Account, settings: Settings) -> None:
    call = called_back(account, settings, "https://example.com/x", deadline_seconds=60)
    ending.end(call.id, "no-answer", "no_answer", settings)
    execute("UPDATE callback SET deadline_at = now()")
    assert tell_deadlines() == 0
    assert rows("SELECT type FROM event JOIN delivery d ON d.event_id = event.id") == [{"type": "call.completed"}]


def test_a_canceled_call_tells_its_callback_of_its_end_alone(account: Account, settings: Settings) -> None:
    call = called_back(account, settings, "https://example.com/x")
    ending.end(call.id, "canceled", "canceled", settings)
    assert rows("SELECT type FROM event JOIN delivery d ON d.event_id = event.id") == [{"type": "call.completed"}]


def test_a_callback_that_is_gone_is_not_tried_again(account: Account, settings: Settings) -> None:
    with Receiver(lambda _: 404) as receiver:
        call = called_back(account, settings, receiver.url)
        ending.end(call.id, "no-answer", "no_answer", settings)
        with sending(settings):
            wait_until(settled("failed"))
    assert (len(receiver.received), delivery().attempts) == (1, 1)


def test_an_erased_call_takes_its_callback_along(account: Account, settings: Settings) -> None:
    call = called_back(account, settings, "https://example.com/x")
    ending.end(call.id, "no-answer", "no_answer", settings)
    execute("DELETE FROM call WHERE id = %s", (call.id,))
    assert rows("SELECT 1 FROM callback") == rows("SELECT 1 FROM delivery") == []
