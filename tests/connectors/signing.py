"""Requests of the hub's to a trigger, signed here, so that a test knows the secret and can choose the time."""

import hashlib
import hmac
import json
import time
from typing import Any, Final

from tests.connectors.between import Answers, Passed

SECRET: Final = "whsec_of_a_test"


def knows_the_secret(passed: Passed) -> Answers:
    """In the hub's place: gives a webhook whose secret is SECRET."""
    body = json.dumps({"id": "0f8fad5b-d9cb-469f-a165-70867728950e", "secret": SECRET}).encode()
    return Answers(201, {"Content-Type": "application/json"}, body)


def signed(call: dict[str, Any], *, age: float = 0, timestamp: str | None = None) -> dict[str, Any]:
    """An event about `call`, `age` seconds old, with the headers that the hub sends; `timestamp` as it is, if given."""
    moment = timestamp if timestamp is not None else str(int(time.time() - age))
    body = json.dumps({"id": "e1", "event": "call.completed", "timestamp": moment, "call": call})
    signature = hmac.new(SECRET.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"headers": {"x-mio-timestamp": moment, "x-mio-signature": signature}, "body": body}
