"""schemas/ is sound, and agrees with the code."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.api.validation import BASE, DIRECTORY, registry
from app.calls.lifecycle import END_REASONS, ENDED, STATUSES
from app.webhooks.events import EVENT_TYPES
from app.webhooks.samples import sample_call
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


def test_the_sample_that_a_test_sends_is_a_call() -> None:
    validate("call", sample_call("test"))


def test_formats_are_checked() -> None:
    assert not Draft202012Validator.FORMAT_CHECKER.conforms("tomorrow", "date-time")
    assert not Draft202012Validator.FORMAT_CHECKER.conforms("1", "uuid")
