"""Where Salesforce is signed in to, and where its API may be: nowhere but at Salesforce's own hosts."""

from dataclasses import replace

import pytest

from app.config import Settings
from app.crm.salesforce.hosts import origin
from app.crm.salesforce.platform import Salesforce
from app.errors import InvalidRequest

PLAIN = Settings(database_url="", redis_url="", encryption_keys="")
LOCAL = replace(PLAIN, salesforce_login_url="http://127.0.0.1:8123")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, "https://login.salesforce.com"),
        ("production", "https://login.salesforce.com"),
        ("sandbox", "https://test.salesforce.com"),
        ("https://example.my.salesforce.com", "https://example.my.salesforce.com"),
        ("https://example.my.salesforce.com/", "https://example.my.salesforce.com"),
        ("https://Example--dev.sandbox.my.salesforce.com", "https://example--dev.sandbox.my.salesforce.com"),
        ("https://example.my.salesforce.com:443", "https://example.my.salesforce.com"),
    ],
)
def test_a_place_to_sign_in_is_kept_as_its_address(given: str | None, kept: str) -> None:
    assert Salesforce(PLAIN).check_login_url(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "http://example.my.salesforce.com",
        "https://salesforce.com.example.org",
        "https://evilsalesforce.com",
        "https://example.org/.salesforce.com",
        "https://example.org#.salesforce.com",
        "https://example.org?x=.salesforce.com",
        "https://user@login.salesforce.com",
        "https://login.salesforce.com@example.org",
        "https://login.salesforce.com:8443",
        "https://login.salesforce.com/services",
        "https://.salesforce.com",
        "https://a..salesforce.com",
        "https://example.org\\.salesforce.com",
        " https://login.salesforce.com",
        "https://login.salesforce.com\n",
        "https://lоgin.salesforce.com",
        "https://[::1",
        "https://login.salesforce.com:port",
        "http://127.0.0.1:8123",
        "http://localhost",
        "javascript:alert(1)//.salesforce.com",
        "staging",
    ],
)
def test_any_other_address_is_refused_by_its_field(given: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Salesforce(PLAIN).check_login_url(given)
    assert refused.value.field == "loginUrl"


def test_this_machine_is_taken_only_from_who_signs_in_there() -> None:
    assert origin(LOCAL, "http://127.0.0.1:9000") == "http://127.0.0.1:9000"
    assert origin(PLAIN, "http://127.0.0.1:9000") is None
    assert origin(LOCAL, "http://192.168.0.1:9000") is None


def test_the_hosts_are_a_setting() -> None:
    other = replace(PLAIN, salesforce_hosts=".salesforce.com, crmforce.mil")
    assert origin(other, "https://example.my.crmforce.mil") == "https://example.my.crmforce.mil"
    assert origin(other, "https://crmforce.mil.example.org") is None


def test_what_is_not_set_is_named() -> None:
    assert set(Salesforce(PLAIN).missing_settings()) == {"SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"}
