"""Our nodes, as somebody puts them into a workflow."""

from dataclasses import dataclass, replace
from typing import Any, Final

from tests.connectors.n8n.server.workflows import Node

PACKAGE: Final = "n8n-nodes-miohub"
CREDENTIAL_TYPE: Final = "mioHubApi"
WAIT: Final = "startAndWait"


def credential_data(hub_url: str, key: str) -> dict[str, str]:
    """What a person types into the credentials."""
    return {"apiKey": key, "baseUrl": hub_url}


@dataclass(frozen=True, slots=True)
class Ours:
    """Makes nodes that work with the credentials of this id."""

    credential_id: str

    def step(self, operation: str, *, more: dict[str, Any] | None = None, **parameters: Any) -> Node:
        """A step with a call, whose result is given whole. `more` are settings that n8n has for every step."""
        given = {"resource": "call", "operation": operation, "simplify": False} | parameters
        return Node("Mio Hub", f"{PACKAGE}.mioHub", given, credentials=self._credentials, more=more or {})

    def tool(self, operation: str, **parameters: Any) -> Node:
        """The same as a tool of an AI agent."""
        return replace(self.step(operation, **parameters), type=f"{PACKAGE}.mioHubTool")

    def trigger(self, **parameters: Any) -> Node:
        return Node("Mio Hub Trigger", f"{PACKAGE}.mioHubTrigger", parameters, credentials=self._credentials)

    @property
    def _credentials(self) -> dict[str, Any]:
        return {CREDENTIAL_TYPE: {"id": self.credential_id, "name": "Mio Hub"}}
