"""What HubSpot's workflows send, signed as HubSpot signs (version 3): base64(HMAC-SHA256(secret, method + URL + body +
time in milliseconds))."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.load import Result, send

PATH: Final = "/crm/hubspot/action"
_numbers = itertools.count(2_000_000_000)


@dataclass(frozen=True, slots=True)
class Portal:
    """A connected portal, and where its requests go: the hub's public address and the secret of its app."""

    id: str
    url: str
    secret: str


def actions(portals: Sequence[Portal]) -> Callable[[int], bytes]:
    """A new step for each number, of the portals in turn."""
    return lambda number: _request(portals[number % len(portals)])


def send_all(address: tuple[str, int], wanted: Sequence[tuple[Sequence[Portal], int]], connections: int) -> Result:
    """Send so many steps of these portals, one group after the other, as fast as they are answered."""

    def requests() -> Iterator[bytes]:
        for portals, count in wanted:
            yield from map(actions(portals), range(count))

    return send(address, requests(), connections)


def _request(portal: Portal) -> bytes:
    number = next(_numbers)
    step = {
        "callbackId": f"ap-{portal.id}-{number}-1-0",
        "origin": {"portalId": int(portal.id), "actionDefinitionId": 1, "actionDefinitionVersion": 1},
        "context": {"source": "WORKFLOWS", "workflowId": 2},
        "object": {"objectId": number, "objectType": "CONTACT", "properties": {}},
        "inputFields": {
            "phone_number": f"+1{number}",
            "instructions": "Ask whether they still want the offer, and offer a demo on Thursday.",
        },
    }
    body, sent_at = json.dumps(step).encode(), str(int(time.time() * 1000))
    text = f"POST{portal.url}{PATH}".encode() + body + sent_at.encode()
    signature = base64.b64encode(hmac.digest(portal.secret.encode(), text, hashlib.sha256)).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-HubSpot-Signature-v3: {signature}\r\nX-HubSpot-Request-Timestamp: {sent_at}\r\n\r\n"
    )
    return head.encode() + body
