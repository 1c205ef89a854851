"""Texts are cut to what a field holds, as Salesforce counts, and never more than needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.salesforce.soql import listed, names, quoted
from app.crm.salesforce.texts import fitting
from tests.crm.salesforce.soql import Comparison, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def stored(text: str) -> int:
    """How many characters of Salesforce's a text takes."""
    return len(text.replace("\n", "\r\n").encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab\ncd", 6, "ab\ncd"),
        ("ab\ncd", 5, "ab…"),
        ("😀😀", 4, "😀😀"),
        ("😀😀😀", 4, "😀…"),
        ("a\x00b\x07c\x85d", 9, "abcd"),
        ("a\r\nb", 4, "a\nb"),
        ("", 0, ""),
    ],
)
def test_a_text_is_cut_to_fit(text: str, limit: int, kept: str) -> None:
    assert fitting(text, limit) == kept


@given(TEXT, st.integers(1, 60))
def test_whatever_the_text_it_fits(text: str, limit: int) -> None:
    assert stored(fitting(text, limit)) <= limit


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_what_fits_is_not_touched(text: str) -> None:
    assert fitting(text, 40) == text


@given(TEXT)
def test_no_text_breaks_out_of_a_query(text: str) -> None:
    where = parse(f"SELECT Id FROM Task WHERE CallObject = {quoted(text)}").where
    assert where == Comparison("CallObject", (text,))


@given(st.lists(TEXT, min_size=1))
def test_no_list_of_texts_breaks_out_of_a_query(texts: list[str]) -> None:
    where = parse(f"SELECT Id FROM Lead WHERE Phone IN {listed(texts)} LIMIT 1").where
    assert where == Comparison("Phone", tuple(texts))


def test_what_cannot_be_a_name_is_not_asked_for() -> None:
    asked = ["Phone", "Score__c", "ns__Score__c", "Phone", "Id FROM User", "a,b", "", "1x", "Name)", "Owner.Name"]
    assert names(asked) == ("Phone", "Score__c", "ns__Score__c")
