import pytest

from app.calls.numbers import SANDBOX, check_callable, prefixes
from app.errors import InvalidRequest


@pytest.mark.parametrize("number", ["+15551234567", "+4930123456", "+1234567", "+123456789012345", "+61412345678"])
def test_a_number_in_e164_may_be_called(number: str) -> None:
    check_callable(number, live=True)


@pytest.mark.parametrize(
    "number", ["15551234567", "+0155512345", "+123456", "+1234567890123456", "+1 555 123", "+1555abc4567", "", "+"]
)
def test_a_number_that_is_not_e164_is_refused(number: str) -> None:
    with pytest.raises(InvalidRequest, match=r"E\.164") as refused:
        check_callable(number, live=True)
    assert refused.value.field == "phoneNumber"


@pytest.mark.parametrize("number", ["+1911", "+44999", "+49112", "+19115551234", "+14115551234"])
def test_emergency_and_service_numbers_are_refused(number: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_callable(number, live=True)
    assert refused.value.code == "emergency_number"


@pytest.mark.parametrize("number", ["+19005551234", "+449123456789", "+4990012345", "+88213000000"])
def test_premium_numbers_are_refused(number: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_callable(number, live=False)
    assert refused.value.code == "premium_number"


@pytest.mark.parametrize("number", SANDBOX)
def test_the_sandboxs_numbers_are_for_test_calls(number: str) -> None:
    check_callable(number, live=False)
    with pytest.raises(InvalidRequest) as refused:
        check_callable(number, live=True)
    assert refused.value.code == "sandbox_number"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ()), ("+1,+44", ("+1", "+44")), (" 1, 44 ,", ("+1", "+44")), ("+", ()), ("+1555", ("+1555",))],
)
def test_a_list_of_prefixes_is_read(text: str, expected: tuple[str, ...]) -> None:
    assert prefixes(text) == expected


def test_live_calls_go_only_where_they_may() -> None:
    check_callable("+15551234567", live=True, allowed=("+1", "+44"))
    check_callable("+4930123456", live=False, allowed=("+1", "+44"))
    with pytest.raises(InvalidRequest) as refused:
        check_callable("+4930123456", live=True, allowed=("+1", "+44"))
    assert (refused.value.code, refused.value.field) == ("destination_not_allowed", "phoneNumber")


def test_a_premium_number_is_refused_even_where_calls_may_go() -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_callable("+19005551234", live=True, allowed=("+1",))
    assert refused.value.code == "premium_number"
