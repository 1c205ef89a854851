"""An application with live views and nothing else: a page shows texts, each of which is told when it changes."""

import os
import threading
import time
from collections import Counter
from uuid import UUID

from flask import Flask, Response, request

from app import queue
from app.changes import announce
from app.dashboard.application import ASSETS
from app.web.streams import Streams
from app.web.taking import HANDS_OVER

app = Flask(__name__, static_folder=str(ASSETS), static_url_path="/static")
streams = Streams(os.environ["REDIS_URL"], most=int(os.environ["MOST"]), most_each=1000)
queue.init(os.environ["REDIS_URL"])
texts: dict[str, str] = {}
fetched: Counter[str] = Counter()

PAGE = """<!doctype html><title>Watched</title><script src="/static/vendor/htmx-4.0.1.min.js" defer></script>
<script src="/static/live.js" defer></script><main>{}</main>"""


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/threads")
def threads() -> str:
    return str(threading.active_count())


@app.get("/fetched")
def how_often() -> str:
    """How often a text was fetched."""
    return str(fetched[request.args["topic"]])


@app.get("/page")
def page() -> Response:
    """A page with the texts of these topics."""
    answer = Response(PAGE.format("".join(map(shown, request.args.getlist("topic")))), content_type="text/html")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; connect-src 'self'"
    return answer


@app.get("/text")
def text() -> Response:
    topic = request.args["topic"]
    fetched[topic] += 1
    said = texts.get(topic, "")
    time.sleep(0.3 if said == "slow" else 0)
    return Response(shown(topic, said), 500 if said == "broken" else 200, content_type="text/html")


@app.post("/say")
def say() -> str:
    """Change a text, and announce it."""
    topic = request.args["topic"]
    texts[topic] = request.args["text"]
    announce(UUID(request.cookies["account"]), topic)
    return "ok"


@app.get("/live")
def live() -> Response:
    account, session = UUID(request.cookies["account"]), UUID(request.cookies["session"])
    if not request.environ.get(HANDS_OVER) or not streams.room(account):
        return Response(status=503)
    answer = streams.open(account, session, request.args.getlist("topic"))
    return Response(answer, content_type="text/event-stream", direct_passthrough=True)


def shown(topic: str, said: str = "") -> str:
    """One text; one that is over is not live, and one that says `more:` a topic shows that, too."""
    live = "" if said == "over" else f'data-live="{topic}"'
    more = shown(said.removeprefix("more:")) if said.startswith("more:") else ""
    return (
        f'<div id="{topic.replace(":", "-")}" {live} hx-get="/text?topic={topic}" hx-trigger="live"'
        f' hx-swap="outerHTML">{said}{more}</div>'
    )
