"""How the connectors stand to the hub: they follow from its contract, and it knows nothing of them."""

import ast
import json
from pathlib import Path

import pytest

from tests.test_structure import FILES, ROOT, imports

GENERATION = ROOT / "connectors" / "generation"
GENERATORS = sorted(GENERATION.rglob("*.py"))
READS_THE_ROUTES = "openapi.py"
SHARED = {"words", "contract", "catalogue", "javascript", "markup", "external_services"}


def named(file: Path) -> str:
    return str(file.relative_to(GENERATION))


def platform(generator: Path) -> str:
    """A platform has a module, or a package where there is much to say."""
    return generator.relative_to(GENERATION).parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_hub_imports_no_connector(file: Path) -> None:
    assert not [name for name in imports(file) if name.split(".")[0] == "connectors"]


@pytest.mark.parametrize("file", GENERATORS, ids=named)
def test_a_generator_reads_schemas_and_not_the_hub(file: Path) -> None:
    parts = {name.split(".")[1] for name in imports(file) if name.startswith("app.")}
    assert parts <= ({"api"} if file.name == READS_THE_ROUTES else set())


@pytest.mark.parametrize("file", GENERATORS, ids=named)
def test_a_platform_knows_no_other_platform(file: Path) -> None:
    known = {name.split(".")[2] for name in imports(file) if name.startswith("connectors.generation.")}
    assert known <= SHARED | {platform(file)}


def test_no_import_hides_in_a_function() -> None:
    for file in GENERATORS:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert not [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)], file


SAYS = {
    "activepieces": "src/lib/common/client.ts",
    "n8n": "nodes/MioHub/hub/address.ts",
    "pipedream": "components/mio_hub/mio_hub.app.mjs",
}


@pytest.mark.parametrize(("name", "file"), SAYS.items())
def test_a_connector_calls_itself_by_its_name_and_version(name: str, file: str) -> None:
    folder = ROOT / "connectors" / name
    version = json.loads((folder / "package.json").read_text())["version"]
    assert f"mio-hub-{name}/{version}" in (folder / file).read_text()
