"""The HubSpot project as it lies in the tree."""

import json
from typing import Any, Final

from tests.node_parts import ROOT

FOLDER: Final = ROOT / "connectors" / "hubspot"
APP: Final = "src/app/app-hsmeta.json"
ACTION: Final = "src/app/workflow-actions/start-call-hsmeta.json"
WEBHOOKS: Final = "src/app/webhooks/webhooks-hsmeta.json"


def read(path: str) -> Any:
    return json.loads((FOLDER / path).read_text())


def config(path: str) -> Any:
    return read(path)["config"]


def labels() -> Any:
    """What people who read English see of the action."""
    return config(ACTION)["labels"]["en"]


def typed(fields: str) -> dict[str, Any]:
    """Name to definition of `inputFields` or `outputFields`."""
    return {one["typeDefinition"]["name"]: one["typeDefinition"] for one in config(ACTION)[fields]}
