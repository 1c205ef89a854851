"""What Salesforce's own tools say of the package: its converter, its Apex grammar and types, its analyser."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.connectors.salesforce.package import (
    APEX,
    FOLDER,
    LONGEST_SECONDS,
    SOURCE,
    XML,
    asked,
    named,
    needs_java,
    root,
    type_faults,
)
from tests.connectors.salesforce.types import definitions, faults
from tests.node_parts import needs_node_parts

pytestmark = pytest.mark.timeout(LONGEST_SECONDS + 20)

# What a file's name calls a thing, where that is not its type.
KINDS = {"cls": "ApexClass", "field": "CustomField", "object": "CustomObject"}


@pytest.fixture(scope="module")
def converted() -> dict[str, Any]:
    found: dict[str, Any] = asked("convert", SOURCE)
    return found


@pytest.fixture
def known() -> None:
    """Salesforce's type definitions are there."""
    needs_node_parts(FOLDER)


def test_the_converter_recognises_every_component(converted: dict[str, Any]) -> None:
    assert sorted(converted["components"]) == sorted(
        f"{root(file).tag}:{file.name.split('.')[0]}" for file in XML if root(file).tag != "CustomField"
    )


def test_the_converter_makes_a_package_with_every_field(converted: dict[str, Any]) -> None:
    manifest = str(converted["manifest"])
    columns = [file.name.split(".")[0] for file in XML if root(file).tag == "CustomField"]
    assert [name for name in columns if f"<members>Call_Completed__e.{name}</members>" not in manifest] == []
    assert str(converted["event"]).count("<fields>") == len(columns)


def test_the_converter_keeps_the_registered_document_to_the_letter(converted: dict[str, Any]) -> None:
    document = json.loads((FOLDER / "openapi-external-services.json").read_text())
    registration = ElementTree.fromstring(str(converted["registration"]))
    assert json.loads(registration.findtext("{*}schema") or "") == document


def test_apex_follows_its_grammar() -> None:
    assert asked("parse", *APEX) == []


def test_what_does_not_follow_the_grammar_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "Broken.cls"
    broken.write_text("public class Broken { void run() { System.debug(1) } }")
    assert len(asked("parse", broken)) == 1


def test_the_analyser_has_nothing_to_say_by_any_rule_for_apex() -> None:
    needs_java()
    analysed = asked("analyse", *APEX)
    assert analysed["violations"] == []
    assert analysed["rules"] >= 80


def test_the_types_of_apex_agree_with_each_other_and_with_salesforce() -> None:
    assert type_faults(FOLDER) == []


def test_a_type_that_does_not_agree_is_found(tmp_path: Path) -> None:
    project = '{"packageDirectories": [{"path": "app"}], "sourceApiVersion": "65.0"}'
    (tmp_path / "sfdx-project.json").write_text(project)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Wrong.cls").write_text("public class Wrong { Integer size = UserInfo.getOrganizationId(); }")
    (tmp_path / "app" / "Wrong.cls-meta.xml").write_text("<ApexClass><apiVersion>65.0</apiVersion></ApexClass>")
    assert len(type_faults(tmp_path)) == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("file", XML, ids=named)
def test_metadata_follows_the_official_type_definitions(file: Path) -> None:
    kind = root(file).tag
    suffix = file.name.removesuffix("-meta.xml").rsplit(".", 1)[1]
    assert kind == KINDS.get(suffix, suffix[0].upper() + suffix[1:]) or suffix == "permissionset"
    assert list(faults(root(file), kind)) == []


@pytest.mark.usefixtures("known")
def test_the_definitions_are_read_whole() -> None:
    assert {"label", "waits", "fullName"} <= set(definitions().members["Flow"])
    assert "PublishImmediately" in definitions().values["PlatformEventPublishBehavior"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<label>A</label><colour>red</colour>", "PermissionSet has colour, which is unknown"),
        ("<label>A</label><label>B</label>", "PermissionSet has label 2 times"),
        ("<description>A</description>", "PermissionSet lacks label"),
        ("<label>A</label><hasActivationRequired>no</hasActivationRequired>", "no, which is no boolean"),
    ],
)
def test_what_does_not_follow_the_definitions_is_found(content: str, fault: str) -> None:
    element = ElementTree.fromstring(f"<PermissionSet>{content}</PermissionSet>")
    (found,) = faults(element, "PermissionSet")
    assert fault in found
