"""Whatever is signed by HubSpot's secret, it is answered: taken, told what is wrong, or refused as a bad request."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.config import Settings
from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Inbound, Reply
from app.errors import InvalidRequest
from app.times import now
from tests.crm.hubspot.api import CLIENT_SECRET
from tests.crm.hubspot.lines import UNUSED, Kept, connection_of
from tests.crm.hubspot.stand_in import signed_v3

PORTAL = "62515"
URL = "https://hub.example/crm/hubspot/"
HUBSPOT = HubSpot(
    Settings(
        database_url=UNUSED, redis_url="redis://nowhere", encryption_keys="none", hubspot_client_secret=CLIENT_SECRET
    )
)
NAMES = (
    "callbackId",
    "origin",
    "portalId",
    "object",
    "objectId",
    "objectType",
    "inputFields",
    "phone_number",
    "country",
    "instructions",
    "appId",
    "longest_wait_minutes",
    "subscriptionType",
    "occurredAt",
    "propertyName",
    "fetchOptions",
    "q",
    "inputFieldName",
    "objectTypeId",
)
KEYS = st.sampled_from(NAMES)
TEXTS = (
    st.sampled_from(["country", "CONTACT", "contact.creation", "x.privacyDeletion", PORTAL, "\ud800\x00"]) | st.text()
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
FLAT = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(KEYS, PLAIN, max_size=4)
ANY = FLAT | st.lists(FLAT, max_size=3) | st.dictionaries(KEYS, FLAT, max_size=5)


def asked(name: str, body: bytes) -> Reply | None:
    """The answer; None for a bad request."""
    headers = {header.lower(): text for header, text in signed_v3(URL + name, body, at=now().timestamp()).items()}
    try:
        return HUBSPOT.receive(name, Inbound("POST", URL + name, headers, body, {}), Kept([connection_of(PORTAL)]))
    except InvalidRequest:
        return None


@given(st.sampled_from(["action", "options", "webhooks"]), ANY)
@settings(deadline=None)
def test_any_json_is_answered(name: str, told: Any) -> None:
    reply = asked(name, json.dumps(told).encode())
    assert reply is None or reply.status in (200, 204)


@given(ANY, ANY, ANY)
def test_any_step_of_a_portal_is_answered(object: Any, inputs: Any, key: Any) -> None:
    step = {"callbackId": key, "origin": {"portalId": int(PORTAL)}, "object": object, "inputFields": inputs}
    reply = asked("action", json.dumps(step).encode())
    assert reply is None or json.loads(reply.body)["outputFields"]["hs_execution_state"] in ("BLOCK", "FAIL_CONTINUE")


@given(st.lists(st.dictionaries(KEYS, FLAT, max_size=6) | FLAT, max_size=5))
def test_any_batch_is_answered(events: list[Any]) -> None:
    told = [each | {"portalId": PORTAL, "objectId": 5} if isinstance(each, dict) else each for each in events]
    assert asked("webhooks", json.dumps(told).encode()) == Reply(204)


@given(st.binary())
def test_any_bytes_are_answered(body: bytes) -> None:
    reply = asked("action", body)
    assert reply is None or reply.status == 200
