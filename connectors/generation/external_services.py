"""A document for Salesforce External Services: OpenAPI 3.0 in the subset that it reads. Pure.

The subset knows no `null`, no closed objects, no composed schemas and no maps; it makes an Apex class of every object.
So a field that may be null is one that need not be there, and its description says when it is empty: Apex reads
`null` and nothing alike. It is typed all the same, since the subset has no field without a type, and a type with
`nullable` is outside it. A closed list of values is a text whose description names them: an Apex enum has no hyphens
in its values, and must not fail on a value that is added. What stays is wider than the API, never narrower.

There are no `servers`: the Named Credential holds the address, up to and with `/api/v1`, and the API key.
"""

import json
from typing import Any, Final

from connectors.generation.markup import Content, document

Part = dict[str, Any]

OPERATIONS: Final = (
    "readAccount",
    "createCall",
    "listCalls",
    "readCall",
    "cancelCall",
    "listDoNotCall",
    "addDoNotCall",
    "removeDoNotCall",
)
LONGEST_DESCRIPTION: Final = 1333
DESCRIPTION: Final = "Place AI phone calls with Mio Hub, and read what came of them."

NAME: Final = "Mio_Hub"
NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"

_KEPT: Final = ("type", "items", "minimum", "maximum", "minLength", "maxLength", "pattern")
_EMPTY: Final = "Empty if there is none."


def trimmed(whole: Part) -> Part:
    """The trimmed form of our OpenAPI 3.1 document, as JSON values."""
    paths: Part = {}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in OPERATIONS:
                paths.setdefault(path, {})[method] = _operation(operation, whole["components"])
    return {
        "openapi": "3.0.3",
        "info": {"title": whole["info"]["title"], "version": whole["info"]["version"], "description": DESCRIPTION},
        "paths": paths,
        "components": {"schemas": _schemas(paths, whole["components"]["schemas"])},
    }


def registration(described: Part) -> str:
    """The trimmed form as a registration of the sfdx source package: every operation an action of flows."""
    names = sorted(one["operationId"].lower() for methods in described["paths"].values() for one in methods.values())
    operations: list[tuple[str, Content]] = [("operations", [("active", True), ("name", name)]) for name in names]
    binding: Part = {"host": "", "basePath": "/", "allowedSchemes": [], "requestMediaTypes": []}
    binding |= {"responseMediaTypes": [], "compatibleMediaTypes": {}}
    content: list[tuple[str, Content]] = [
        ("description", DESCRIPTION),
        ("label", "Mio Hub"),
        ("namedCredentialReference", NAME),
        *operations,
        ("registrationProviderType", "Custom"),
        ("schema", json.dumps(described, ensure_ascii=False)),
        ("schemaType", "OpenApi3"),
        ("serviceBinding", json.dumps(binding)),
        ("status", "Complete"),
    ]
    return document("ExternalServiceRegistration", NAMESPACE, content)


def _operation(operation: Part, components: Part) -> Part:
    parameters = [_parameter(given, components) for given in operation.get("parameters", ())]
    summary: str = operation["summary"]
    described: Part = {
        "operationId": operation["operationId"],
        "summary": summary,
        "description": _cut(operation.get("description", summary)),
    }
    if parameters:
        described["parameters"] = parameters
    if operation.get("requestBody", {}).get("required"):
        described["requestBody"] = {"required": True, "content": _content(operation["requestBody"])}
    status, answer = next(iter(operation["responses"].items()))
    described["responses"] = {
        status: {"description": _cut(answer["description"]), "content": _content(answer)},
        "default": {
            "description": "The request was not carried out; code says why.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        },
    }
    return described


def _parameter(given: Part, components: Part) -> Part:
    parameter = components["parameters"][given["$ref"].rpartition("/")[2]] if "$ref" in given else given
    schema = _resolved(parameter["schema"], components["schemas"])
    return {
        "name": parameter["name"],
        "in": parameter["in"],
        "required": parameter["required"],
        "description": _described(schema | {"description": parameter["description"]}),
        # A list is written with commas: to Salesforce, a text.
        "schema": {"type": "string"} if schema.get("type") == "array" else _bare(schema),
    }


def _content(part: Part) -> Part:
    return {"application/json": {"schema": part["content"]["application/json"]["schema"]}}


def _schemas(paths: Part, whole: Part) -> Part:
    found: Part = {}
    waiting = _referred(paths)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _object(whole[name], whole)
            waiting |= _referred(found[name])
    return dict(sorted(found.items()))


def _referred(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_referred, part))
    if not isinstance(part, dict):
        return set()
    mine = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return mine.union(*map(_referred, part.values()))


def _object(schema: Part, whole: Part) -> Part:
    properties = {name: _resolved(one, whole) for name, one in schema["properties"].items()}
    required = [name for name in schema.get("required", ()) if "null" not in _types(properties[name])]
    described: Part = {"type": "object", "description": _cut(schema["description"])}
    if required:
        described["required"] = required
    return described | {"properties": {name: _property(one) for name, one in properties.items()}}


def _property(schema: Part) -> Part:
    return _bare(schema) | {"description": _described(schema)}


def _bare(schema: Part) -> Part:
    """The type and the limits, without words."""
    kept = {key: schema[key] for key in _KEPT if key in schema}
    kind = next((one for one in _types(schema) if one != "null"), None)
    if kind == "object":
        raise ValueError(f"an object within an object needs a schema of its own: {schema['description']}")
    if kind is None:  # a constant
        kind = {bool: "boolean", str: "string"}[type(schema["const"])]
    date = {"format": "date-time"} if schema.get("format") == "date-time" else {}
    return kept | {"type": kind} | date


def _resolved(schema: Part, whole: Part) -> Part:
    """With the words and limits of what it refers to, where that is no object: only objects are components here."""
    if "$ref" not in schema:
        return schema
    target: Part = whole[schema["$ref"].rpartition("/")[2]]
    return target | {key: value for key, value in schema.items() if key != "$ref"}


def _types(schema: Part) -> tuple[str, ...]:
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _described(schema: Part) -> str:
    listed = schema if "enum" in schema else schema.get("items", {})
    values = [value for value in listed.get("enum", ()) if value is not None]
    words = schema["description"]
    if len(values) > 1:
        words += f" One of: {', '.join(values)}."
    if "null" in _types(schema) and "null" not in words:
        words += f" {_EMPTY}"
    return _cut(words)


def _cut(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION:
        raise ValueError(f"longer than Salesforce shows: {text[:60]}…")
    return text
