"""Webhooks over HTTP, as HubSpot sends them."""

import json
from typing import Any

import pytest
import requests

from app.crm.hubspot.webhooks import change_of
from tests.crm.hubspot.api import APP_ID
from tests.crm.hubspot.asked import Asked
from tests.crm.hubspot.lines import Kept, connection_of
from tests.crm.hubspot.stand_in import StandIn, signed_v3


def test_a_contact_that_was_created_is_heard_of(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    assert stand_in.change(asked.url, "contact", "123", key="one", trigger="created") == 204
    ((portal, change),) = kept.changes
    assert portal == stand_in.external_id
    assert (change.object, change.record_id, change.trigger, change.property) == ("contact", "123", "created", None)
    assert not change.ours


def test_a_property_that_changed_is_heard_of(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    stand_in.change(asked.url, "deal", "9", key="one", trigger="changed", property="dealstage")
    ((_, change),) = kept.changes
    assert (change.object, change.trigger, change.property) == ("deal", "changed", "dealstage")


def test_a_change_told_again_has_the_same_key_and_another_has_not(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    for key in ("one", "one", "two"):
        stand_in.change(asked.url, "contact", "123", key=key, trigger="changed", property="phone")
    keys = [change.key for _, change in kept.changes]
    assert keys[0] == keys[1] != keys[2]


def test_two_properties_changed_at_once_are_two_changes(stand_in: StandIn) -> None:
    events = [
        stand_in.event("contact", "123", key="one", trigger="changed", property=name) for name in ("phone", "email")
    ]
    assert len({change.key for event in events if (change := change_of(event, APP_ID))}) == 2


@pytest.mark.parametrize(
    ("source", "id", "ours"),
    [
        ("INTEGRATION", APP_ID, True),
        ("INTEGRATION", int(APP_ID), True),
        ("INTEGRATION", "999", False),
        ("CRM_UI", APP_ID, False),
        ("CRM_UI", "userId:1234", False),
        ("AUTOMATION_PLATFORM", "enrollmentId:1;actionExecutionIndex:0", False),
    ],
)
def test_our_own_changes_are_known(stand_in: StandIn, source: str, id: Any, ours: bool) -> None:
    event = stand_in.event("contact", "123", key="one", trigger="created") | {"changeSource": source, "sourceId": id}
    for app_id in (APP_ID, ""):
        change = change_of(event, app_id)
        assert change
        assert change.ours == ours


def test_a_batch_of_several_portals_reaches_each_and_skips_strangers(
    asked: Asked, kept: Kept, stand_in: StandIn
) -> None:
    kept.connections.append(connection_of("777"))
    told = [stand_in.event("contact", str(number), key=str(number), trigger="created") for number in range(1, 100)]
    for event, portal in zip(told, [777, 888] * 50, strict=False):
        event["portalId"] = portal
    told.append(stand_in.event("contact", "555", key="mine", trigger="created"))
    assert stand_in.tell(asked.url, told) == 204
    assert {portal for portal, _ in kept.changes} == {"777", stand_in.external_id}
    assert len(kept.changes) == 51


def test_a_contact_erased_for_privacy_is_erased_here(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    stand_in.change(asked.url, "contact", "123", key="one", trigger="erased")
    assert kept.erased == [(stand_in.external_id, "contact", "123")]
    assert kept.changes == []


@pytest.mark.parametrize(
    ("kind", "object_type", "object"),
    [("object.creation", "0-1", "contact"), ("object.creation", "0-3", "deal"), ("object.creation", "2-7", None)],
)
def test_generic_subscriptions_tell_the_object_by_its_id(
    stand_in: StandIn, kind: str, object_type: str, object: str | None
) -> None:
    event = stand_in.event("contact", "123", key="one", trigger="created")
    change = change_of(event | {"subscriptionType": kind, "objectTypeId": object_type}, APP_ID)
    assert (change and change.object) == object


@pytest.mark.parametrize(
    "kind", ["contact.deletion", "contact.merge", "contact.associationChange", "conversation.newMessage", "", "contact"]
)
def test_other_events_are_passed_over(asked: Asked, kept: Kept, stand_in: StandIn, kind: str) -> None:
    event = stand_in.event("contact", "123", key="one", trigger="created") | {"subscriptionType": kind}
    assert stand_in.tell(asked.url, [event]) == 204
    assert kept.changes == []


@pytest.mark.parametrize("event", [None, 5, "text", [], {}, {"portalId": 62515}, {"objectId": 5}, {"portalId": None}])
def test_what_is_no_event_spoils_no_batch(asked: Asked, kept: Kept, stand_in: StandIn, event: Any) -> None:
    good = stand_in.event("contact", "123", key="one", trigger="created")
    assert stand_in.tell(asked.url, [event, good]) == 204
    assert len(kept.changes) == 1


@pytest.mark.parametrize("batch", [{}, None, "text", 5])
def test_what_is_no_batch_is_a_bad_request(asked: Asked, stand_in: StandIn, batch: Any) -> None:
    assert stand_in.tell(asked.url, batch) == 400


def test_a_hub_that_fails_is_told_again(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    asked.down = True
    assert stand_in.change(asked.url, "contact", "123", key="one", trigger="created") == 503
    asked.down = False
    assert stand_in.change(asked.url, "contact", "123", key="one", trigger="created") == 204
    assert len(kept.changes) == 1


def ask_options(asked: Asked, **more: Any) -> dict[str, Any]:
    url = f"{asked.url}/crm/hubspot/options"
    body = json.dumps({"origin": {"portalId": 62515}, "objectTypeId": "0-1"} | more).encode()
    answer = requests.post(url, data=body, headers=signed_v3(url, body), timeout=10)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_countries_are_offered_by_name(asked: Asked) -> None:
    options = ask_options(asked, inputFieldName="country")["options"]
    labels = [option["label"] for option in options]
    assert labels == sorted(labels)
    assert {"label": "Germany (+49)", "value": "DE"} in options
    assert {"label": "United States (+1)", "value": "US"} in options
    assert len(options) > 240


def test_what_is_typed_narrows_them(asked: Asked) -> None:
    told = ask_options(asked, inputFieldName="country", fetchOptions={"q": "germ"})
    assert told == {"options": [{"label": "Germany (+49)", "value": "DE"}], "searchable": True}


def test_what_is_typed_may_stand_in_the_midst_of_a_name(asked: Asked) -> None:
    options = ask_options(asked, inputFieldName="country", fetchOptions={"q": " Kingdom "})["options"]
    assert [option["value"] for option in options] == ["GB"]


@pytest.mark.parametrize("more", [{}, {"inputFieldName": "name"}, {"inputFieldName": ["country"], "fetchOptions": 5}])
def test_other_inputs_have_no_choices(asked: Asked, more: dict[str, Any]) -> None:
    assert ask_options(asked, **more)["options"] == []
