"""HubSpot's official OpenAPI documents, as JSON Schemas.

They are not ours to keep here: they lie beside the project, where they are.
"""

import copy
import json
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.node_parts import ROOT

FOLDER: Final = ROOT.parent / "shared" / "data" / "hubspot-openapi"
MISSING: Final = f"HubSpot's OpenAPI documents are not here: {FOLDER}"

# The document asks for these of every field alike, and HubSpot's own examples of outputs have none of them.
_LEFT_TO_HUBSPOT: Final = {
    "FieldTypeDefinition": {"externalOptions", "options", "schema", "useChirp"},
    "PublicFieldTypeDefinition": {"options"},
    "Option": {"description", "doubleData", "hidden", "readOnly"},
}


def faults(document: str, name: str, content: Any) -> list[str]:
    """What `components.schemas.<name>` of a document has against this; a name that it does not know is a fault."""
    validator = Draft202012Validator(
        {"$ref": f"urn:{document}#/components/schemas/{name}"}, registry=_registry(document)
    )
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]


def scopes(document: str, method: str, path: str) -> set[str]:
    """Each of these scopes is enough for the request."""
    asked = _document(document)["paths"][path][method]["security"]
    return {scope for one in asked for scopes in one.values() for scope in scopes}


def definition(config: Any) -> Any:
    """An action of a project as the API that HubSpot keeps actions by has it."""
    same = {key: value for key, value in config.items() if key not in ("isPublished", "supportedClients")}
    return same | {"published": config["isPublished"], "functions": []}


@cache
def _document(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


@cache
def _registry(name: str) -> Any:
    document = copy.deepcopy(_document(name))
    for key, schema in document["components"]["schemas"].items():
        schema["required"] = sorted(set(schema.get("required", ())) - _LEFT_TO_HUBSPOT.get(key, set()))
        if "properties" in schema:
            schema["additionalProperties"] = False
    return Registry().with_resource(f"urn:{name}", Resource.from_contents(_any_object(document), DRAFT202012))


def _any_object(part: Any) -> Any:
    """HubSpot writes `any value` as an object without properties: its own clients type it so."""
    if isinstance(part, list):
        return [_any_object(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "object" and part.get("properties") == {}:
        return {}
    return {key: _any_object(value) for key, value in part.items()}
