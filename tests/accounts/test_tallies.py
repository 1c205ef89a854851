"""How often something was tried."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.accounts.tallies import Limit, forget, give_back, in_words, network, take
from app.db import db, execute, rows

pytestmark = pytest.mark.usefixtures("database")

LIMIT = Limit("knocking", most=3, within=900)


def waits(count: int, who: str = "jane") -> list[bool]:
    return [take(LIMIT, who).wait > 0 for _ in range(count)]


def test_so_many_tries_are_allowed_and_no_more() -> None:
    assert waits(5) == [False, False, False, True, True]


def test_others_are_counted_for_themselves() -> None:
    waits(4)
    assert waits(1, "bob") == [False]
    assert take(Limit("ringing", most=1, within=60), "jane").wait == 0


def test_the_last_try_is_told_apart() -> None:
    assert [take(LIMIT, "jane").last for _ in range(5)] == [False, False, True, False, False]


def test_the_last_try_starts_the_time_anew_and_further_ones_do_not() -> None:
    waits(2)
    execute("UPDATE tally SET until = now() + interval '1 second'")
    waits(1)
    assert 890 <= take(LIMIT, "jane").wait <= 900
    execute("UPDATE tally SET until = now() + interval '1 second'")
    assert take(LIMIT, "jane").wait == 1


def test_once_the_time_is_over_it_begins_from_nothing() -> None:
    waits(10)
    execute("UPDATE tally SET until = now()")
    assert waits(4) == [False, False, False, True]


def test_a_try_that_is_given_back_does_not_count() -> None:
    waits(3)
    give_back(LIMIT, "jane")
    assert waits(2) == [False, True]


def test_what_is_forgotten_begins_from_nothing() -> None:
    waits(4)
    forget(LIMIT, "jane")
    assert waits(4) == [False, False, False, True]


def test_tries_at_once_are_all_counted() -> None:
    def one(_number: int) -> bool:
        with db.connection_context():
            return take(LIMIT, "jane").wait == 0

    with ThreadPoolExecutor(8) as crew:
        assert sum(crew.map(one, range(16))) == 3


def test_who_tried_is_not_kept() -> None:
    waits(1, "jane@example.com")
    [kept] = rows("SELECT name FROM tally")
    assert len(bytes(kept["name"])) == 32


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"), ("", ""), ("unix:", "unix:"),
    ],
)  # fmt: skip
def test_one_line_is_one_network(address: str, expected: str) -> None:
    assert network(address) == expected


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")]
)
def test_waits_are_said_in_minutes(seconds: int, words: str) -> None:
    assert in_words(seconds) == words
