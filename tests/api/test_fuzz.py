"""A schema-driven fuzzer against a whole hub: no server error, no answer that the document does not have.

`pytest tests/api/test_fuzz.py --fuzz=many` asks a few thousand times, `--fuzz=few`, the default, a few hundred.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from tests.hub import Hub, running_hub
from tests.services import TEMPLATE, fresh_database

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Effort:
    """`examples` for each operation and phase; `least` is what all together must come to, with each kind of key."""

    phases: str
    examples: int
    least: int


EFFORTS: Final = {
    "few": Effort("examples,fuzzing,stateful", examples=6, least=250),
    "many": Effort("examples,coverage,fuzzing,stateful", examples=60, least=2000),
}


NOBODY: Final = "http://127.0.0.1:9"  # set up for CRMs, which cannot be reached
CRMS: Final = {
    "hubspot_client_id": "id",
    "hubspot_client_secret": "secret",
    "hubspot_app_id": "1",
    "hubspot_base_url": NOBODY,
    "salesforce_client_id": "id",
    "salesforce_client_secret": "secret",
    "salesforce_login_url": NOBODY,
    "salesforce_sandbox_login_url": NOBODY,
}


@pytest.fixture(scope="module")
def own_hub() -> Iterator[Hub]:
    """A hub of its own: what is asked at random is in nobody's way."""
    database_url, copied = os.environ["DATABASE_URL"], os.environ[TEMPLATE]
    with fresh_database(database_url, f"mio_fuzz_{os.getpid()}", copied) as url, running_hub(url, **CRMS) as hub:
        yield hub


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("fuzz")
@pytest.mark.parametrize("mode", ["test", "live"])
def test_whatever_is_asked_is_answered_as_documented(
    own_hub: Hub, tmp_path: Path, pytestconfig: pytest.Config, mode: str
) -> None:
    holder = own_hub.account(balance=100_000)
    key = holder.live_key if mode == "live" else holder.test_key
    effort = EFFORTS[pytestconfig.getoption("--fuzz")]
    report = tmp_path / "report.json"
    options = {
        "--header": f"X-API-Key: {key}",
        "--phases": effort.phases,
        "--max-examples": str(effort.examples),
        "--report": "json",
        "--report-json-path": str(report),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "tests/api/fuzz.toml", "--no-color", "run"]
    done = subprocess.run(
        [*command, f"{own_hub.url}/openapi.json", *chain(*options.items())], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    told = json.loads(report.read_text())
    accepted = sum(rate["accepted"] for phases in told["valid_rates"].values() for rate in phases.values())
    print(f"\n{told['test_cases']['generated']} cases, {accepted} accepted, in {told['running_time']:.0f} s")
    assert told["complete"]
    assert told["operations"]["tested"] == told["operations"]["total"]
    assert told["test_cases"]["generated"] >= effort.least
