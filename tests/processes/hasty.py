"""An application that reads and waits, and the servers' worker with less patience than they have."""

import threading

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import Server

from app.processes.serving import Worker

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
LONG = 64 * 1024 * 1024
_released = threading.Event()


class Hasty(Worker):
    """Waits half a second for a request, and a second for its answer to be read."""

    read_seconds = 0.5
    write_seconds = 1.0


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.post("/body")
def body() -> str:
    return str(len(request.get_data()))


@app.get("/long")
def long() -> Response:
    """More than any buffer on the way holds."""
    return Response(b"x" * 65536 for _ in range(LONG // 65536))


@app.get("/poll")
def poll() -> str:
    """Answers when it is released, like a long poll."""
    _released.wait(30)
    return "released"


@app.post("/release")
def release() -> str:
    _released.set()
    return "ok"


def echo(ws: Server) -> None:
    while True:
        ws.send(ws.receive())


Sock(app).route("/echo")(echo)
