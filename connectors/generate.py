"""Writes everything in the tree that follows from `schemas/`: each connector's fields and samples, and OpenAPI.

    python -m connectors.generate           writes what is new and removes what is no longer generated
    python -m connectors.generate --check   writes nothing; fails, with the names, when anything is stale

An emitter is a module of `connectors.generation` with

    FOLDERS: tuple[str, ...]            folders that hold generated files and nothing else
    files() -> dict[str, str]           path to content; paths are relative to the tree's root
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from connectors.generation import activepieces, make, mcp, openapi, pipedream, zapier
from connectors.generation.hubspot import emitter as hubspot
from connectors.generation.n8n import emitter as n8n
from connectors.generation.salesforce import emitter as salesforce

ROOT: Final = Path(__file__).parents[1]
EMITTERS: Final[tuple[ModuleType, ...]] = (
    activepieces,
    hubspot,
    make,
    mcp,
    n8n,
    openapi,
    pipedream,
    salesforce,
    zapier,
)


def generated() -> dict[str, str]:
    """Every generated file: path to content."""
    found: dict[str, str] = {}
    for emitter in EMITTERS:
        found |= emitter.files()
    return found


def stale(wanted: dict[str, str]) -> list[str]:
    """The paths of `wanted` that differ from the tree, and of what lies beside them and is generated no more."""
    return sorted([path for path, content in wanted.items() if _content(path) != content] + orphans(wanted))


def orphans(wanted: dict[str, str]) -> list[str]:
    """Files in folders of generated files that nothing generates."""
    folders = [ROOT / folder for emitter in EMITTERS for folder in emitter.FOLDERS]
    there = (str(file.relative_to(ROOT)) for folder in folders for file in folder.rglob("*") if file.is_file())
    return [path for path in there if path not in wanted]


def write(wanted: dict[str, str]) -> list[str]:
    """Bring the tree up to date; the paths that changed."""
    changed = stale(wanted)
    for path in changed:
        file = ROOT / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path])
        else:
            file.unlink()
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when --check finds something stale."""
    parser = argparse.ArgumentParser(prog="python -m connectors.generate", description="Generate from schemas/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    wanted = generated()
    found = stale(wanted) if options.check else write(wanted)
    for path in found:
        print(f"{'stale' if options.check else 'written'}: {path}")
    print(
        f"{len(wanted)} generated files, {len(found)} {'stale' if options.check else 'changed'}, "
        f"{time.monotonic() - began:.1f} s"
    )
    if options.check and found:
        print("Run `make connectors` and commit what it changes.", file=sys.stderr)
    return int(options.check and bool(found))


def _content(path: str) -> str | None:
    file = ROOT / path
    return file.read_text() if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
