"""What HubSpot's refusals mean."""

from typing import Any

import pytest

from app.crm.failures import Barred, Refused
from app.crm.hubspot.limits import reading_of


def limited(policy: str) -> dict[str, Any]:
    return {"status": "error", "message": "You have reached your limit.", "policyName": policy}


@pytest.mark.parametrize(
    ("policy", "headers", "seconds"),
    [
        ("TEN_SECONDLY_ROLLING", {}, 10.0),
        ("SECONDLY", {}, 1.0),
        ("DAILY", {}, 3600.0),
        ("DAILY", {"retry-after": "120"}, 120.0),
        ("DAILY", {"retry-after": "9999999"}, 86400.0),
        ("SOMETHING_NEW", {}, 10.0),
        ("SOMETHING_NEW", {"retry-after": "Wed, 21 Oct 2020 07:28:00 GMT"}, 0.0),
        ("SOMETHING_NEW", {"retry-after": "-5"}, 10.0),
    ],
)
def test_a_limit_bars_the_connection_for_as_long_as_it_lasts(
    policy: str, headers: dict[str, str], seconds: float
) -> None:
    failed = reading_of(429, headers, limited(policy))
    assert isinstance(failed, Barred)
    assert (failed.seconds, failed.status_code) == (seconds, 429)


@pytest.mark.parametrize("answer", [None, "Too many", [], {"message": None}])
def test_a_limit_without_words_bars_it_too(answer: Any) -> None:
    failed = reading_of(429, {}, answer)
    assert isinstance(failed, Barred)
    assert failed.seconds == 10.0


def test_a_portal_that_is_being_moved_takes_no_requests_meanwhile() -> None:
    failed = reading_of(477, {"retry-after": "86400"}, None)
    assert isinstance(failed, Barred)
    assert failed.seconds == 86400.0


def test_missing_scopes_are_told_for_what_they_are() -> None:
    failed = reading_of(403, {}, {"category": "MISSING_SCOPES"})
    assert isinstance(failed, Refused)
    assert "connect it anew" in failed.detail


@pytest.mark.parametrize("name", ["requiredScopes", "requiredGranularScopes"])
def test_the_scopes_that_are_missing_are_named(name: str) -> None:
    told = {"message": "One or more of the following scopes are required.", "context": {name: ["tickets", "crm.x"]}}
    failed = reading_of(403, {}, {"category": "MISSING_SCOPES", "errors": [told, None, {"context": {name: "odd"}}]})
    assert isinstance(failed, Refused)
    assert failed.detail == "The portal has not granted tickets or crm.x: connect it anew."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 423, 500, 502, 503, 504])
def test_the_others_are_read_by_their_status(status: int) -> None:
    assert reading_of(status, {}, {"category": "SOMETHING"}) is None
