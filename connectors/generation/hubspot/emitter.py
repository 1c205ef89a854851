"""The HubSpot developer project. Everything in it follows from `schemas/` and from where the hub is."""

from typing import Final

from connectors.generation.hubspot.action import start_call
from connectors.generation.hubspot.app import app, webhooks
from connectors.generation.hubspot.place import MIO, Place
from connectors.generation.javascript import json_file

FOLDERS: Final = ("connectors/hubspot/src",)
PLATFORM_VERSION: Final = "2026.03"

_ROOT: Final = "connectors/hubspot"


def files() -> dict[str, str]:
    """Every generated file of the project of our own hub: path to content."""
    return {f"{_ROOT}/{path}": content for path, content in project(MIO).items()}


def project(place: Place) -> dict[str, str]:
    """The project of a hub: path, from the project's root, to content."""
    wanted = {
        "hsproject.json": {"name": "mio-ai-calls", "srcDir": "src", "platformVersion": PLATFORM_VERSION},
        "src/app/app-hsmeta.json": app(place),
        "src/app/webhooks/webhooks-hsmeta.json": webhooks(place),
        "src/app/workflow-actions/start-call-hsmeta.json": start_call(place),
    }
    return {path: json_file(content) for path, content in wanted.items()}
