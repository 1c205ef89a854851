"""HubSpot's own parser takes the project, and would notice what is wrong with one."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.generation.hubspot.__main__ import main
from tests.connectors.hubspot.project import ACTION, APP, FOLDER, WEBHOOKS
from tests.connectors.runtime import Refused, Runtime
from tests.node_parts import needs_node_parts

pytestmark = pytest.mark.xdist_group("hubspot-parser")


@pytest.fixture(scope="module")
def parser() -> Iterator[Runtime]:
    needs_node_parts(FOLDER)
    with Runtime("hubspot.mjs", FOLDER) as runtime:
        yield runtime


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(FOLDER / "src", tmp_path / "src")
    shutil.copy(FOLDER / "hsproject.json", tmp_path)
    return tmp_path


def parse(parser: Runtime, folder: Path) -> Any:
    return parser.do("parse", folder=str(folder))


def change(file: Path, **over: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | over))


def test_it_finds_every_component_and_passes_over_no_file(parser: Runtime) -> None:
    found = parse(parser, FOLDER)
    assert {uid: node["componentType"] for uid, node in found["nodes"].items()} == {
        "mio_ai_calls": "APPLICATION",
        "mio_ai_calls_webhooks": "WEBHOOKS",
        "mio_start_ai_call": "WORKFLOW_ACTION",
    }
    assert found["skipped"] == []


def test_the_features_belong_to_the_app(parser: Runtime) -> None:
    nodes = parse(parser, FOLDER)["nodes"]
    assert {node["componentDeps"].get("app") for uid, node in nodes.items() if uid != "mio_ai_calls"} == {
        "mio_ai_calls"
    }


def test_what_it_reads_is_what_the_files_say(parser: Runtime) -> None:
    nodes = parse(parser, FOLDER)["nodes"]
    for path in (APP, ACTION, WEBHOOKS):
        file = json.loads((FOLDER / path).read_text())
        assert nodes[file["uid"]]["config"] == file["config"]


def test_it_takes_the_project_of_another_hub(parser: Runtime, tmp_path: Path) -> None:
    assert main(["https://calls.example.com", "help@example.com", str(tmp_path)]) == 0
    config = parse(parser, tmp_path)["nodes"]["mio_start_ai_call"]["config"]
    assert config["actionUrl"] == "https://calls.example.com/crm/hubspot/action"


@pytest.mark.parametrize(
    ("path", "over"),
    [
        (ACTION, {"uid": "start call"}),
        (ACTION, {"uid": "a" * 65}),
        (ACTION, {"uid": "mio_ai_calls"}),
        (ACTION, {"type": "workflow-actions"}),
        (ACTION, {"labels": {}}),
        (WEBHOOKS, {"config": None}),
        (APP, {"type": "theme"}),
        ("hsproject.json", {"srcDir": "source"}),
        ("hsproject.json", {"platformVersion": "2026.3"}),
        ("hsproject.json", {"name": ""}),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_wrong_file_would_be_noticed(parser: Runtime, project: Path, path: str, over: dict[str, Any]) -> None:
    change(project / path, **over)
    with pytest.raises(Refused):
        parse(parser, project)


def test_a_file_in_a_wrong_folder_would_be_noticed(parser: Runtime, project: Path) -> None:
    (project / ACTION).rename(project / "src" / "app" / "webhooks" / "start-call-hsmeta.json")
    with pytest.raises(Refused):
        parse(parser, project)
