"""The Salesforce package as files, and what Salesforce's own tools say of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.connectors.runtime import DRIVERS
from tests.node_parts import ROOT, needs_node_parts

FOLDER: Final = ROOT / "connectors" / "salesforce"
SOURCE: Final = FOLDER / "force-app"
NODE: Final = ROOT / "tests" / "connectors" / "node24"
XML: Final = sorted(SOURCE.rglob("*-meta.xml"))
APEX: Final = sorted(SOURCE.rglob("*.cls"))
NAMESPACE: Final = "{http://soap.sforce.com/2006/04/metadata}"

# A tool takes 7 seconds at most where nothing else runs.
LONGEST_SECONDS: Final = 120

_JARS: Final = FOLDER / "node_modules" / "@salesforce" / "code-analyzer-pmd-engine" / "dist" / "java-lib"


def named(file: Path) -> str:
    """For the names of tests."""
    return file.name


def root(file: Path) -> Element:
    """A file's root element, tags without their namespace."""
    found = ElementTree.parse(file).getroot()
    for element in found.iter():
        element.tag = element.tag.removeprefix(NAMESPACE)
    return found


def read(name: str) -> Element:
    """The root element of the one file of the package that is called so."""
    (file,) = [one for one in XML if one.name == name]
    return root(file)


def apex(name: str) -> str:
    (file,) = [one for one in APEX if one.name == f"{name}.cls"]
    return file.read_text()


def texts(element: Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path)]


def asked(question: str, *paths: Path) -> Any:
    """What `drivers/salesforce.mjs` answers."""
    needs_node_parts(NODE)
    needs_node_parts(FOLDER)
    modules = NODE / "node_modules"
    node = next(modules.glob("node-*-*/bin/node"), Path(shutil.which("node") or "node"))
    return json.loads(_ran([str(node), str(DRIVERS / "salesforce.mjs"), question, *map(str, paths)]))


def type_faults(folder: Path) -> list[str]:
    """Where the types in a project's Apex do not agree with each other, with Salesforce's or with its objects."""
    needs_node_parts(FOLDER)
    needs_java()
    checker = "io.github.apexdevtools.apexls.CheckForIssues"
    said = json.loads(_ran(["java", "-cp", f"{_JARS}/*", checker, "-n", "-f", "json", "-w", str(folder)], good=(0, 4)))
    return [f"{file['path']}: {one['message']}" for file in said["files"] for one in file["messages"]]


def needs_java() -> None:
    """Skip without Java, which half of Salesforce's tools want; fail where it has to be there."""
    if shutil.which("java") is None:
        missing = "PMD and the check of Apex types need Java 11 or newer."
        if os.environ.get("REQUIRE_JAVA"):
            pytest.fail(missing)
        pytest.skip(missing)


def _ran(command: list[str], good: tuple[int, ...] = (0,)) -> str:
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    assert ran.returncode in good, ran.stdout + ran.stderr
    return ran.stdout
