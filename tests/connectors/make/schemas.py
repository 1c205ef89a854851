"""Make's own JSON Schemas for the files of an app, chosen by a file's name as Make's editor chooses them.

They are not ours to keep here: they lie beside the project, where they are."""

import copy
import json
from fnmatch import fnmatch
from functools import cache
from typing import Any, Final

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.connectors.make.app import ROOT

FOLDER: Final = ROOT.parent / "shared" / "data" / "make-schemas"
# The first that fits.
_CHOSEN: Final = {
    "makecomapp.json": "makecomapp.schema.json",
    "groups.json": "groups.json",
    "common.json": "common.json",
    "base.iml.json": "base.json",
    "endpoints/*.communication.iml.json": "endpoint-api.json",
    "*.communication.iml.json": "api.json",
    "*.attach.iml.json": "api.json",
    "*.detach.iml.json": "api.json",
    "*.params.iml.json": "parameters.json",
    "*.mappable-params.iml.json": "parameters.json",
    "*.interface.iml.json": "parameters.json",
    "*.input.iml.json": "endpoint-parameters.json",
    "*.output.iml.json": "endpoint-parameters.json",
    "*.samples.iml.json": "samples.json",
}


def schema_of(path: str) -> str | None:
    """The name of the schema for a file of the app; None for one that has none."""
    return next((schema for form, schema in _CHOSEN.items() if fnmatch(path, form) or fnmatch(path, f"*/{form}")), None)


def faults(path: str, content: Any) -> list[str]:
    """What Make's schema has against a file."""
    name = schema_of(path)
    validator = Draft7Validator({"$ref": f"file:///{name}"}, registry=_registry())
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]


@cache
def _registry() -> Any:
    schemas = {file.name: _plain(json.loads(file.read_text())) for file in FOLDER.glob("*.json")}
    schemas["endpoint-parameters.json"] = _for_agents(schemas["parameters.json"])
    return Registry().with_resources(
        (f"file:///{name}", Resource.from_contents(schema, default_specification=DRAFT7))
        for name, schema in schemas.items()
    )


def _plain(schema: Any) -> Any:
    """Without anchors, which are not unique, and so that references find the file that they name."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _plain(value) for key, value in schema.items() if not (key == "$id" and str(value).startswith("#"))}


def _for_agents(parameters: Any) -> Any:
    """What Make's editor makes of it for endpoints: each parameter has a name and a help, and none is a banner."""
    schema = copy.deepcopy(parameters)
    parameter = schema["definitions"]["parameter"]
    parameter["required"] = ["type", "help", "name"]
    parameter["properties"]["type"]["oneOf"][0]["enum"].remove("banner")
    return schema
