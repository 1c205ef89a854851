"""Finding calls: by their words, numbers and states, a page at a time."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playhouse.pool import PooledPostgresqlDatabase

from app.calls import searching
from app.calls.ending import end
from app.calls.erasing import erase
from app.calls.searching import Found, Wanted, search
from app.calls.settling import settle
from app.calls.sought import Sought, beyond, read
from app.calls.words import LONGEST_WORD, MOST_WORDS, holds, lexemes, words
from app.config import Mode, Settings
from app.db import execute, rows
from app.errors import InvalidRequest
from app.models.account import Account
from app.models.call import Call, Turn
from app.times import now
from app.vault import Vault
from tests.making import a_call, an_account, fresh

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)


def talked(account: Account, settings: Settings, *said: str, to: str = "+15551234567", **asked: object) -> Call:
    """An ended call on which all this was said."""
    call = a_call(account, settings, to, **asked)
    execute("UPDATE call SET relay_opened_at = now(), started_at = now() WHERE id = %s", (call.id,))
    for position, text in enumerate(said):
        role = ("agent", "human")[position % 2]
        Turn.create(call_id=call.id, position=position, role=role, text=text, at=now())
    end(call.id, "completed", "agent_hangup", settings)
    settle(fresh(call), "They agreed on a table.", settings)
    return fresh(call)


def found_by(account: Account, text: str, mode: Mode = "test") -> list[UUID]:
    return [call.id for call in search(account.id, mode, Wanted(sought=read(text)), limit=50).calls]


@pytest.mark.parametrize(
    "text",
    [
        "hours", "HOURS", "hou", "opening hours", "hours opening", "table", "tab", "Joe", "josé", "jose", "café",
        "cafe", "nine", "o'clock", "(nine)", "nine, o'clock", "open.", "Ask ho",
    ],
)  # fmt: skip
def test_an_ended_call_is_found_by_its_words(text: str, database: PooledPostgresqlDatabase, settings: Settings) -> None:
    account = an_account()
    call = talked(account, settings, "When are you open, José?", "From nine o'clock, at the café.", name="Joe's")
    assert found_by(account, text) == [call.id]


@pytest.mark.parametrize("text", ["ours", "hours elephant", "hou elephant", "pening", "hou opening"])
def test_a_call_is_not_found_by_what_was_not_said(
    text: str, database: PooledPostgresqlDatabase, settings: Settings
) -> None:
    account = an_account()
    talked(account, settings, "When are you open?")
    assert found_by(account, text) == []


def test_words_are_found_within_one_account_and_one_world(
    database: PooledPostgresqlDatabase, settings: Settings
) -> None:
    mine, other = an_account(), an_account()
    call = talked(mine, settings, "elephant")
    talked(other, settings, "elephant")
    assert found_by(mine, "elephant") == [call.id]
    assert found_by(mine, "elephant", "live") == []


def test_a_call_that_has_not_ended_is_found_by_its_name_and_its_number(
    database: PooledPostgresqlDatabase, settings: Settings
) -> None:
    account = an_account()
    call = a_call(account, settings, "+15557654321", name="Joe's Pizza")
    assert found_by(account, "joe piz") == found_by(account, "1555765") == [call.id]


@pytest.mark.parametrize("text", ["+1555765", "1555765", "+1 (555) 765", "1-555-765-4321", "+15557654321"])
def test_a_number_is_found_by_how_it_begins(text: str, database: PooledPostgresqlDatabase, settings: Settings) -> None:
    account = an_account()
    call = talked(account, settings, to="+15557654321")
    talked(account, settings, to="+15557664321")
    assert found_by(account, text) == [call.id]


def test_digits_are_found_in_what_was_said_too(database: PooledPostgresqlDatabase, settings: Settings) -> None:
    account = an_account()
    said, called = talked(account, settings, "Order 4915."), talked(account, settings, to="+49155512345")
    assert found_by(account, "4915") == [called.id, said.id]
    assert found_by(account, "+4915") == [called.id]


def test_an_id_is_found_in_either_world(database: PooledPostgresqlDatabase, settings: Settings) -> None:
    mine, other = an_account(), an_account()
    call = a_call(mine, settings)
    assert found_by(mine, str(call.id), "live") == [call.id]
    assert found_by(other, str(call.id)) == []


def test_the_words_of_an_erased_call_are_gone(database: PooledPostgresqlDatabase, settings: Settings) -> None:
    account = an_account()
    call = talked(account, settings, "elephant")
    erase(account.id, call.to_number, Vault(settings.encryption_keys))
    assert rows("SELECT * FROM call_words") == []
    assert found_by(account, "elephant") == []


def everything(account: Account, wanted: Wanted, limit: int) -> tuple[list[UUID], list[Found]]:
    """All that is found, page after page."""
    pages = [search(account.id, "test", wanted, limit=limit)]
    while pages[-1].next_cursor:
        pages.append(search(account.id, "test", wanted, limit=limit, cursor=pages[-1].next_cursor))
    return [call.id for page in pages for call in page.calls], pages


WANTED: Sequence[tuple[str, Wanted]] = [
    ("all", Wanted()),
    ("one status", Wanted(statuses=["busy"])),
    ("two", Wanted(statuses=["busy", "completed"])),
    ("answers", Wanted(answered_by=["human"])),
    ("unknown", Wanted(answered_by=["unknown", "voicemail"])),
    ("words", Wanted(sought=Sought(words=("zebra",)))),
    ("number", Wanted(sought=Sought(number="+1555123000"))),
    ("either", Wanted(sought=Sought(number="+1555123000", words=("zebra",)))),
    ("mixed", Wanted(statuses=["busy"], answered_by=["human"], sought=Sought(words=("ze",)))),
    ("time", Wanted(since=now() - timedelta(hours=15), until=now() - timedelta(hours=5), statuses=["completed"])),
]


def _fits(call: Call, wanted: Wanted, said: dict[UUID, str]) -> bool:
    sought = wanted.sought
    return (
        (not wanted.statuses or call.status in wanted.statuses)
        and (not wanted.answered_by or call.answered_by in wanted.answered_by)
        and (not wanted.since or call.created_at >= wanted.since)
        and (not wanted.until or call.created_at < wanted.until)
        and (
            not sought
            or bool(sought.number and call.to_number.startswith(sought.number))
            or bool(sought.words and holds(said[call.id], sought.words))
        )
    )


@pytest.mark.parametrize(
    ("head", "rare", "walk"), [(1500, 0, 1), (0, 4000, 1), (0, -1, 10_000), (0, -1, 3), (2, 5, 4), (7, -1, 9)]
)
def test_pages_hold_every_call_that_fits_once_whichever_way_it_is_found(
    head: int,
    rare: int,
    walk: int,
    database: PooledPostgresqlDatabase,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, said = an_account(), {}
    for n in range(20):
        call = talked(account, settings, "zebra" if n % 3 else "lion", to=f"+155512300{n:02d}")
        said[call.id] = "zebra" if n % 3 else "lion"
        execute(
            "UPDATE call SET status = %s, answered_by = %s, created_at = now() - %s * interval '1 hour' WHERE id = %s",
            (("busy", "completed", "failed")[n % 3], ("human", "unknown", "voicemail")[n % 4 % 3], n // 2, call.id),
        )
    listed = sorted(Call.select(), key=lambda call: (call.created_at, call.id), reverse=True)
    monkeypatch.setattr(searching, "HEAD", head)
    monkeypatch.setattr(searching, "RARE", rare)
    monkeypatch.setattr(searching, "WALK", walk)
    for name, wanted in WANTED:
        fitting = [call.id for call in listed if _fits(call, wanted, said)]
        assert everything(account, wanted, 4)[0] == fitting, name


def test_a_walk_that_ends_early_tells_how_far_it_came(
    database: PooledPostgresqlDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = an_account()
    calls = [a_call(account, settings, f"+1555123000{n}") for n in range(5)]
    monkeypatch.setattr(searching, "HEAD", 0)
    monkeypatch.setattr(searching, "WALK", 3)
    found = search(account.id, "test", Wanted(answered_by=["unknown"], statuses=["busy"]), limit=9)
    assert found == Found([], None)  # by its index: none is busy
    monkeypatch.setattr(searching, "RARE", -1)
    found = search(account.id, "test", Wanted(statuses=["busy"]), limit=9)
    assert (found.calls, found.back_to) == ([], calls[2].created_at)
    assert found.next_cursor


@given(TEXTS)
@example("Straße ﬁn İstanbul naïve 東京 क्षेत्र _a_ 1½ ΌΣΟΣ")
def test_a_text_holds_its_own_words_and_their_beginnings(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert holds(text, [word])
        assert holds(text, [word[:1]])


@given(TEXTS, TEXTS)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_what_is_found_holds_the_words_and_what_holds_them_is_found(
    database: PooledPostgresqlDatabase, settings: Settings, said: str, typed: str
) -> None:
    execute("DELETE FROM call")
    account = an_account()
    call = talked(account, settings, said)
    told = f"{said} {call.instructions} {call.summary}"
    wanted = words(typed)[:5]
    if wanted:
        sought = Wanted(sought=Sought(words=tuple(wanted)))
        assert bool(search(account.id, "test", sought, limit=5).calls) is holds(told, wanted)


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_typed_is_nothing_sought(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["?", "+", "x" * 201, "\x00", "--"])
def test_what_nothing_can_be_found_by_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="Search for") as refusal:
        read(text)
    assert refusal.value.field == "q"


@given(st.from_regex(r"\+[0-9]{1,15}", fullmatch=True), st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_numbers_that_begin_alike_lie_between_two_texts(prefix: str, number: str) -> None:
    end_of_range = beyond(prefix)
    between = number >= prefix and (end_of_range is None or number < end_of_range)
    assert between is number.startswith(prefix)


def test_a_call_with_the_longest_words_there_are_is_found_by_each_that_is_kept(
    database: PooledPostgresqlDatabase, settings: Settings
) -> None:
    """A tsvector of more than a megabyte of words would be stored, and be wrong."""
    account = an_account()
    said = [f"{number:05d}" + "\U00020000" * LONGEST_WORD for number in range(MOST_WORDS)]
    call = talked(account, settings, " ".join(said))
    last = lexemes(account.id, "test", [call.name, call.instructions, call.summary, *said])[-1]
    [kept] = rows("SELECT %s = ANY (tsvector_to_array(words)) AS last FROM call_words", (last,))
    assert (kept["last"], found_by(account, last[-LONGEST_WORD:])) == (True, [call.id])
