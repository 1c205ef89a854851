"""One operation as the document describes it."""

from collections.abc import Sequence
from typing import Any, Final

from app.api.codes import by_status
from app.api.idempotency import HEADER
from app.api.openapi.components import read, reference, told
from app.api.openapi.events import callbacks
from app.api.openapi.examples import examples
from app.api.openapi.links import links
from app.api.openapi.listing import Operation, camel_case
from app.api.openapi.refusals import refusal
from app.api.openapi.words import TAGS
from app.api.operation import NOTHING

Part = dict[str, Any]

REQUEST_ID: Final = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
REPLAYED: Final = {"Idempotent-Replayed": {"$ref": "#/components/headers/Idempotent-Replayed"}}


def operation_object(operation: Operation, all_of_them: Sequence[Operation]) -> Part:
    summary, _, description = operation.words.partition("\n\n")
    described: Part = {
        "operationId": camel_case(operation.name),
        "tags": [TAGS[operation.path.split("/")[1]].name],
        "summary": _unwrapped(summary).removesuffix("."),
    }
    if description:
        described["description"] = _unwrapped(description)
    if parameters := _parameters(operation):
        described["parameters"] = parameters
    if body := _body(operation):
        described["requestBody"] = body
    described["responses"] = _responses(operation, all_of_them)
    if "callbackUrl" in read(operation.contract.body or NOTHING)["properties"]:
        described["callbacks"] = callbacks(operation.contract.answer)
    return described


def _unwrapped(text: str) -> str:
    """Without the line breaks of the source; paragraphs stay."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _parameters(operation: Operation) -> list[Part]:
    query = read(operation.contract.query or NOTHING)
    found = [_path_parameter(variable) for variable in operation.variables]
    found += [_query_parameter(name, schema) for name, schema in query["properties"].items()]
    return found + ([{"$ref": f"#/components/parameters/{HEADER}"}] if operation.method == "POST" else [])


def _path_parameter(variable: str) -> Part:
    """`call_id` is described by `schemas/call-id.json`."""
    name = variable.replace("_", "-")
    schema = reference(name)
    return parameter(camel_case(variable), "path", read(name)["description"], schema, required=True)


def _query_parameter(name: str, field: Part) -> Part:
    """A list is written with commas: `status=busy,failed`."""
    schema = told({key: value for key, value in field.items() if key not in ("title", "description")})
    described = parameter(name, "query", field["description"], schema)
    return described | ({"style": "form", "explode": False} if schema.get("type") == "array" else {})


def parameter(name: str, place: str, description: str, schema: Part, *, required: bool = False) -> Part:
    return {"name": name, "in": place, "description": description, "required": required, "schema": schema}


def _body(operation: Operation) -> Part | None:
    contract = operation.contract
    name = contract.body or (NOTHING if operation.method == "POST" else None)
    if name is None:
        return None
    return {"required": bool(contract.body) and not contract.body_optional, "content": _json(name)}


def _responses(operation: Operation, all_of_them: Sequence[Operation]) -> Part:
    contract = operation.contract
    answer: Part = {
        "description": read(contract.answer)["description"],
        "headers": REQUEST_ID | (REPLAYED if operation.method == "POST" else {}),
        "content": _json(contract.answer),
    }
    if found := links(operation, all_of_them):
        answer["links"] = found
    refusals = {str(status): refusal(status, codes) for status, codes in by_status(operation.codes).items()}
    return {str(contract.status): answer} | refusals


def _json(name: str) -> Part:
    found = examples(name)
    return {"application/json": {"schema": reference(name)} | ({"examples": found} if found else {})}
