"""A real n8n with the packed node in it, for the tests of this folder, which `make test-n8n` runs."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.connectors.contract import Connection
from tests.connectors.n8n.server.install import installation
from tests.connectors.n8n.server.ours import Ours
from tests.connectors.n8n.server.server import N8n, packed
from tests.node_parts import ROOT, needs_node_parts
from tests.services import fresh_database

FIGURE: Final = "n8n figure"
ASKED_FOR: Final = "TEST_N8N"
CONNECTOR: Final = ROOT / "connectors" / "n8n"
HERE: Final = Path(__file__).parent
SECONDS: Final = 300  # the first test waits until n8n has made its tables


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SECONDS))
            if not os.environ.get(ASKED_FOR):
                item.add_marker(pytest.mark.skip("`make test-n8n` runs these in a real n8n (3 GB, installed once)."))


@pytest.fixture(scope="session")
def n8n() -> Iterator[N8n]:
    """A running n8n. It is shared: make workflows and credentials of your own."""
    needs_node_parts(CONNECTOR)
    with (
        tempfile.TemporaryDirectory(prefix="mio-n8n-") as name,
        fresh_database(os.environ["DATABASE_URL"], f"mio_n8n_{os.getpid()}") as url,
        N8n(installation(), packed(CONNECTOR, Path(name)), url, Path(name)) as running,
    ):
        yield running


@pytest.fixture
def ours(n8n: N8n, connection: Connection) -> Ours:
    """Nodes that work with the account of this test."""
    return n8n.connect(connection.url, connection.key)


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says something at the end of the run."""
    return lambda line: request.node.user_properties.append((FIGURE, line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", ()):
        for line in (value for name, value in report.user_properties if name == FIGURE):
            terminalreporter.write_line(line)
