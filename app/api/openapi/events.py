"""What the hub sends: the document's webhooks, and the callback of a call."""

from typing import Any, Final

from app.api.openapi.components import read, reference
from app.api.openapi.examples import examples
from app.webhooks.catalogue import EVENT_TYPES, FOR_CALLBACKS, noun

Part = dict[str, Any]

_HEADERS: Final = {
    "X-Mio-Signature": (
        "HMAC-SHA256 of `{X-Mio-Timestamp}.{body}`, keyed with the secret as it was issued: 64 lower-case hex digits.",
        {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ),
    "X-Mio-Timestamp": (
        "When this attempt was sent, in Unix seconds. Refuse what is older than five minutes.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "X-Mio-Event": ("The kind of event.", reference("event-name")),
    "X-Mio-Delivery": ("Identifies the delivery; the same on every retry.", {"type": "string", "format": "uuid"}),
    "webhook-id": (
        "The same as X-Mio-Delivery, as Standard Webhooks has it.",
        {"type": "string", "format": "uuid"},
    ),
    "webhook-timestamp": (
        "The same as X-Mio-Timestamp, as Standard Webhooks has it.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "webhook-signature": (
        "The signatures of Standard Webhooks, separated by spaces; two of them while a rotation overlaps.",
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$"},
    ),
}
PARAMETERS: Final = {
    name: {"name": name, "in": "header", "description": description, "required": True, "schema": schema}
    for name, (description, schema) in _HEADERS.items()
}
_RESPONSES: Final = {
    "2XX": {"description": "Taken, if it comes within ten seconds. The body is kept in the delivery's log."},
    "410": {"description": "Not wanted any more: if the first retry is answered so too, the webhook is disabled."},
    "default": {"description": "Not taken: tried again up to ten times, over more than a day."},
}
_CALLBACK_RESPONSES: Final = {
    "2XX": {"description": "Taken, if it comes within ten seconds."},
    "default": {"description": "Tried again after 409, 425, 429, a 5xx status and a time-out; given up otherwise."},
}


def webhooks() -> Part:
    """Every kind of event, as a request to your endpoint."""
    return {event: {"post": _request(event)} for event in EVENT_TYPES}


def _request(event: str) -> Part:
    name = f"event.{event}"
    return {
        "operationId": "on" + "".join(word.capitalize() for word in event.split(".")),
        "summary": event,
        "description": read(name)["description"],
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{header}"} for header in PARAMETERS],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference(name), "examples": examples(name)}},
        },
        "responses": _RESPONSES,
    }


def callbacks(what: str) -> Part:
    """What goes to the callbackUrl of a `call` or a `batch`."""
    told = [event for event in EVENT_TYPES if event in FOR_CALLBACKS and noun(event) == what]
    request = {
        "summary": f"The {what} has ended, or its deadline has passed",
        "description": (
            f"Sent once: {what}.completed when the {what} has ended, or {what}.deadline when it has not by its"
            " callbackDeadlineSeconds. Signed like a webhook, with the account's callback secret."
        ),
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{header}"} for header in PARAMETERS],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"oneOf": [reference(f"event.{event}") for event in told]}}},
        },
        "responses": _CALLBACK_RESPONSES,
    }
    return {"ending": {"{$request.body#/callbackUrl}": {"post": request}}}
