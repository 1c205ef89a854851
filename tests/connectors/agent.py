"""An agent's host: the official client of the Model Context Protocol, over the transports that hosts use."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from app.dev import ports
from tests.connectors.contract import Connection, Inputs
from tests.connectors.runtime import Kind, Refused
from tests.hub import wait_until

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "connectors" / "mcp"
META: Final = "gg.mio/error"  # where a result says what kind of error it is
COMMAND: Final = (sys.executable, "-m", "mio_hub_mcp")


def environment(url: str, key: str | None, **more: str) -> dict[str, str]:
    """What the server is told by its environment."""
    found = {"PYTHONPATH": str(PACKAGE), "MIO_URL": url} | more
    return found if key is None else found | {"MIO_API_KEY": key}


def over_stdio(url: str, key: str | None, log: IO[str], mode: str = "auto", **more: str) -> Client:
    """A client that starts a server of its own."""
    program, *arguments = COMMAND
    started = StdioServerParameters(command=program, args=arguments, env=environment(url, key, **more))
    return Client(stdio_client(started, errlog=log), mode=mode)


def over_http(address: str, headers: dict[str, str], mode: str = "auto") -> Client:
    """A client of a server that runs."""
    http = httpx2.AsyncClient(headers=headers, timeout=60)
    return Client(streamable_http_client(address, http_client=http), mode=mode)


@contextmanager
def serving(url: str, log: IO[str], key: str | None = None, **more: str) -> Iterator[str]:
    """A server over HTTP; its address."""
    port = ports.free()
    given = os.environ | environment(url, key, **more)
    server = subprocess.Popen([*COMMAND, "http", "--port", str(port)], env=given, stderr=log)
    address = f"http://127.0.0.1:{port}/mcp"
    try:
        wait_until(lambda: _answers(address), seconds=30)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code > 0
    except httpx2.ConnectError:
        return False


class Agent:
    """The connector as the shared suite wants it, over HTTP: one server for each hub, a client for each key. `step` is
    given as idempotencyKey."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal
        self._open = ExitStack()
        self._clients: dict[Connection, Client] = {}
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._log = self._open.enter_context(tempfile.TemporaryFile("w+"))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def connect(self, connection: Connection) -> str:
        return str(self.use(connection, "get_account", {})["name"])

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        given = {_INPUTS.get(name, name): value for name, value in inputs.items()}
        if action.startswith(("start", "schedule")):
            given["idempotencyKey"] = step
        gave = self.use(connection, _snake(action), given)
        return gave[_WITHIN[action]] if action in _WITHIN else gave

    def wait(self, connection: Connection, inputs: Inputs, step: str) -> dict[str, Any]:
        call: dict[str, Any] = self.act(connection, "startCallAndWait", inputs, step)
        return call

    def use(self, connection: Connection, tool: str, given: Inputs) -> Any:
        """Call a tool. Raises Refused."""
        return gave(self._portal.call(self._client(connection).call_tool, tool, given))

    def _client(self, connection: Connection) -> Client:
        if connection not in self._clients:
            client = over_http(self._address(connection.url), {"X-API-Key": connection.key})
            self._clients[connection] = self._open.enter_context(self._portal.wrap_async_context_manager(client))
        return self._clients[connection]

    def _address(self, url: str) -> str:
        if url not in self._addresses:
            self._addresses[url] = self._open.enter_context(serving(url, self._log))
        return self._addresses[url]


@contextmanager
def running() -> Iterator[Agent]:
    """Runs while the block lasts."""
    with start_blocking_portal() as portal, Agent(portal) as connector:
        yield connector


def gave(result: CallToolResult) -> Any:
    """Structured output, or text where there is none. Raises Refused for an error, by its code."""
    if not result.is_error:
        return result.structured_content if result.structured_content is not None else said(result)
    error = (result.meta or {})[META]
    assert error["message"] in said(result)
    raise Refused(_kind(error), said(result), error.get("field"), error.get("retryAfterSeconds"))


def said(result: CallToolResult) -> str:
    """All of its text."""
    return "\n".join(block.text for block in result.content if block.type == "text")


def _kind(error: dict[str, Any]) -> Kind:
    if error["outcome"] == "unknown":
        return "unknown"
    if error["retryable"]:
        return "retry"
    return _KINDS.get(error["code"], "input")


def _snake(key: str) -> str:
    return re.sub("[A-Z]", lambda found: "_" + found[0].lower(), key)


_KINDS: Final[dict[str, Kind]] = {"unauthenticated": "auth", "do_not_call": "halted", "call_active": "halted"}
_INPUTS: Final = {"callbackDeadlineSeconds": "longestWaitSeconds"}
_WITHIN: Final = {"listCalls": "data", "findLatestCall": "call"}
