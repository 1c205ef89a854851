"""Ids of 15 characters become the 18 that do not hang on upper and lower case."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.salesforce.ids import long_id
from tests.crm.salesforce.organisation import checked

SHORT = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),
        ("005xx000001X83a", "005xx000001X83aAAC"),
        ("04l0800002nrC5B", "04l0800002nrC5BAAU"),
        ("000000000000000", "000000000000000AAA"),
        ("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"),
    ],
)
def test_an_id_of_15_characters_is_made_one_of_18(short: str, long: str) -> None:
    assert long_id(short) == long
    assert long_id(long) == long


@given(SHORT)
def test_the_long_id_is_the_short_one_with_three_that_say_which_are_capitals(short: str) -> None:
    assert long_id(short) == checked(short)
    assert long_id(checked(short)) == checked(short)


@given(SHORT, SHORT)
def test_ids_that_differ_in_their_capitals_alone_differ_in_any_case(one: str, other: str) -> None:
    swapped = one.swapcase()
    assert (str(long_id(one)).casefold() == str(long_id(swapped)).casefold()) == (one == swapped)
    assert (long_id(one) == long_id(other)) == (one == other)


@pytest.mark.parametrize(
    "text", ["", "00D", "00Dx0000000BV7", "00Dx0000000BV7zEAExx", "00Dx0000000BV7'", "../../../../..."]
)
def test_what_is_no_id_is_told(text: str) -> None:
    assert long_id(text) is None
