"""GET /events in its order: nobody who follows the cursor misses one."""

import threading
from uuid import UUID

import pytest

from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.account import Account
from app.webhooks import feed
from app.webhooks.events import record
from tests.making import an_account
from tests.webhooks.support import an_event

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def account() -> Account:
    return an_account()


def calls(account: Account, after: str | None = None, limit: int = 100) -> tuple[list[str], str | None]:
    found, cursor, _ = feed.page(account.id, "test", after=after, limit=limit, event_type=None)
    return [str(event.call_id) for event in found], cursor


def test_events_come_oldest_first_and_the_cursor_goes_on_from_there(account: Account, settings: Settings) -> None:
    made = [str(an_event(account, settings)) for _ in range(5)]
    first, cursor = calls(account, limit=2)
    rest, end = calls(account, cursor)
    assert first + rest == made
    assert calls(account, end) == ([], end)
    later = str(an_event(account, settings))
    assert calls(account, end)[0] == [later]


def test_an_event_that_is_committed_late_is_not_missed(account: Account, settings: Settings) -> None:
    """One takes its time first and commits last: until then a reader is shown nothing behind it."""
    recorded, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.connection_context(), db.atomic():
            record("balance.low", account.id, "test", {"slow": True})
            recorded.set()
            go_on.wait(10)

    first = an_event(account, settings)
    late = threading.Thread(target=slow)
    late.start()
    assert recorded.wait(10)
    second = an_event(account, settings)
    shown, cursor = calls(account)
    assert shown == [str(first)]
    go_on.set()
    late.join()
    assert calls(account, cursor)[0] == ["None", str(second)]


def test_a_reader_holds_up_nobody_who_records(account: Account, settings: Settings) -> None:
    with db.atomic():
        calls(account)
        other = threading.Thread(target=_record_one, args=(account,))
        other.start()
        other.join(10)
        assert not other.is_alive()


def _record_one(account: Account) -> None:
    with db.connection_context():
        record("balance.low", account.id, "test", {})


def test_the_feed_can_be_narrowed_to_one_kind(account: Account, settings: Settings) -> None:
    an_event(account, settings, "call.started")
    an_event(account, settings)
    found, _, _ = feed.page(account.id, "test", after=None, limit=10, event_type="call.started")
    assert [event.type for event in found] == ["call.started"]


def test_a_key_sees_the_events_of_its_account_and_mode_alone(account: Account, settings: Settings) -> None:
    an_event(account, settings)
    assert feed.page(account.id, "live", after=None, limit=10, event_type=None)[0] == []
    assert feed.page(an_account().id, "test", after=None, limit=10, event_type=None)[0] == []


@pytest.mark.parametrize("cursor", ["x", "", "cA==", "cC0x", "\u00e9", "cDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_is_none_is_refused(account: Account, cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        feed.page(account.id, "test", after=cursor, limit=10, event_type=None)


def test_an_event_reads_as_its_webhooks_got_it(account: Account, settings: Settings) -> None:
    call = an_event(account, settings, status="busy")
    [event] = feed.page(account.id, "test", after=None, limit=10, event_type=None)[0]
    shown = feed.event_object(event)
    assert UUID(shown["id"]) == event.id
    assert (shown["event"], shown["call"]) == ("call.completed", {"id": str(call), "status": "busy"})


def test_a_page_of_large_events_is_short_and_says_that_there_are_more(account: Account, settings: Settings) -> None:
    made = [str(an_event(account, settings, text="x" * (feed.PAGE_BYTES // 2))) for _ in range(5)]
    found, cursor, more = feed.page(account.id, "test", after=None, limit=100, event_type=None)
    assert ([str(event.call_id) for event in found], more) == (made[:2], True)
    found, _, more = feed.page(account.id, "test", after=cursor, limit=3, event_type=None)
    assert ([str(event.call_id) for event in found], more) == (made[2:4], True)
