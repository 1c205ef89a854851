"""Where an answer leads: the operations that take what it holds."""

from collections.abc import Sequence
from typing import Any

from app.api.openapi.components import read
from app.api.openapi.listing import Operation, camel_case

Part = dict[str, Any]


def links(operation: Operation, others: Sequence[Operation]) -> Part:
    """To each of `others` that is about one thing, which the answer of a POST names or has made."""
    found: Part = {}
    for other in others:
        field = _field(operation, other) if operation.method == "POST" and other is not operation else None
        if field:
            [variable] = other.variables
            expression = f"$response.body#/{field}"
            found[camel_case(other.name)] = {
                "operationId": camel_case(other.name),
                "parameters": {camel_case(variable): expression},
            }
    return found


def _field(operation: Operation, other: Operation) -> str | None:
    """The field of the answer that goes into the other's path: `deliveryId`, or the `id` of what was made."""
    if len(other.variables) != 1:
        return None
    [variable] = other.variables
    answer = operation.contract.answer
    if operation.contract.status == 201 and variable == f"{answer.split('.')[0]}_id":
        return "id"
    name = camel_case(variable)
    held = read(answer).get("properties", {}).get(name, {"type": ["null"]})
    return None if isinstance(held.get("type"), list) else name  # a list of types: it may be null
