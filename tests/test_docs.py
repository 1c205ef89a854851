"""The documents keep up with the code."""

from dataclasses import fields
from pathlib import Path

import pytest

from app.api.codes import REASONS
from app.cast import CAST, Role
from app.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", [field.name.upper() for field in fields(Settings)])
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("role", CAST, ids=lambda role: role.number)
def test_the_readme_tells_what_happens_at_each_number_of_the_sandbox(role: Role) -> None:
    assert f"| {role.number} | {role.happens} |" in README


@pytest.mark.parametrize(
    "target",
    [
        "run",
        "test",
        "test-connectors",
        "test-n8n",
        "test-faults",
        "check",
        "connectors",
        "reset",
        "bench",
        "bench-webhooks",
        "bench-connectors",
        "bench-crm",
        "setup",
    ],
)
def test_a_make_target_has_a_help_text(target: str) -> None:
    assert any(line.startswith(f"{target}:") and "## " in line for line in (ROOT / "Makefile").read_text().splitlines())


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_for_which_a_crms_request_gets_no_call_is_told(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs" / "crm-rules.md").read_text()
