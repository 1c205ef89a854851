"""What Zapier's own tools say of the app."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.connectors import zapier
from tests.node_parts import ROOT, needs_node_parts

TOOLS = ROOT / "tests" / "connectors" / "node24"


def test_the_core_finds_the_app_valid() -> None:
    with zapier.running() as running:
        assert running.validate() == []


def test_the_command_line_finds_the_app_valid() -> None:
    needs_node_parts(TOOLS)
    needs_node_parts(zapier.FOLDER)
    ran = zapier_platform("validate", "--without-style")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "structurally sound" in ran.stdout


@pytest.mark.parametrize("script", ["lint", "types"])
def test_its_code_is_clean(script: str) -> None:
    needs_node_parts(zapier.FOLDER)
    ran = subprocess.run(
        ["npm", "run", "--silent", script], cwd=zapier.FOLDER, capture_output=True, text=True, timeout=50, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def zapier_platform(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Zapier's command line, on the Node 24 installed with it (on Linux; elsewhere on the Node that is there)."""
    modules = TOOLS / "node_modules"
    node = next(modules.glob("node-*-*/bin/node"), Path(shutil.which("node") or "node"))
    return subprocess.run(
        [node, modules / "zapier-platform-cli" / "src" / "bin" / "run", *arguments],
        cwd=zapier.FOLDER,
        env=os.environ | {"PATH": f"{node.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
