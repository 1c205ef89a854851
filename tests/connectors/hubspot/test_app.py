"""The app asks a portal for no more than it uses, hears what rules need, and leads to one hub."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.generation.hubspot.__main__ import main
from connectors.generation.hubspot.emitter import files, project
from connectors.generation.hubspot.place import MIO, place_of
from tests.connectors.hubspot import openapi
from tests.connectors.hubspot.project import ACTION, APP, WEBHOOKS, config, read

# What the hub asks of HubSpot, and the scopes that let it.
NEEDED = {
    "oauth": "sign in, and read which portal it is",
    "automation": "POST /automation/v4/actions/callbacks/{callbackId}/complete",
    "crm.objects.contacts.read": "GET /crm/v3/objects/contacts/{id}, and the search by a number",
    "crm.objects.contacts.write": "POST /crm/v3/objects/calls/batch/upsert, and the association with a contact",
    "crm.schemas.contacts.write": "POST /crm/v3/properties/calls: by it a call is never there twice",
}
NEEDED_FOR_OTHERS = {
    "crm.objects.companies.read": "GET /crm/v3/objects/companies/{id}",
    "crm.objects.companies.write": "PUT /crm/v4/objects/calls/{id}/associations/default/companies/{id}",
    "crm.objects.deals.read": "GET /crm/v3/objects/deals/{id}",
    "crm.objects.deals.write": "PUT /crm/v4/objects/calls/{id}/associations/default/deals/{id}",
    "tickets": "GET /crm/v3/objects/tickets/{id}, and the association with one",
}
IN_THE_DOCUMENTS = [
    ("actionsV4", "post", "/automation/v4/actions/callbacks/{callbackId}/complete"),
    ("calls", "post", "/crm/v3/objects/calls/batch/upsert"),
    ("calls", "delete", "/crm/v3/objects/calls/{callId}"),
]
# These change when a call is put on a record, or say nothing but that something changed.
CHANGED_BY_A_CALL = ("notes_", "num_", "hs_last", "lastmodified", "hs_sales_email", "hs_latest", "hs_sa_")


def subscriptions() -> list[dict[str, Any]]:
    return [one for kind in config(WEBHOOKS)["subscriptions"].values() for one in kind]


def addresses(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part] if part.startswith("http") else []
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [found for one in inner for found in addresses(one)]


# Scopes


def test_every_scope_is_needed_and_every_need_has_its_scope() -> None:
    auth = config(APP)["auth"]
    assert auth["requiredScopes"] == list(NEEDED)
    assert auth["optionalScopes"] == list(NEEDED_FOR_OTHERS)
    assert auth["conditionallyRequiredScopes"] == []


@pytest.mark.skipif(not openapi.FOLDER.is_dir(), reason=openapi.MISSING)
@pytest.mark.parametrize("request_", IN_THE_DOCUMENTS, ids=str)
def test_a_request_that_the_hub_makes_is_allowed_by_a_scope(request_: tuple[str, str, str]) -> None:
    document, method, path = request_
    assert openapi.scopes(document, method, path) & set(config(APP)["auth"]["requiredScopes"])


# Webhooks


def test_the_erasure_of_a_person_is_heard() -> None:
    assert config(WEBHOOKS)["subscriptions"]["hubEvents"] == [
        {"subscriptionType": "contact.privacyDeletion", "active": True}
    ]


@pytest.mark.parametrize("key", ["contact", "company", "deal", "ticket"])
def test_new_records_and_changes_of_every_object_are_heard(key: str) -> None:
    told = {one["subscriptionType"] for one in subscriptions() if one.get("objectType") == key}
    assert told == {"object.creation", "object.propertyChange"}


def test_a_change_is_heard_by_its_property() -> None:
    for one in subscriptions():
        assert ("propertyName" in one) == (one["subscriptionType"] == "object.propertyChange")
        assert one["active"] is True


def test_nothing_is_heard_twice() -> None:
    told = [json.dumps(one, sort_keys=True) for one in subscriptions()]
    assert len(set(told)) == len(told)


def test_what_a_call_changes_by_itself_is_not_heard() -> None:
    names = [one["propertyName"] for one in subscriptions() if "propertyName" in one]
    assert [name for name in names if name.startswith(CHANGED_BY_A_CALL)] == []


def test_hubspot_takes_no_fewer_requests_at_once_than_six() -> None:
    assert config(WEBHOOKS)["settings"]["maxConcurrentRequests"] > 5


# Addresses


def test_every_address_is_the_one_hub_s() -> None:
    inbound = [one for path in (ACTION, WEBHOOKS) for one in addresses(config(path))]
    inbound += config(APP)["auth"]["redirectUrls"]
    assert {urlsplit(one).path for one in inbound} == {
        "/crm/hubspot/action",
        "/crm/hubspot/options",
        "/crm/hubspot/webhooks",
        "/crm/hubspot/authorized",
    }
    assert all(one.startswith(f"{MIO.hub}/crm/hubspot/") for one in inbound)


def test_another_hub_s_project_differs_in_its_addresses_alone(tmp_path: Path) -> None:
    assert main(["https://calls.example.com/", "help@example.com", str(tmp_path)]) == 0
    for path, ours in project(MIO).items():
        theirs = (tmp_path / path).read_text()
        for name, other in [
            ("https://calls.example.com/docs", MIO.support_url),
            ("https://calls.example.com", MIO.hub),
            ("help@example.com", MIO.support_email),
        ]:
            theirs = theirs.replace(name, other)
        assert theirs == ours.replace(MIO.documentation_url, MIO.support_url)


@pytest.mark.parametrize(
    ("given", "hub"),
    [
        ("https://calls.example.com", "https://calls.example.com"),
        ("https://calls.example.com/", "https://calls.example.com"),
        ("https://calls.example.com/api/v1", "https://calls.example.com"),
        ("https://calls.example.com:8443", "https://calls.example.com:8443"),
        ("https://example.com/calls/api/v1/", "https://example.com/calls"),
    ],
)
def test_a_hub_is_named_in_any_of_its_forms(given: str, hub: str) -> None:
    assert place_of(given, "help@example.com").hub == hub


@pytest.mark.parametrize(
    ("hub", "support"),
    [
        ("http://calls.example.com", "help@example.com"),
        ("calls.example.com", "help@example.com"),
        ("https://", "help@example.com"),
        ("https://calls.example.com?x=1", "help@example.com"),
        ("https://calls example.com", "help@example.com"),
        ("https://calls.example.com", "help"),
        ("https://calls.example.com", "@example.com"),
    ],
)
def test_an_address_that_hubspot_would_not_take_writes_nothing(hub: str, support: str, tmp_path: Path) -> None:
    assert main([hub, support, str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []


# The project


def test_it_is_a_project_of_the_version_that_it_was_written_for() -> None:
    assert read("hsproject.json") == {"name": "mio-ai-calls", "srcDir": "src", "platformVersion": "2026.03"}


def test_all_that_is_uploaded_is_generated() -> None:
    assert {path for path in files() if path.startswith("connectors/hubspot/src/")} == {
        f"connectors/hubspot/{path}" for path in (APP, ACTION, WEBHOOKS)
    }


def test_hubspot_need_fetch_nothing_for_it() -> None:
    assert config(APP)["permittedUrls"] == {"fetch": [], "iframe": [], "img": []}


def test_people_are_told_where_to_ask() -> None:
    assert set(config(APP)["support"]) == {"supportEmail", "documentationUrl", "supportUrl"}


def test_nothing_that_people_read_has_hubspot_s_name_in_it() -> None:
    """HubSpot's marketplace takes no app that combines its name, or Hub, with its own."""
    shown = [config(APP)["name"], config(APP)["description"], json.dumps(config(ACTION)["labels"])]
    assert [text for text in shown if re.search("hub", text, re.IGNORECASE)] == []
    assert config(ACTION)["labels"]["en"]["appDisplayName"] == config(APP)["name"]
