"""The demo: one call in the sandbox, its transcript as it is spoken, and the webhook that follows."""

import json
import queue
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from app.dev.client import Client, Refused
from app.dev.keeping import write_private
from app.dev.receiver import Receipt, Receiver
from app.dev.terminal import Terminal

Pause = Callable[[float], None]

_LOOK_SECONDS: Final = 0.15
_CALL_SECONDS: Final = 120.0
_WEBHOOK_SECONDS: Final = 20.0
_OVER: Final = ("completed", "no-answer", "busy", "failed", "canceled")
_INSTRUCTIONS: Final = (
    "Call Joe's Pizza and order a large pepperoni pizza for pickup at 7pm under the name Jane. "
    "Ask for the total price and when it will be ready."
)
_FIRST_MESSAGE: Final = "Hi, I'd like to place an order for pickup, please."


class DemoFailed(Exception):
    """The demo did not come to its end; the message says where it stopped. The hub itself may be fine."""


def show(client: Client, receiver: Receiver, folder: Path, terminal: Terminal, pause: Pause) -> None:
    """Place a call and show everything about it. `pause` sleeps, and raises when a person wants to stop.

    Raises DemoFailed.
    """
    try:
        subscribe(client, receiver, folder / "demo-webhook.json")
        call = client.post(
            "/calls",
            {
                "phoneNumber": _somebody(),
                "name": "Joe's Pizza",
                "instructions": _INSTRUCTIONS,
                "firstMessage": _FIRST_MESSAGE,
            },
        )
        terminal.heading(f"Demo call to {call['toNumber']} (in the sandbox: nobody's phone rings)")
        _follow(client, call, terminal, pause)
        terminal.webhook(_receipt(receiver, call["id"], pause))
    except Refused as error:
        raise DemoFailed(f"the API answered {error}") from error
    except OSError as error:
        raise DemoFailed(f"the API could not be reached: {error}") from error


def subscribe(client: Client, receiver: Receiver, path: Path) -> None:
    """Have the demo's one webhook point at the receiver: the one of the last start, or a new one. Raises Refused."""
    wanted = {"url": receiver.url, "active": True}
    known = json.loads(path.read_text()) if path.exists() else None
    if known and known["id"] in {webhook["id"] for webhook in client.get("/webhooks")["data"]}:
        receiver.secret = known["secret"]
        client.put(f"/webhooks/{known['id']}", wanted)
        return
    made = client.post("/webhooks", {"url": receiver.url})
    receiver.secret = made["secret"]
    write_private(path, json.dumps({"id": made["id"], "secret": made["secret"]}))


def _somebody() -> str:
    """A number of a cooperative person, not the same each time: limits and open calls are kept by number."""
    return f"+1555{random.randint(2_000_000, 9_999_999)}"  # noqa: S311 - not a secret


def _follow(client: Client, call: dict[str, Any], terminal: Terminal, pause: Pause) -> None:
    """Show each turn and change of status until the call has ended."""
    shown, status, until = 0, "", time.monotonic() + _CALL_SECONDS
    while True:
        if call["status"] != status:
            status = call["status"]
            terminal.status(status)
        for turn in call["transcript"][shown:] if "transcript" in call else []:
            terminal.turn(turn["role"], turn["text"])
            shown += 1
        if status in _OVER:
            return
        if time.monotonic() > until:
            raise DemoFailed(f"the call was still {status} after {_CALL_SECONDS:.0f} s")
        pause(_LOOK_SECONDS)
        call = client.get(f"/calls/{call['id']}")


def _receipt(receiver: Receiver, call_id: str, pause: Pause) -> Receipt:
    """The webhook of this call; older ones may come before it."""
    until = time.monotonic() + _WEBHOOK_SECONDS
    while time.monotonic() < until:
        try:
            receipt = receiver.receipts.get_nowait()
        except queue.Empty:
            pause(_LOOK_SECONDS)
            continue
        if receipt.event["call"]["id"] == call_id:
            return receipt
    raise DemoFailed(f"no webhook came within {_WEBHOOK_SECONDS:.0f} s")
