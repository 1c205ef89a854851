"""Prism, which holds requests and answers against an OpenAPI document: alone as a mock, or before a stand-in."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final, Self

from tests.node_parts import ROOT

TOOLS: Final = ROOT / "tests" / "connectors" / "node24"
_PRISM: Final = TOOLS / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


class Prism:
    """Listens while the block lasts. With `upstream` it passes on what is right, else it answers by the document."""

    def __init__(self, document: dict[str, Any], upstream: str | None = None) -> None:
        self._document, self._upstream = document, upstream
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "document.json"
        file.write_text(json.dumps(self._document))
        mode = ["proxy", str(file), self._upstream] if self._upstream else ["mock", str(file)]
        self._log = (Path(self._folder.name) / "log").open("w")
        self._process = subprocess.Popen(
            [_node(), _PRISM, *mode, "--errors", "--host", "127.0.0.1", "--port", str(self._port)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._await()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def _await(self) -> None:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None, "Prism ended"
                time.sleep(0.1)
            else:
                return
        raise AssertionError("Prism does not listen")


def _node() -> Path:
    """The Node 24 installed with it (on Linux; elsewhere the Node that is there)."""
    modules = TOOLS / "node_modules"
    return next(modules.glob("node-*-*/bin/node"), Path(shutil.which("node") or "node"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
