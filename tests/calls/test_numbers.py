import pytest

from app.calls.numbers import SANDBOX, check_callable
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
