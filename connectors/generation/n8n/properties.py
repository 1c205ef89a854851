"""What a person fills in: the properties of a resource of the node, and of the trigger."""

import json
from collections.abc import Iterable

from connectors.generation.catalogue import TRIGGERS
from connectors.generation.contract import Field
from connectors.generation.n8n.fields import Property, property_of
from connectors.generation.n8n.operations import Operation


def resource_properties(resource: str, default: str, *alike: tuple[Operation, ...]) -> list[Property]:
    """The operation's chooser, and the fields; operations that are `alike` share those that they have in common."""
    by_name = sorted((one for some in alike for one in some), key=lambda one: one.name.lower())
    chooser = {
        "displayName": "Operation",
        "name": "operation",
        "type": "options",
        "noDataExpression": True,
        "displayOptions": {"show": {"resource": [resource]}},
        "options": [_option(one) for one in by_name],
        "default": default,
    }
    return [chooser, *(found for some in alike for found in _shown(resource, some))]


def _option(operation: Operation) -> Property:
    return {
        "name": operation.name,
        "value": operation.value,
        "description": operation.description,
        "action": operation.action,
    }


def _shown(resource: str, operations: tuple[Operation, ...]) -> list[Property]:
    having: dict[str, tuple[Property, list[str]]] = {}
    for operation in operations:
        for found in _asked(operation):
            having.setdefault(json.dumps(found), (found, []))[1].append(operation.value)
    return [
        _with_display(found, {"show": {"resource": [resource], "operation": values}})
        for found, values in having.values()
    ]


def _asked(operation: Operation) -> list[Property]:
    found = [property_of(one) for one in operation.inputs]
    found += _many() if operation.many else []
    found += [_simplify()] if operation.simplified else []
    found += [_collection("Filters", "filters", "Add Filter", operation.filters)] if operation.filters else []
    found += (
        [_collection("Additional Fields", "additionalFields", "Add Field", operation.extra)] if operation.extra else []
    )
    return found


def _with_display(found: Property, shown: Property) -> Property:
    """`displayOptions` beside what it may already hold, after `default`, where the template has it."""
    own = found.get("displayOptions", {}).get("show", {})
    return found | {"displayOptions": {"show": shown["show"] | own}}


def _many() -> list[Property]:
    return [
        {
            "displayName": "Return All",
            "name": "returnAll",
            "type": "boolean",
            "default": False,
            "description": "Whether to return all results or only up to a given limit",
        },
        {
            "displayName": "Limit",
            "name": "limit",
            "type": "number",
            "typeOptions": {"minValue": 1},
            "default": 50,
            "description": "Max number of results to return",
            "displayOptions": {"show": {"returnAll": [False]}},
        },
    ]


def _simplify() -> Property:
    return {
        "displayName": "Simplify",
        "name": "simplify",
        "type": "boolean",
        "default": True,
        "description": "Whether to return a simplified version of the response instead of the raw data",
    }


def _collection(label: str, name: str, button: str, inside: Iterable[Field]) -> Property:
    return {
        "displayName": label,
        "name": name,
        "type": "collection",
        "placeholder": button,
        "default": {},
        "options": [property_of(one) for one in sorted(inside, key=lambda one: one.label)],
    }


def trigger_properties() -> list[Property]:
    by_label = sorted(TRIGGERS, key=lambda one: one.label)
    chooser = {
        "displayName": "Event",
        "name": "event",
        "type": "options",
        "required": True,
        "default": TRIGGERS[0].key,
        "description": "What starts the workflow",
        "options": [
            {"name": one.label, "value": one.key, "description": one.description.removesuffix(".")} for one in by_label
        ],
    }
    filtered = [one for one in TRIGGERS if one.filters]
    return [
        chooser,
        *(
            _collection("Filters", "filters", "Add Filter", one.filters)
            | {"displayOptions": {"show": {"event": [one.key]}}}
            for one in filtered
        ),
    ]
