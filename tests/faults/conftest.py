"""Hubs to be killed at an exact moment: one whose carrier and model are reached through a gate, one that sends webhooks
from a PostgreSQL of its own. What is measured stands in a table at the end of the run."""

import base64
import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.crm.clouds import Clouds, settings_of
from tests.faults.gate import Gate
from tests.faults.own_postgres import own_postgres
from tests.faults.receivers import Receivers
from tests.faults.trial import Figures, Site
from tests.hub import SANDBOX_TOKEN, Hub, running_hub
from tests.services import TEMPLATE, fresh_database

pytest.register_assert_rewrite("tests.faults.invariants")

ACCOUNT = "AC" + "5a" * 16
FIGURES = "figures"
IN_FLIGHT = 20  # for each endpoint
QUICK = {"crm_timeout_seconds": 0.5}  # by which a lease of work for a CRM lasts

Show = Callable[[Figures], Figures]


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
def _faulty(clouds: Clouds) -> Iterator[Faulty]:
    with (
        Gate() as gate,
        fresh_database(os.environ["DATABASE_URL"], f"mio_fault_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(
            url, sandbox_url=gate.url, doubt_seconds=3.0, lease_seconds=4.0, **settings_of(clouds) | QUICK
        ) as hub,
    ):
        gate.target = hub.sandbox_url
        yield Faulty(hub, gate)


@pytest.fixture
def faulty(_faulty: Faulty) -> Iterator[Faulty]:
    """Whole again after each test, however it went."""
    yield _faulty
    _faulty.hub.restore()


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    with (
        Receivers() as receivers,
        own_postgres() as postgres,
        running_hub(
            postgres.url, webhook_timeout_seconds=3.0, webhook_retry_scale=0.04, webhook_in_flight=IN_FLIGHT
        ) as hub,
    ):
        yield Site(hub, postgres, receivers)


@pytest.fixture
def site(_site: Site) -> Site:
    """Without a trace of the tests before, however they went."""
    _site.clear()
    return _site


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Show:
    """Puts a test's figures into the table, and gives them back."""

    def put(figures: Figures) -> Figures:
        request.node.user_properties.append((FIGURES, figures))
        return figures

    return put


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = [
        (report.nodeid.rpartition("::")[2], value)
        for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ()))
        for name, value in report.user_properties
        if name == FIGURES and report.when == "call"
    ]
    if found:
        columns = list(found[0][1])
        terminalreporter.section("figures")
        terminalreporter.line(" ".join(f"{column:>10}" for column in columns))
        for name, figures in found:
            terminalreporter.line(f"{' '.join(f'{figures[column]:>10}' for column in columns)}  {name}")
