"""The OpenAPI document: valid, true of the routes, and the one that is served."""

import ast
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.application import PREFIX
from app.api.codes import CODES, REASONS, by_status
from app.api.openapi.document import document, text
from app.api.openapi.listing import Operation, listed, operations
from app.api.operation import operation
from app.api.routes.reference import OURS
from app.webhooks.catalogue import EVENT_TYPES
from app.webhooks.signing import Signer, new_secret
from tests.api.client import validate

APP = Path(__file__).parents[2] / "app"
# Where those in `app/crm` that make a verdict without naming its parts are given the code.
PLACES = {"skipped": 0, "failed": 0, "refused": 1, "Again": 2}
DOCUMENT = document(operations())
OPERATIONS = {operation.name: operation for operation in operations()}
PROMISED = {400, 401, 402, 403, 404, 405, 409, 413, 415, 429, 500, 503}


def described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def test_the_document_is_valid() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_the_document_in_the_tree_is_the_generated_one() -> None:
    assert (OURS / "openapi.json").read_text() == text(DOCUMENT)


def test_every_route_of_the_api_is_in_the_document_and_nothing_else(app: Flask) -> None:
    routed = {
        (rule.rule.removeprefix(PREFIX).count("/"), method, rule.endpoint.rpartition(".")[2])
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {(one.path.count("/"), one.method, one.name) for one in OPERATIONS.values()}
    assert routed == documented
    assert sum(len(methods) for methods in DOCUMENT["paths"].values()) == len(documented)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_a_name_for_code_and_words_for_people(name: str) -> None:
    told = described(OPERATIONS[name])
    assert told["operationId"].isidentifier()
    assert 0 < len(told["summary"]) <= 72
    assert not told["summary"].endswith(".")
    assert told["tags"]


def test_names_of_operations_are_unique() -> None:
    names = Counter(one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values())
    assert names.most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_lists_every_error_with_its_codes(name: str) -> None:
    operation, told = OPERATIONS[name], described(OPERATIONS[name])["responses"]
    for status, codes in by_status(operation.codes).items():
        answer = _target(told[str(status)])
        assert list(answer["content"]["application/json"]["examples"]) == codes
        for example in answer["content"]["application/json"]["examples"].values():
            validate("error", example["value"])
    assert {int(status) for status in told} == {operation.contract.status, *by_status(operation.codes)}


def test_every_promised_error_is_documented() -> None:
    statuses = {int(status) for operation in OPERATIONS.values() for status in described(operation)["responses"]}
    assert statuses | {405} >= PROMISED  # 405 belongs to an address, not to an operation
    assert all(f"| {status} |" in DOCUMENT["info"]["description"] for status in PROMISED)
    assert "MethodNotAllowed" in DOCUMENT["components"]["responses"]


def test_too_many_requests_say_when_to_try_again() -> None:
    for one in OPERATIONS.values():
        headers = _target(described(one)["responses"]["429"])["headers"]
        assert _target(headers["Retry-After"])["required"] is True


@pytest.mark.parametrize("code", CODES)
def test_a_code_means_something_to_an_operation(code: str) -> None:
    assert code == "method_not_allowed" or any(code in operation.codes for operation in OPERATIONS.values())


# What only people meet, on the dashboard's pages: these show the sentence, and never the code.
ON_PAGES = {
    "email_taken", "foreign_form", "foreign_page", "form_sent", "not_now", "sign_up_closed", "stale_form", "wrong_code",
    "wrong_password",
}  # fmt: skip


def test_every_code_in_the_program_has_a_meaning() -> None:
    used = {code for file in APP.rglob("*.py") if "sandbox" not in file.parts for code in _codes(file)}
    assert used - set(CODES) - set(REASONS) == ON_PAGES
    assert set(CODES) & set(REASONS) == set()


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if one.method == "POST"])
def test_a_post_takes_an_idempotency_key(name: str) -> None:
    assert {"$ref": "#/components/parameters/Idempotency-Key"} in described(OPERATIONS[name])["parameters"]


def test_nothing_that_only_we_read_is_in_the_document() -> None:
    assert {key for key in _keys(DOCUMENT) if key.startswith("x-") or key in ("$id", "$schema")} == set()


def test_the_key_is_asked_for_everywhere() -> None:
    assert DOCUMENT["security"] == [{"apiKey": []}]
    assert all("security" not in described(operation) for operation in OPERATIONS.values())


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_an_event_is_described_with_the_headers_that_are_sent(event: str) -> None:
    told = DOCUMENT["webhooks"][event]["post"]
    lines = Signer([new_secret()]).headers(delivery_id="d", event=event, timestamp="1711000000", body=b"{}")
    sent = {line.partition(":")[0] for line in lines} - {"Content-Type", "User-Agent", "Expect"}
    assert {_target(parameter)["name"] for parameter in told["parameters"]} == sent
    for example in told["requestBody"]["content"]["application/json"]["examples"].values():
        validate(f"event.{event}", example["value"])


def test_a_list_in_a_query_is_written_with_commas() -> None:
    """As `?status=busy,failed`."""
    app = Flask(__name__)

    @app.get("/calls")
    @operation(answer="call.list", query="webhook.replay")
    def list_calls() -> None:
        """List."""

    [parameter] = [
        one
        for one in document(list(listed(app)))["paths"]["/calls"]["get"]["parameters"]
        if one["schema"].get("type") == "array"
    ]
    assert (parameter["name"], parameter["style"], parameter["explode"]) == ("which", "form", False)


def _target(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document leads to."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def _keys(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _keys(value)


def _codes(file: Path) -> Iterator[str]:
    """The codes that a module names where it makes an error or a verdict."""
    for node in ast.walk(ast.parse(file.read_text())):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.keyword) and node.arg == "code":
            given = [node.value]
        elif isinstance(node, ast.Dict) and "error" in map(_constant, node.keys):
            given = [value for key, value in zip(node.keys, node.values, strict=True) if _constant(key) == "code"]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "crm" in file.parts:
            given = [argument for place, argument in enumerate(node.args) if PLACES.get(node.func.id) == place]
        yield from filter(None, map(_constant, given))


def _constant(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_the_document_is_json_that_reads_back() -> None:
    assert json.loads(text(DOCUMENT)) == DOCUMENT
