"""The libraries of others in JavaScript verify what we sign. `make test-connectors` installs them."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.webhooks.signing import new_secret
from tests.node_parts import needs_node_parts
from tests.webhooks.test_signing import BODY, signed

FOLDER = Path(__file__).parent / "libraries"
ALL = ["standardwebhooks", "svix", "stripe"]


@pytest.fixture(autouse=True)
def _libraries() -> None:
    needs_node_parts(FOLDER)


def verifying(secret: str, body: bytes, headers: dict[str, str]) -> list[str]:
    """Which libraries verify it."""
    request = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    ran = subprocess.run(["node", "verify.js"], cwd=FOLDER, input=request.encode(), capture_output=True, timeout=30)
    assert ran.returncode == 0, ran.stderr.decode()
    found: list[str] = json.loads(ran.stdout)
    return found


def test_all_of_them_verify_what_we_send() -> None:
    secret = new_secret()
    assert verifying(secret, BODY, signed(secret)) == ALL


def test_none_of_them_takes_a_tampered_body() -> None:
    secret = new_secret()
    assert verifying(secret, BODY + b" ", signed(secret)) == []


def test_none_of_them_takes_an_old_timestamp() -> None:
    secret = new_secret()
    old = int(datetime.now(UTC).timestamp()) - 3600
    assert verifying(secret, BODY, signed(secret, timestamp=old)) == []


def test_none_of_them_takes_another_secret() -> None:
    assert verifying(new_secret(), BODY, signed(new_secret())) == []


def test_during_a_rotation_each_scheme_is_verified_with_its_secrets() -> None:
    old, new = new_secret(), new_secret()
    assert verifying(old, BODY, signed(old, new)) == ALL
    assert verifying(new, BODY, signed(old, new)) == ["standardwebhooks", "svix"]
