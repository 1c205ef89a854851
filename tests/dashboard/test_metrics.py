"""What /metrics tells of the dashboard: read where the API reads it."""

import time
from socket import socketpair
from uuid import uuid4

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.config import Settings
from app.dashboard.application import build
from app.web.metrics import OWN
from app.web.taking import HANDS_OVER
from app.web.viewer import Viewer
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner
from tests.dashboard.planting import planted
from tests.hub import wait_until

LIVE = {"app": "dashboard", "method": "GET", "route": "/live", "process": ""}


def told(name: str, **labels: str) -> float:
    """A figure as it is scraped; 0 where it is not there."""
    families = text_string_to_metric_families(generate_latest(OWN).decode())
    samples = [sample for family in families for sample in family.samples]
    return next((one.value for one in samples if one.name == name and one.labels.items() >= labels.items()), 0)


def test_pages_are_counted_and_timed_under_their_route(browser: Browser) -> None:
    asked = {"app": "dashboard", "method": "GET", "route": "/calls/<uuid:call_id>"}
    counted, timed = (
        told("mio_http_requests_total", status="404", **asked),
        told("mio_http_request_seconds_count", **asked),
    )
    browser.get(f"/calls/{uuid4()}", follow=False)
    assert told("mio_http_requests_total", status="404", **asked) == counted + 1
    assert told("mio_http_request_seconds_count", **asked) == timed + 1


def test_an_unknown_address_adds_no_label(browser: Browser) -> None:
    browser.get("/made-up", follow=False)
    assert b"made-up" not in generate_latest(OWN)


def test_a_live_view_is_no_long_request(browser: Browser, jane: Owner, settings: Settings) -> None:
    before = told("mio_http_request_seconds_bucket", le="1.0", **LIVE)
    topic = f"call:{planted(jane, settings)['call_id']}"
    browser.http.get("/live", query_string={"topic": topic}, environ_overrides={HANDS_OVER: True}).close()
    assert told("mio_http_request_seconds_bucket", le="1.0", **LIVE) == before + 1


def test_who_listens_is_counted_until_they_leave(settings: Settings) -> None:
    streams = build(settings).extensions["mio"].streams
    theirs, ours = socketpair()
    streams.add(Viewer(ours, str(uuid4()), frozenset({"calls"}), b"", time.monotonic() + 60))
    wait_until(lambda: told("mio_live_viewers") == 1)
    theirs.close()
    wait_until(lambda: told("mio_live_viewers") == 0)
    streams.close()
