"""The whole document: OpenAPI 3.1."""

import json
from collections.abc import Sequence
from typing import Any, Final

from app.api.application import PREFIX
from app.api.idempotency import HEADER
from app.api.openapi import events, refusals, words
from app.api.openapi.components import needed, read, reference
from app.api.openapi.listing import Operation
from app.api.openapi.paths import operation_object, parameter

Part = dict[str, Any]

_KEY: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "Your API key: `sk_test_…` calls the sandbox and rings nobody, `sk_live_…` rings phones.",
}


def document(operations: Sequence[Operation]) -> Part:
    """The OpenAPI document of `operations`, as JSON values."""
    described: Part = {
        "openapi": "3.1.0",
        "info": {
            "title": words.TITLE,
            "version": words.VERSION,
            "summary": words.SUMMARY,
            "description": words.DESCRIPTION,
        },
        "servers": [{"url": PREFIX, "description": "The hub that serves this document."}],
        "security": [{"apiKey": []}],
        "tags": [{"name": tag.name, "description": tag.description} for tag in words.TAGS.values()],
        "paths": _paths(operations),
        "webhooks": events.webhooks(),
        "components": {
            "securitySchemes": {"apiKey": _KEY},
            "parameters": {HEADER: _idempotency_key()} | events.PARAMETERS,
            "headers": refusals.HEADERS,
            "responses": refusals.shared(),
        },
    }
    described["components"]["schemas"] = needed(described)
    return described


def text(document: Part) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _paths(operations: Sequence[Operation]) -> Part:
    paths: Part = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation_object(operation, operations)
    return paths


def _idempotency_key() -> Part:
    return parameter(HEADER, "header", read("idempotency-key")["description"], reference("idempotency-key"))
