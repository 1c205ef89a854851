"""The shape of the code: which part may import which, and who alone speaks to what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The programs that receivers of webhooks are offered are no part of the hub.
FILES = sorted(set((ROOT / "app").rglob("*.py")) - set((ROOT / "app/webhooks/verifiers").iterdir()))

# Every part of app/ and the other parts that it may import. `processes` composes, so it may import all.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "config": {"errors"},
    "times": set(),
    "text": set(),
    "cast": set(),
    "db": set(),
    "queue": set(),
    "crew": set(),
    "logs": {"times"},
    "vault": {"config"},
    "models": {"db"},
    "migrations": {"db"},
    "cursors": {"errors", "models"},
    "billing": {"config", "db", "errors", "times"},
    "resealing": {"db", "vault"},
    "notices": {"config", "db", "times"},
    "webhooks": {
        "changes", "config", "cursors", "db", "errors", "models", "notices", "queue", "text", "times", "vault",
    },
    "calls": {
        "billing", "cast", "changes", "config", "crew", "cursors", "db", "errors", "models", "notices", "queue",
        "times", "vault", "webhooks",
    },
    "crm": {
        "calls", "config", "crew", "cursors", "db", "errors", "models", "notices", "queue", "text", "times", "vault",
        "webhooks",
    },
    "accounts": {"billing", "calls", "changes", "config", "db", "errors", "models", "notices", "times", "vault"},
    "carriers": {"calls", "config", "text"},
    "llm": {"calls", "config", "text"},
    "voice": {"calls", "carriers", "cast", "changes", "config", "db", "llm", "models", "text", "times"},
    "changes": {"db", "queue"},
    "web": {"changes", "config", "db", "errors", "logs", "queue", "times"},
    "dashboard": {
        "accounts", "billing", "calls", "cast", "changes", "config", "crm", "cursors", "db", "errors", "logs", "models",
        "notices", "queue", "text", "times", "vault", "web", "webhooks",
    },
    "api": {
        "accounts", "billing", "calls", "cli", "config", "crm", "cursors", "db", "errors", "logs", "migrations",
        "models", "queue", "times", "vault", "web", "webhooks",
    },
    "cli": {
        "accounts", "billing", "calls", "config", "db", "errors", "migrations", "models", "resealing", "times", "vault",
    },
    "clock": {"accounts", "calls", "config", "crm", "db", "queue", "vault", "webhooks"},
    "jobs": {"queue"},
    "sandbox": {"cast"},
}  # fmt: skip

ONLY_IMPORTERS = {
    "rq": "app/queue.py",
    "twilio": "app/carriers/",
    "openai": "app/llm/",
    "stripe": "app/billing/",
    "argon2": "app/accounts/passwords.py",
    "pyotp": "app/accounts/codes.py",
    "segno": "app/dashboard/",
}
COMPOSING = {"processes", "dev"}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(file: Path) -> str:
    return file.relative_to(ROOT / "app").parts[0].removesuffix(".py")


def module_of(name: str) -> str | None:
    """The module of ours that an import names, with or without a name in it."""
    for candidate in (name, name.rpartition(".")[0]):
        path = ROOT / candidate.replace(".", "/")
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            return candidate
    return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_inward(file: Path) -> None:
    mine = part(file)
    if mine in COMPOSING or mine == "__init__":
        return
    ours = {name.split(".")[1] for name in imports(file) if name.startswith("app.")}
    assert ours - {mine} <= MAY_IMPORT[mine]


@pytest.mark.parametrize(("library", "place"), ONLY_IMPORTERS.items())
def test_a_library_has_one_importer(library: str, place: str) -> None:
    importers = [
        str(file.relative_to(ROOT)) for file in FILES if any(name.split(".")[0] == library for name in imports(file))
    ]
    assert importers
    assert [path for path in importers if not path.startswith(place)] == []


def test_the_environment_has_one_reader() -> None:
    readers = [
        str(file.relative_to(ROOT)) for file in FILES if "environ" in {n.rpartition(".")[2] for n in names(file)}
    ]
    assert [path for path in readers if not path.startswith(("app/config.py", "app/dev/"))] == []


def names(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield f"os.{node.attr}"


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): {
            found for name in imports(file) if name.startswith("app.") and (found := module_of(name))
        }
        for file in FILES
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for imported in graph.get(module, ()):
                visit(imported, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())
