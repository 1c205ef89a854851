from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import ConfigurationError, Settings
from app.errors import InvalidRequest
from app.webhooks.guard import Reach, reach

PUBLIC = Reach()
DEVELOPMENT = Reach(http_loopback=True)
OFFICE = Reach(allowed=(ip_network("10.0.0.0/8"),))

PRIVATE = [
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "198.18.0.1", "192.0.2.1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:a00:1::", "2001:db8::1", "fe80::1%eth0",
    "192.0.0.192", "168.63.129.16", "::ffff:0:8.8.8.8", "3fff::1", "5f00::1", "2001::1", "4000::1",
]  # fmt: skip
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert PUBLIC.may_dial(address)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("allowed", [True, False])
def test_a_private_or_reserved_address_is_never_dialled(address: str, allowed: bool) -> None:
    assert not Reach(http_loopback=allowed).may_dial(address)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_dialled_only_where_it_is_allowed(address: str) -> None:
    assert DEVELOPMENT.may_dial(address)
    assert not PUBLIC.may_dial(address)


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_judged_alike_when_it_is_mapped_into_ipv6(number: int) -> None:
    address = IPv4Address(number)
    mapped = IPv6Address(int(IPv6Address("::ffff:0:0")) + number)
    assert PUBLIC.may_dial(str(address)) == PUBLIC.may_dial(str(mapped))


@given(st.integers(0, 2**32 - 1))
def test_nothing_private_is_dialled(number: int) -> None:
    address = IPv4Address(number)
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not PUBLIC.may_dial(str(address))


@pytest.mark.parametrize(
    "url",
    ["https://example.com", "https://example.com:8443/a?b=c", "https://xn--bcher-kva.example/x", "https://8.8.8.8/x",
     "https://sub.example.co.uk./x"],
)  # fmt: skip
def test_a_public_https_url_may_be_a_webhook(url: str) -> None:
    assert PUBLIC.check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x", "ftp://example.com", "example.com/x", "//example.com", "", "https://", "https:///x",
        "https://user:pass@example.com", "https://user@example.com", "https://exa mple.com", "https://example.com\\@evil",
        "https://example.com:99999", "https://example.com:0", "https://[::1", "https://localhost/x", "https://intranet/x",
        "https://a.internal/x", "https://printer.local/x", "https://10.0.0.1/x", "https://127.0.0.1/x", "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x", "https://2130706433/x", "https://0x7f000001/x", "https://0177.0.0.1/x",
        "https://127.1/x", "https://0x7f.1/x", "https://169.254.169.254/latest", "https://169.254.169.254./latest",
        "https://[64:ff9b::7f00:1]/", "https://999.999.999.999/", "https://-bad-.example/", "https://" + "a" * 2000,
        "https://bücher.example/x", "https://example.com/ü", "https://１０.0.0.1/", "https://127。0.0.1/",
        "https://printer.lan/", "https://a.svc/", "https://example.com/\x00", "https://example.com/\n", "http://127.0.0.1/x",
    ],
)  # fmt: skip
def test_what_is_not_public_https_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        PUBLIC.check_url(url)
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8003/x", "http://[::1]:8003/x", "https://127.0.0.1/x"])
def test_development_may_use_loopback(url: str) -> None:
    assert DEVELOPMENT.check_url(url) == url


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "http://example.com/x", "https://192.168.0.1/x", "http://localhost/"]
)
def test_development_may_use_nothing_else_over_http(url: str) -> None:
    with pytest.raises(InvalidRequest):
        DEVELOPMENT.check_url(url)


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_and_nothing_else(text: str) -> None:
    for url in (text, f"https://{text}"):
        with suppress(InvalidRequest):
            assert PUBLIC.check_url(url) == url


@pytest.mark.parametrize("url", ["https://10.1.2.3/x", "https://hub.internal/x", "https://intranet/x"])
def test_a_network_on_the_allow_list_may_be_a_webhook_by_address_and_by_name(url: str) -> None:
    assert OFFICE.check_url(url) == url


@pytest.mark.parametrize("url", ["https://192.168.0.1/x", "http://10.1.2.3/x", "https://127.0.0.1/"])
def test_the_allow_list_opens_nothing_else(url: str) -> None:
    with pytest.raises(InvalidRequest):
        OFFICE.check_url(url)


def test_an_address_of_the_allow_list_is_dialled_also_when_it_is_mapped() -> None:
    assert OFFICE.may_dial("::ffff:10.0.0.1")
    assert not OFFICE.may_dial("192.168.0.1")


def test_an_allow_list_that_cannot_be_read_is_told(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="WEBHOOK_ALLOWED_NETWORKS"):
        reach(replace(settings, webhook_allowed_networks="10.0.0.0/8, home"))
