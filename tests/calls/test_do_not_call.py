import base64
from datetime import timedelta

import pytest

from app.calls import do_not_call
from app.config import Settings
from app.db import execute
from app.errors import InvalidRequest
from app.models.account import Account
from app.times import now
from tests.making import an_account

pytestmark = pytest.mark.usefixtures("database")


def listed(account: Account, number: str, *, minutes_ago: int) -> None:
    do_not_call.add(account.id, "live", number, "api")
    moment = now() - timedelta(minutes=minutes_ago)
    execute("UPDATE do_not_call SET created_at = %s WHERE phone_number = %s", (moment, number))


def test_the_list_runs_from_the_newest_and_pages_without_gaps() -> None:
    account = an_account()
    for number, minutes_ago in (("+15550000003", 1), ("+15550000001", 2), ("+15550000002", 3), ("+15550000004", 4)):
        listed(account, number, minutes_ago=minutes_ago)
    first, cursor = do_not_call.page(account.id, "live", limit=3)
    second, end = do_not_call.page(account.id, "live", limit=3, cursor=cursor)
    assert [entry.phone_number[-1] for entry in first + second] == ["3", "1", "2", "4"]
    assert end is None


def test_numbers_of_one_moment_page_without_gaps() -> None:
    account, seen, cursor = an_account(), [], None
    for digit in range(5):
        do_not_call.add(account.id, "live", f"+1555000000{digit}", "api")
    execute("UPDATE do_not_call SET created_at = now()")
    for _ in range(3):
        found, cursor = do_not_call.page(account.id, "live", limit=2, cursor=cursor)
        seen += [entry.phone_number for entry in found]
    assert sorted(seen) == [f"+1555000000{digit}" for digit in range(5)]


@pytest.mark.parametrize("place", ["+15550000001", "nonsense", "2026-01-01T00:00:00+00:00 +1555\0"])
def test_a_cursor_of_nobody_is_refused(place: str) -> None:
    account = an_account()
    for cursor in (place, base64.urlsafe_b64encode(place.encode()).decode()):
        with pytest.raises(InvalidRequest):
            do_not_call.page(account.id, "live", limit=2, cursor=cursor)


def test_a_number_that_is_no_number_is_not_listed(settings: Settings) -> None:
    with pytest.raises(InvalidRequest):
        do_not_call.add(an_account().id, "live", "12345", "api")
