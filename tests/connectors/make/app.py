"""The files of the custom app, and what Make checks of a person's input before it runs any of them."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.connectors.make.errors import MakeError

ROOT: Final = Path(__file__).parents[3]
APP: Final = ROOT / "connectors" / "make"

Code = Any
Parameters = dict[str, Any]


@cache
def read(path: str) -> Code:
    """A JSON file of the app. Treat it as read-only."""
    return json.loads((APP / path).read_text())


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = read("makecomapp.json")
    return found


def general(code: str) -> Code:
    """The content of one of the app's own code files: base, common or groups."""
    return read(manifest()["generalCodeFiles"][code])


def component(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest()["components"][kind][name]
    return found


def code(kind: str, name: str, which: str) -> Code:
    """The content of one of a component's code files; None where it has none."""
    path = component(kind, name)["codeFiles"].get(which)
    return read(path) if path else None


def checked(specification: list[dict[str, Any]], given: Mapping[str, Any]) -> Parameters:
    """`given` with defaults, and with dates as Make has them. Raises MakeError as Make does before a run."""
    found: Parameters = {}
    for parameter in specification:
        value = given.get(parameter["name"], parameter.get("default"))
        if value in (None, ""):
            _need(not parameter.get("required"), parameter, "is required")
            continue
        found[parameter["name"]] = _checked(parameter, value)
    unknown = set(given) - {parameter["name"] for parameter in specification}
    assert not unknown, f"The module does not ask for {unknown}."
    return found


def _checked(parameter: Parameters, value: Any) -> Any:
    rules = parameter.get("validate", {})
    if parameter["type"] == "date":
        return datetime.fromisoformat(value)
    if isinstance(value, int):
        _need(rules.get("min", value) <= value <= rules.get("max", value), parameter, "is out of range")
    if isinstance(value, str):
        _need(len(value) <= rules.get("max", len(value)), parameter, "is too long")
        _need(re.search(rules.get("pattern", ""), value) is not None, parameter, "has a wrong form")
    for one in (value if parameter.get("multiple") else [value]) if "options" in parameter else []:
        _need_choice(parameter, one)
    return value


def _need_choice(parameter: Parameters, value: Any) -> None:
    options = parameter["options"]
    if not isinstance(options, str):
        _need(value in [option["value"] for option in options], parameter, "is not one of the choices")


def _need(is_right: bool, parameter: Parameters, what: str) -> None:
    if not is_right:
        raise MakeError("BundleValidationError", f"{parameter['label']} {what}.", parameter["name"])
