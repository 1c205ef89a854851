"""The agent's side of the wire, played by a test: answers calls with a relay, and speaks and listens over it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from werkzeug.serving import make_server

from tests.hub import wait_until

GREETING = "Hello there."


class Agent:
    """`frames` is what came over the relay, `statuses` what was told of the call."""

    def __init__(self) -> None:
        self.url = ""
        self.greeting = GREETING
        self.frames: list[dict[str, Any]] = []
        self.statuses: list[str] = []
        self.actions: list[dict[str, str]] = []
        self._relay: Server | None = None

    def app(self) -> Flask:
        app = Flask(__name__)
        sock = Sock(app)

        @app.post("/answer")
        def answer() -> Response:
            relay = (
                f'<ConversationRelay url="{self.url.replace("http", "ws")}/relay" welcomeGreeting="{self.greeting}"'
                ' events="speaker-events tokens-played"/>'
            )
            xml = f'<Response><Connect action="{self.url}/action">{relay}</Connect></Response>'
            return Response(xml, content_type="application/xml")

        @app.post("/status")
        def status() -> str:
            self.statuses.append(request.form["CallStatus"])
            return ""

        @app.post("/action")
        def action() -> Response:
            self.actions.append(request.form.to_dict())
            return Response("<Response><Hangup/></Response>", content_type="application/xml")

        @sock.route("/relay")
        def relay(ws: Server) -> None:
            self._relay = ws
            try:
                while True:
                    self.frames.append(json.loads(ws.receive()))
            except ConnectionClosed:
                return

        return app

    def says(self, text: str, *, last: bool = True) -> None:
        self._send(type="text", token=text, last=last)

    def ends(self) -> None:
        self._send(type="end", handoffData="{}")

    def _send(self, **frame: object) -> None:
        relay = wait_until(lambda: self._relay)
        relay.send(json.dumps(frame))

    def heard(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def told(self, name: str) -> list[str]:
        """The values of the information of this name, in order."""
        return [frame["value"] for frame in self.heard("info") if frame["name"] == name]

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The `count`-th frame of a kind, as soon as it came."""
        return wait_until(lambda: self.heard(kind)[count - 1 :])[0]

    def wait_told(self, name: str, value: str) -> None:
        """Wait until the last information of this name has this value."""
        wait_until(lambda: self.told(name)[-1:] == [value])


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def standing() -> Iterator[Agent]:
    """An agent whose addresses answer."""
    agent = Agent()
    with served(agent.app()) as agent.url:
        yield agent
