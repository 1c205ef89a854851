"""A running n8n with our packed node in it, on a database and in a folder of its own."""

import http.client
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from app.dev import ports
from app.dev.children import Child, Program
from app.dev.guard import Guard
from app.dev.ports import HOST
from tests.connectors.n8n.server.install import Installation
from tests.connectors.n8n.server.ours import CREDENTIAL_TYPE, PACKAGE, Ours, credential_data
from tests.connectors.n8n.server.rest import Rest
from tests.connectors.n8n.server.workflows import Node, Workflow, connected
from tests.hub import wait_until

_START_SECONDS: Final = 180
_STOP_SECONDS: Final = 40


def packed(folder: Path, into: Path) -> Path:
    """Build the node package in `folder` with its own tools and pack it, as it would be published; the tarball."""
    subprocess.run(["npm", "run", "build", "--silent"], cwd=folder, check=True)
    done = subprocess.run(
        ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", str(into)],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return into / str(json.loads(done.stdout)[0]["filename"])


class N8n:
    """Runs while the block lasts. Its data are in `database_url`, its files in `folder`."""

    def __init__(self, made: Installation, tarball: Path, database_url: str, folder: Path) -> None:
        self.port = ports.free()
        self.rest = Rest(self.port)
        self._made, self._tarball, self._folder = made, tarball, folder
        self._program = Program(
            name="n8n",
            command=(*made.command, "start"),
            environment=made.environment | _settings(self.port, database_url, folder),
            log=folder / "n8n.log",
            folder=folder,
            ready=lambda _: _serves(self.port),
        )
        self._guard = Guard()

    def __enter__(self) -> Self:
        _install_node(self._made, self._tarball, self._folder)
        self._spawn()
        try:
            self._wait()
            self.rest.sign_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._guard.dismiss()

    def restart(self) -> None:
        """Stop it as an operator would, and start it again, on the same port and with the same data."""
        self._stop()
        self._spawn()
        self._wait()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> str:
        return self._program.log.read_text()

    @property
    def node_types(self) -> dict[str, dict[str, Any]]:
        """What the editor offers of our package: name of the type to its description."""
        types = self.rest.plain("/types/nodes.json")
        return {found["name"]: found for found in types if found["name"].startswith(f"{PACKAGE}.")}

    def connect(self, hub_url: str, key: str) -> Ours:
        """Keep credentials for an account of a hub; nodes that work with them."""
        body = {"name": "Mio Hub", "type": CREDENTIAL_TYPE, "data": credential_data(hub_url, key)}
        return Ours(str(self.rest.post("/credentials", body)["id"]))

    def reconnect(self, ours: Ours, hub_url: str, key: str) -> None:
        """Put another key into credentials."""
        body = {"name": "Mio Hub", "type": CREDENTIAL_TYPE, "data": credential_data(hub_url, key)}
        self.rest.patch(f"/credentials/{ours.credential_id}", body)

    def try_out(self, ours: Ours, hub_url: str, key: str) -> dict[str, Any]:
        """What the editor's test of credentials says: `status`, which is OK or Error, and `message`."""
        data = credential_data(hub_url, key)
        credentials = {"id": ours.credential_id, "name": "Mio Hub", "type": CREDENTIAL_TYPE, "data": data}
        said: dict[str, Any] = self.rest.post("/credentials/test", {"credentials": credentials})
        return said

    def workflow(self, *chain: Node) -> Workflow:
        """Save a workflow whose nodes follow each other. It is not active yet."""
        return self.save(connected(chain))

    def save(self, content: dict[str, Any]) -> Workflow:
        """Save a workflow. It is not active yet."""
        return Workflow(self.rest, self.url, content)

    def _spawn(self) -> None:
        self._child = Child(self._program)
        self._guard.watch([[(signal.SIGTERM, self._child.pid)]])

    def _wait(self) -> None:
        wait_until(self._child.ready, seconds=_START_SECONDS, every=0.2)

    def _stop(self) -> None:
        """As an operator would; what does not follow in time is killed."""
        self._child.ask_to_stop()
        try:
            wait_until(lambda: self._child.exit_code is not None, seconds=_STOP_SECONDS)
        finally:
            self._child.kill()


def _settings(port: int, database_url: str, folder: Path) -> dict[str, str]:
    database = urlsplit(database_url)
    return {
        "N8N_USER_FOLDER": str(folder),
        "N8N_PORT": str(port),
        "N8N_LISTEN_ADDRESS": HOST,
        "N8N_RUNNERS_BROKER_PORT": str(ports.free()),
        "WEBHOOK_URL": f"http://{HOST}:{port}/",
        "N8N_ENCRYPTION_KEY": os.urandom(16).hex(),
        "N8N_SECURE_COOKIE": "false",
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
        "N8N_TEMPLATES_ENABLED": "false",
        "N8N_REINSTALL_MISSING_PACKAGES": "false",
        "N8N_COMMUNITY_PACKAGES_ALLOW_TOOL_USAGE": "true",
        "DB_TYPE": "postgresdb",
        "DB_POSTGRESDB_HOST": str(database.hostname),
        "DB_POSTGRESDB_PORT": str(database.port),
        "DB_POSTGRESDB_DATABASE": database.path.removeprefix("/"),
        "DB_POSTGRESDB_USER": unquote(database.username or ""),
        "DB_POSTGRESDB_PASSWORD": unquote(database.password or ""),
        "DB_POSTGRESDB_POOL_SIZE": "4",
        "GENERIC_TIMEZONE": "UTC",
    }


def _install_node(made: Installation, tarball: Path, folder: Path) -> None:
    """As n8n installs a community package, but from the tarball."""
    nodes = folder / ".n8n" / "nodes"
    nodes.mkdir(parents=True)
    (nodes / "package.json").write_text('{"name": "installed-nodes", "private": true}\n')
    npm = shutil.which("npm") or "npm"
    flags = ("--ignore-scripts", "--legacy-peer-deps", "--omit=peer", "--no-audit", "--no-fund", "--silent")
    subprocess.run([npm, "install", str(tarball), *flags], cwd=nodes, env=made.environment, check=True)


def _serves(port: int) -> bool:
    """Whether its REST interface is up; /healthz answers before it is."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/rest/settings")
        return connection.getresponse().headers.get_content_type() == "application/json"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
