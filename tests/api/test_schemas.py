"""schemas/ is sound, and agrees with the code."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.calls.lifecycle import END_REASONS, ENDED, STATUSES
from app.web.validation import BASE, DIRECTORY, registry
from app.webhooks.catalogue import EVENT_TYPES
from app.webhooks.events import body, compact
from app.webhooks.outcome import ERRORS
from app.webhooks.samples import sample
from tests.api.client import validate

NAMES = sorted(path.stem for path in DIRECTORY.glob("*.json"))


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = registry().contents(f"{BASE}{name}.json")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_named_after_its_file_and_explained(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["title"]
    assert found["description"]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_schema_fit_it(name: str) -> None:
    for example in schema(name).get("examples", []):
        validate(name, example)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".create", ".update", ".query"))])
def test_a_request_is_closed_and_every_field_is_explained(name: str) -> None:
    found = schema(name)
    assert found["additionalProperties"] is False
    assert all(field["title"] and field["description"] for field in found["properties"].values())


def test_a_call_has_the_statuses_and_reasons_of_the_lifecycle() -> None:
    fields = schema("call")["properties"]
    assert set(fields["status"]["enum"]) == set(STATUSES)
    assert set(fields["endReason"]["enum"]) == {*END_REASONS, None}
    assert set(schema("event.call.completed")["properties"]["call"]["properties"]["status"]["enum"]) == ENDED


def test_events_are_those_that_are_sent() -> None:
    assert tuple(schema("event-name")["enum"]) == EVENT_TYPES


@pytest.mark.parametrize("mode", ["live", "test"])
@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_kind_of_event_has_a_schema_and_a_sample_that_fits_it(event_type: str, mode: str) -> None:
    event_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    sent = body(event_id, event_type, compact(sample(event_type, mode)), "1711000000", sample=True)
    validate(f"event.{event_type}", json.loads(sent))
    validate("event", json.loads(sent))


def test_attempts_tell_of_the_errors_that_there_are() -> None:
    assert set(schema("attempt")["properties"]["error"]["enum"]) == {*ERRORS, None}


def test_formats_are_checked() -> None:
    assert not Draft202012Validator.FORMAT_CHECKER.conforms("tomorrow", "date-time")
    assert not Draft202012Validator.FORMAT_CHECKER.conforms("1", "uuid")
