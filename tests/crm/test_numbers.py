"""Phone numbers as people write them into CRMs."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calls.numbers import E164
from app.crm.numbers import MOST_SPELLINGS, Dialable, dialable, spellings
from app.errors import InvalidRequest

READ = [
    ("+15551234567", "", "+15551234567"),
    ("+999123456789", "US", "+999123456789"),  # no country has it, but it is E.164
    ("  +15551234567 ", "DE", "+15551234567"),
    ("(555) 123-4567", "US", "+15551234567"),
    ("555.123.4567", "US", "+15551234567"),
    ("1 555 123 4567", "US", "+15551234567"),
    ("030 / 123456", "DE", "+4930123456"),
    ("+44 (0)20 7946 0958", "US", "+442079460958"),
    ("+1 (555) 123-4567", "", "+15551234567"),
    ("0049 30 123456", "US", "+4930123456"),
    ("011 49 30 123456", "US", "+4930123456"),
    ("0033 1 23 45 67 89", "FR", "+33123456789"),
    ("1-800-FLOWERS", "US", "+18003569377"),
    ("1-800-got-junk", "US", "+18004685865"),
    ("1-800-MATTRESS", "US", "+18006288737"),  # a letter too many, which the exchange leaves out
    ("tel:+1-555-123-4567", "", "+15551234567"),
    ("TEL:555-123-4567;phone-context=+1", "DE", "+15551234567"),
    ("tel:+15551234567;isub=1", "", "+15551234567"),
    ("mobile: 555-123-4567", "US", "+15551234567"),
    ("555-123-4567 (mornings)", "US", "+15551234567"),
    ("٠٣٠ ١٢٣٤٥٦٧", "DE", "+49301234567"),
    ("\u202a+1 555 123 4567\u202c", "", "+15551234567"),
    ("＋１５５５１２３４５６７", "", "+15551234567"),
    ("555-123-4567 / (555) 123 4567", "US", "+15551234567"),  # the same, written twice
]
EXTENDED = [
    ("555-123-4567 x89", "US", "89"),
    ("555-123-4567x89", "US", "89"),
    ("+15551234567 ext. 12", "", "12"),
    ("+1 (555) 123-4567 Ext 12 (mornings)", "", "12"),
    ("+15551234567,,12#", "", "12"),
    ("+15551234567;12", "", "12"),
    ("tel:+1-555-123-4567;ext=12", "", "12"),
    ("(555) 123-4567 #007", "US", "007"),
    ("555-123-4567 Durchwahl 12", "US", "12"),
    ("555-123-4567 poste 12", "US", "12"),
    ("555-123-4567 доб. 12", "US", "12"),
]
REFUSED = [
    ("", "US", "number_missing"),
    ("  - ", "US", "number_missing"),
    ("n/a", "US", "number_invalid"),
    ("call me", "US", "number_invalid"),
    ("sip:bob@example.com", "US", "number_invalid"),
    ("555-1234", "US", "number_invalid"),  # local: which area?
    ("911", "US", "number_invalid"),
    ("555 123 4567", "", "number_invalid"),
    ("555 123 4567", "ZZ", "number_invalid"),
    ("+1555123456789012", "US", "number_invalid"),
    ("5.551234567E9", "US", "number_invalid"),  # a spreadsheet's idea of it
    ("020 7946 0958 ext 4 or 5", "GB", "number_invalid"),
    ("555-123-4567 floor 12", "US", "number_invalid"),  # what the 12 is, nobody knows
    ("1" * 500, "US", "number_invalid"),
    ("555-123-4567 or 555-765-4321", "US", "number_ambiguous"),
    ("555-123-4567, 555-765-4321", "US", "number_ambiguous"),
    ("555-123-4567; 555-765-4321 ext 3", "US", "number_ambiguous"),
    ("555-123-4567\n555-765-4321", "US", "number_ambiguous"),
    ("555-123-4567 555-765-4321", "US", "number_ambiguous"),
    ("555-123-4567, 5557654", "US", "number_ambiguous"),
    ("+15551234567+15557654321", "US", "number_ambiguous"),
    ("home +1 555 123 4567 office +1 555 765 4321", "US", "number_ambiguous"),
    ("06 12 34 56 78 et 01 23 45 67 89", "FR", "number_ambiguous"),
    ("0221 1234567/8", "DE", "number_ambiguous"),  # a second one that shares its beginning
]


@pytest.mark.parametrize(("text", "country", "number"), READ)
def test_a_number_is_read_however_it_is_written(text: str, country: str, number: str) -> None:
    assert dialable(text, country) == Dialable(number)


@pytest.mark.parametrize(("text", "country", "extension"), EXTENDED)
def test_an_extension_is_no_part_of_the_number(text: str, country: str, extension: str) -> None:
    assert dialable(text, country) == Dialable("+15551234567", extension)


@pytest.mark.parametrize(("text", "country", "code"), REFUSED)
def test_what_might_ring_somebody_else_is_refused(text: str, country: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        dialable(text, country)
    assert (refused.value.code, refused.value.field) == (code, "phoneNumber")
    assert not any(digits in refused.value.message for digits in text.split() if len(digits) > 6)


@given(st.from_regex(E164, fullmatch=True))
def test_every_e164_number_is_taken_as_it_stands(number: str) -> None:
    assert dialable(number, "US") == Dialable(number)


@given(st.text(max_size=60), st.sampled_from(["", "US", "DE", "GB", "ZZ"]))
def test_whatever_is_read_is_e164(text: str, country: str) -> None:
    with suppress(InvalidRequest):
        found = dialable(text, country)
        assert E164.fullmatch(found.number)
        assert found.extension == "" or found.extension.isdigit()


@given(
    st.from_regex(r"[2-9][0-9]{2}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{6}", fullmatch=True),
    st.sampled_from(["{a}-{b}", "({a}) {b}", "{a}.{b}", "1{a}{b}", "+1 {a} {b}", "{a} {b} x7", "tel: {a}{b}"]),
)
def test_what_is_read_has_the_digits_that_were_written(area: str, rest: str, form: str) -> None:
    text = form.format(a=area, b=f"{rest[:3]}-{rest[3:]}")
    assert dialable(text, "US").number == f"+1{area}{rest}"


@given(st.from_regex(r"\+(?:1[2-9][0-9]{9}|49[1-9][0-9]{8,9}|4420[0-9]{8}|999[0-9]{9})", fullmatch=True))
def test_spellings_are_few_and_those_with_a_country_code_are_read_as_the_number(number: str) -> None:
    spelt = spellings(number)
    assert spelt[0] == number
    assert len(set(spelt)) == len(spelt) <= MOST_SPELLINGS
    assert {dialable(one, "").number for one in spelt if one.startswith("+")} == {number}


@given(st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True))
def test_every_spelling_of_a_number_of_ten_digits_is_read_as_it_in_its_country(number: str) -> None:
    assert {dialable(one, "US").number for one in spellings(number)} == {number}


def test_the_likeliest_spellings_come_first() -> None:
    assert spellings("+15551234567")[:5] == (
        "+15551234567",
        "(555) 123-4567",
        "+1 555-123-4567",
        "5551234567",
        "15551234567",
    )
