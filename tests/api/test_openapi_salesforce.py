"""The document for Salesforce External Services: within its subset, and true of the API."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from app.api.application import PREFIX
from app.api.openapi.document import document
from app.api.openapi.listing import operations
from connectors.generation.external_services import LONGEST_DESCRIPTION, OPERATIONS, trimmed
from tests.api.client import Client

ROOT = Path(__file__).parents[2]
WHOLE = document(operations())
TRIMMED = trimmed(WHOLE)
APEX = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9]){0,39}")
OUTSIDE = {
    "oneOf", "anyOf", "allOf", "not", "nullable", "additionalProperties", "patternProperties", "discriminator",
    "servers", "enum", "const", "examples", "callbacks", "links", "security",
}  # fmt: skip
CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}


def described() -> dict[str, dict[str, Any]]:
    return {one["operationId"]: one for methods in TRIMMED["paths"].values() for one in methods.values()}


def test_the_document_is_valid_openapi_3_0() -> None:
    assert TRIMMED["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(TRIMMED).iter_errors()] == []


def test_the_document_in_the_tree_is_the_generated_one() -> None:
    written = (ROOT / "connectors/salesforce/openapi-external-services.json").read_text()
    assert json.loads(written) == TRIMMED


def test_it_has_at_most_ten_operations_and_each_that_was_chosen() -> None:
    assert set(described()) == set(OPERATIONS)
    assert len(OPERATIONS) <= 10


def test_it_stays_within_the_subset() -> None:
    assert OUTSIDE & {key for part in parts(TRIMMED) for key in part if not names_properties(part)} == set()
    assert all(part["$ref"].startswith("#/components/schemas/") for part in parts(TRIMMED) if "$ref" in part)
    assert all(isinstance(part["type"], str) for part in parts(TRIMMED) if "type" in part)


def test_every_property_has_a_type_and_every_parameter_a_name() -> None:
    for schema in TRIMMED["components"]["schemas"].values():
        assert schema["type"] == "object"
        assert all("type" in one or "$ref" in one for one in schema["properties"].values())
    for operation in described().values():
        assert all(one["name"] and one["schema"]["type"] for one in operation.get("parameters", ()))


def test_names_are_valid_in_apex() -> None:
    names = [*described(), *TRIMMED["components"]["schemas"]]
    names += [name for schema in TRIMMED["components"]["schemas"].values() for name in schema["properties"]]
    names += [one["name"].replace("-", "_") for told in described().values() for one in told.get("parameters", ())]
    assert [name for name in names if not APEX.fullmatch(name)] == []


def test_no_description_is_cut() -> None:
    words = [part["description"] for part in parts(TRIMMED) if isinstance(part.get("description"), str)]
    assert max(map(len, words)) <= LONGEST_DESCRIPTION


def test_what_reads_has_no_body() -> None:
    for methods in TRIMMED["paths"].values():
        assert "requestBody" not in methods.get("get", {})
        assert "requestBody" not in methods.get("delete", {})


def test_what_the_api_answers_is_what_salesforce_expects(client: Client) -> None:
    call = client.post("/calls", CALL)
    number = {"phoneNumber": "+15550000001"}
    answers = {
        "readAccount": client.get("/me"),
        "createCall": call,
        "readCall": client.get(f"/calls/{call.get_json()['id']}"),
        "listCalls": client.get("/calls"),
        "cancelCall": client.post(f"/calls/{call.get_json()['id']}/cancel"),
        "addDoNotCall": client.post("/do-not-call", number),
        "listDoNotCall": client.get("/do-not-call"),
        "removeDoNotCall": client.delete("/do-not-call/+15550000001"),
    }
    assert set(answers) == set(OPERATIONS)
    for name, answer in answers.items():
        schema = described()[name]["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        validator(schema).validate(without_nulls(answer.get_json()))


def test_an_error_is_what_salesforce_expects(client: Client) -> None:
    told = described()["createCall"]["responses"]["default"]["content"]["application/json"]["schema"]
    validator(told).validate(client.post("/calls", {}).get_json())


def test_what_salesforce_may_send_is_what_the_api_takes(client: Client) -> None:
    sent = TRIMMED["components"]["schemas"]["CallCreate"]
    taken = WHOLE["components"]["schemas"]["CallCreate"]
    assert set(sent["properties"]) == set(taken["properties"])
    assert sent["required"] == taken["required"]
    assert set(TRIMMED["paths"]) <= {path for path in WHOLE["paths"] if not path.startswith(PREFIX)}


@pytest.mark.parametrize("name", ["Call", "Me"])
def test_a_field_that_may_be_empty_need_not_be_there_and_says_so(name: str) -> None:
    trimmed_one, whole = TRIMMED["components"]["schemas"][name], WHOLE["components"]["schemas"][name]
    for field, schema in whole["properties"].items():
        if isinstance(schema.get("type"), list):
            assert field not in trimmed_one["required"]
            assert re.search("null|[Ee]mpty", trimmed_one["properties"][field]["description"])


def parts(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for value in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from parts(value)


def names_properties(part: dict[str, Any]) -> bool:
    """Whether the keys are names of ours: of properties, or of schemas."""
    return all(isinstance(value, dict) for value in part.values())


def validator(schema: dict[str, Any]) -> Draft7Validator:
    return Draft7Validator(schema | {"components": TRIMMED["components"]})


def without_nulls(content: Any) -> Any:
    """As Apex reads it: null and nothing are alike."""
    if isinstance(content, list):
        return [without_nulls(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {name: without_nulls(value) for name, value in content.items() if value is not None}
