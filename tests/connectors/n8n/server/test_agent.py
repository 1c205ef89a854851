"""Our node as a tool of n8n's own AI agent, whose model is a stand-in."""

import json
from typing import Any

import pytest

from tests.connectors.contract import a_number, calls_of
from tests.connectors.n8n.server.model import SAID, Model
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Node, Workflow, equipped, next_step, started_by_request
from tests.hub import Holder, Hub

MODEL = {"__rl": True, "mode": "id", "value": "gpt-5.4-mini"}


def agent(n8n: N8n, ours: Ours, model_url: str, operation: str) -> Workflow:
    """An agent that may call people, as its model sees fit."""
    data = {"apiKey": "sk-none", "url": model_url, "header": False, "allowedHttpRequestDomains": "all"}
    openai = n8n.rest.post("/credentials", {"name": "Model", "type": "openAiApi", "data": data})
    named = {"openAiApi": {"id": openai["id"], "name": "Model"}}
    model = Node("Model", "@n8n/n8n-nodes-langchain.lmChatOpenAi", {"model": MODEL}, 1.2, named)
    tool = ours.tool(
        operation,
        phoneNumber="={{ $fromAI('phoneNumber', 'Whom to call.', 'string') }}",
        instructions="Ask for the opening hours.",
    )
    prompt = {"promptType": "define", "text": "Call them and tell me when they are open."}
    thinking = Node("Agent", "@n8n/n8n-nodes-langchain.agent", prompt, 3)
    return n8n.save(equipped([started_by_request(), thinking, next_step()], thinking, model, tool))


@pytest.mark.parametrize("operation", ["start", WAIT])
def test_an_agent_calls_somebody_and_learns_what_came_of_it(
    n8n: N8n, ours: Ours, hub: Hub, holder: Holder, operation: str
) -> None:
    with Model({"phoneNumber": a_number()}) as model:
        execution = agent(n8n, ours, model.url, operation).run({}, seconds=60)
    [dialled] = calls_of(hub, holder)
    assert execution.status == "success"
    [call] = told(execution.items("Next")[0])
    assert call["id"] == str(dialled["id"])
    assert (operation == WAIT) == bool(call.get("summary"))


def told(item: dict[str, Any]) -> list[dict[str, Any]]:
    """What the tool gave, as the agent's model repeated it."""
    found: list[dict[str, Any]] = json.loads(item["output"].removeprefix(SAID))
    return found
