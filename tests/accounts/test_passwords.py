"""Passwords: which may be one, and what comparing costs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from app.accounts import passwords
from app.accounts.guessing import easily_guessed
from app.errors import InvalidRequest, Unavailable

PASSWORD = "tulips by the harbour"


@pytest.mark.parametrize(
    "password",
    [
        "tulips by the harbour",
        "x7!kQ9$zL2@p",
        "漢字仮名交じり文は日本語",
        "correct horse battery",
        "        a bcdxyzqmk",
    ],
)
def test_a_password_needs_length_and_nothing_else(password: str) -> None:
    assert passwords.checked(password, "jane@example.com", "Jane Doe") == password


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password123!!", "P@ssw0rd2024!", "passwordpassword", "letmein12345678", "qwertyuiop12",
        "aaaaaaaaaaaa", "ababababababab", "123456789012", "202620262026", "abcdefghijkl", "            ",
        "jane@example.com", "JANE@EXAMPLE.COM", "janejanejane1", "Jane Doe 1234", "welcome to miohub",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_no_password(password: str) -> None:
    assert easily_guessed(password, ["jane@example.com", "Jane Doe"])


@pytest.mark.parametrize("password", ["elevenchars", "x1" * 101, "tulips\x00by the harbour", "tulips \ud800 harbour"])
def test_what_cannot_be_a_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        passwords.checked(password, field="newPassword")
    assert refused.value.field == "newPassword"


def test_only_the_password_matches_its_hash() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(kept, PASSWORD + " ")


@pytest.mark.parametrize("password", ["", "\ud800", "x" * 201, PASSWORD])
def test_nothing_matches_where_there_is_no_hash(password: str) -> None:
    assert not passwords.matches(None, password)
    assert not passwords.matches("", password)
    assert not passwords.matches("not a hash", password)


def test_what_is_too_long_or_no_text_matches_not_even_the_empty_password() -> None:
    kept = passwords.hashed("")
    assert not passwords.matches(kept, "x" * 201)
    assert not passwords.matches(kept, "\ud800")


def test_a_crowd_is_sent_away_and_a_few_wait() -> None:
    kept, everybody = passwords.hashed(PASSWORD), Event()

    def matches(_number: int) -> bool | None:
        everybody.wait()
        try:
            return passwords.matches(kept, PASSWORD)
        except Unavailable:
            return None

    with ThreadPoolExecutor(24) as crew:
        Thread(target=everybody.set).start()
        answers = list(crew.map(matches, range(24)))
    assert answers.count(True) >= passwords.MOST_IN_LINE
    assert answers.count(None) >= 1
    assert False not in answers
