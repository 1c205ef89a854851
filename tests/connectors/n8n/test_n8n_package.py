"""The package by n8n's own rules: its linter in strict mode, its verification scanner, and what npm packs."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.connectors.n8n.engine import FOLDER
from tests.connectors.runtime import DRIVERS
from tests.node_parts import built, needs_node_parts


def run(*command: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=170)


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "package.json").read_text())
    return found


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What npm would publish, unpacked."""
    needs_node_parts(FOLDER)
    into = tmp_path_factory.mktemp("packed")
    done = run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", str(into), folder=built(FOLDER))
    subprocess.run(["tar", "-xzf", json.loads(done.stdout)[0]["filename"]], cwd=into, check=True)
    return into / "package"


@pytest.mark.timeout(180)
def test_n8ns_linter_finds_nothing(packed: Path) -> None:
    done = run("npm", "run", "lint", "--silent")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(180)
def test_n8ns_verification_scanner_finds_nothing(packed: Path) -> None:
    done = run("node", str(DRIVERS / "n8n-scan.mjs"), str(FOLDER), str(packed))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(60)
def test_the_code_is_in_its_format(packed: Path) -> None:
    done = run("npx", "prettier", "--check", "nodes/**/*.ts", "credentials/*.ts")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_that_the_manifest_names_is_packed(packed: Path) -> None:
    n8n = manifest()["n8n"]
    for path in [*n8n["nodes"], *n8n["credentials"]]:
        assert (packed / path).is_file()
    for node in n8n["nodes"]:
        assert (packed / node.replace(".js", ".json")).is_file()


def test_icons_and_output_schemas_are_packed(packed: Path) -> None:
    assert {file.name for file in packed.rglob("*.svg")} == {"miohub.svg", "miohub.dark.svg"}
    for resource, operations in OPERATIONS.items():
        folder = packed / "dist/nodes/MioHub/__schema__/v1.0.0" / resource
        assert {file.stem for file in folder.iterdir()} == operations


def test_only_what_is_built_is_packed(packed: Path) -> None:
    beside = {file.name for file in packed.iterdir()}
    assert beside == {"dist", "package.json", "README.md", "LICENSE.md"}


def test_nothing_is_needed_when_it_runs() -> None:
    assert manifest().get("dependencies") is None
    assert manifest()["peerDependencies"] == {"n8n-workflow": "*"}


def test_tools_are_named_by_exact_versions() -> None:
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in manifest()["devDependencies"].values())


OPERATIONS: Final = {
    "call": {"start", "startAndWait", "startBatch", "schedule", "get", "getAll", "cancel"},
    "doNotCall": {"create", "delete", "getAll"},
}
