"""HubSpot's own OpenAPI documents: which requests they allow.

They are not ours to keep here: they lie beside the project, where they are.
"""

import json
import re
from functools import cache
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator

from tests.node_parts import ROOT

FOLDER: Final = ROOT.parent / "shared" / "data" / "hubspot-openapi"
DOCUMENTS: Final = ("calls.json", "actionsV4.json")


def needs_documents() -> None:
    """For a test that means nothing without them."""
    if not FOLDER.is_dir():
        pytest.skip("HubSpot's OpenAPI documents are not beside the project (shared/data/hubspot-openapi).")


def faults(method: str, path: str, body: Any) -> list[str]:
    """What the documents have against a request: nothing against one that none of them describes, or without them."""
    operation = next((each for form, each in _operations() if form.fullmatch(f"{method} {path}")), None)
    if operation is None:
        return []
    schema = operation["schema"]
    if schema is None:
        return [] if body is None else ["there is a body"]
    validator = Draft7Validator(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]


def describes(method: str, path: str) -> bool:
    """Whether a document is about such a request."""
    return any(form.fullmatch(f"{method} {path}") for form, _ in _operations())


@cache
def plain(name: str) -> dict[str, Any]:
    """A document as tools take it: without its examples that are null, and with JSON for any type of answer."""
    document: dict[str, Any] = _plain(json.loads((FOLDER / name).read_text()))
    return document


@cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    if not FOLDER.is_dir():
        return []
    found = []
    for name in DOCUMENTS:
        document = plain(name)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                found.append((_form(method, path), {"schema": _schema(document, operation)}))
    # What is written out comes before what a variable stands for.
    return sorted(found, key=lambda each: "[^/]+" in each[0].pattern)


def _form(method: str, path: str) -> re.Pattern[str]:
    return re.compile(re.escape(method.upper()) + " " + re.sub(r"\\\{[^}]*\}", "[^/]+", re.escape(path)))


def _schema(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return None
    return {**next(iter(content.values()))["schema"], "components": document["components"]}


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if not (key == "example" and value is None)}
    return {"application/json" if key == "*/*" else key: _plain(value) for key, value in kept.items()}
