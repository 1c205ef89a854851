"""A hub whose carrier and model are reached through a gate, so that it can be killed at an exact moment."""

import base64
import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.gate import Gate
from tests.hub import SANDBOX_TOKEN, Hub, running_hub
from tests.services import TEMPLATE, fresh_database

ACCOUNT = "AC" + "5a" * 16


@dataclass(frozen=True, slots=True)
class Faulty:
    """`hub` for what users do, `gate` for the moment, `rung` for what the people in the sandbox noticed."""

    hub: Hub
    gate: Gate

    def rung(self, number: str) -> int:
        """How often the carrier rang this number."""
        token = base64.b64encode(f"{ACCOUNT}:{SANDBOX_TOKEN}".encode()).decode()
        url = f"{self.hub.sandbox_url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageSize=1000&To=%2B{number[1:]}"
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return len(json.load(answer)["calls"])

    def revive(self) -> None:
        """Kill the worker at once and start it again."""
        self.hub.kill_worker()
        self.hub.start_worker()

    def completed_events(self, call_id: str) -> int:
        return len(self.hub.rows("SELECT 1 FROM event WHERE call_id = %s AND type = 'call.completed'", (call_id,)))


@pytest.fixture(scope="session")
def faulty() -> Iterator[Faulty]:
    with (
        Gate() as gate,
        fresh_database(os.environ["DATABASE_URL"], f"mio_fault_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, sandbox_url=gate.url, doubt_seconds=3.0, lease_seconds=4.0) as hub,
    ):
        gate.target = hub.sandbox_url
        yield Faulty(hub, gate)
