"""OpenAI's chat completions on the wire: https://platform.openai.com/docs/api-reference/chat."""

import hmac
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from app.sandbox.clock import Clock
from app.sandbox.model import rules
from app.sandbox.model.finding import answers
from app.sandbox.options import SandboxOptions

FIRST_TOKEN_SECONDS: Final = 0.35
TOKEN_SECONDS: Final = 0.03


def model(options: SandboxOptions) -> Blueprint:
    """`POST /v1/chat/completions` and `GET /v1/models`, with the auth token as key."""
    routes, clock = Blueprint("model", __name__, url_prefix="/v1"), Clock(options.speed)

    @routes.before_request
    def authenticate() -> tuple[Response, int] | None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), options.auth_token.encode()):
            return None
        return _error(401, "invalid_api_key", "Incorrect API key provided.")

    @routes.get("/models")
    def models() -> Response:
        return jsonify({"object": "list", "data": [{"id": "sandbox", "object": "model", "owned_by": "mio"}]})

    @routes.post("/chat/completions")
    def completions() -> Response | tuple[Response, int]:
        body = request.get_json()
        try:
            answer = _answer(body)
        except rules.Fails:
            return _error(500, "server_error", "The server had an error while processing your request.")
        if body.get("stream"):
            return Response(_events(answer, body, clock), content_type="text/event-stream")
        return jsonify(_whole(answer, body))

    return routes


def _answer(body: dict[str, Any]) -> rules.Answer:
    messages = [{"role": m["role"], "content": str(m.get("content") or "")} for m in body["messages"]]
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    if schema:
        return rules.Answer(json.dumps(_filled(schema, messages[-1]["content"])))
    if not any(message["role"] == "user" for message in messages):
        return rules.opening(messages)
    return rules.reply(messages, {tool["function"]["name"] for tool in body.get("tools") or ()})


def _filled(schema: dict[str, Any], material: str) -> dict[str, Any]:
    """An object of the given schema: what was answered where it wants `answer_1` and so on, else text for a text."""
    text = rules.summary(material)
    known = {f"answer_{number}": found for number, found in enumerate(answers(material), 1)}
    empty: dict[str, Any] = {"string": text, "boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
    fields = schema.get("properties", {}).items()
    return {name: known.get(name, empty.get(str(rule.get("type")))) for name, rule in fields}


def _events(answer: rules.Answer, body: dict[str, Any], clock: Clock) -> Iterator[str]:
    head = _head(body, "chat.completion.chunk")
    time.sleep(clock.real(FIRST_TOKEN_SECONDS))
    yield _event(head, {"role": "assistant", "content": ""})
    words = answer.text.split(" ") if answer.text else []
    for place, word in enumerate(words):
        yield _event(head, {"content": word if place == 0 else f" {word}"})
        time.sleep(clock.real(TOKEN_SECONDS))
    for index, call in enumerate(_tool_calls(answer)):
        yield _event(head, {"tool_calls": [{"index": index, **call}]})
    yield _event(head, {}, "tool_calls" if answer.tools else "stop")
    yield "data: [DONE]\n\n"


def _event(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    chunk = head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(chunk)}\n\n"


def _whole(answer: rules.Answer, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.tools:
        message["tool_calls"] = _tool_calls(answer)
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if answer.tools else "stop"}
    usage = {"prompt_tokens": 0, "completion_tokens": len(answer.text.split()), "total_tokens": 0}
    return _head(body, "chat.completion") | {"choices": [choice], "usage": usage}


def _tool_calls(answer: rules.Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{secrets.token_hex(8)}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for name, arguments in answer.tools
    ]


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": str(body.get("model", "sandbox")),
    }


def _error(status: int, code: str, message: str) -> tuple[Response, int]:
    return jsonify({"error": {"message": message, "type": code, "param": None, "code": code}}), status
