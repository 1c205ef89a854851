"""An application with live views and nothing else."""

import os
import threading
from uuid import UUID

from flask import Flask, Response, request

from app.web.streams import Streams
from app.web.taking import HANDS_OVER

app = Flask(__name__)
streams = Streams(os.environ["REDIS_URL"], most=int(os.environ["MOST"]), most_each=1000)


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/threads")
def threads() -> str:
    return str(threading.active_count())


@app.get("/live")
def live() -> Response:
    account, session = UUID(request.args["account"]), UUID(request.args["session"])
    if not request.environ.get(HANDS_OVER) or not streams.room(account):
        return Response(status=503)
    answer = streams.open(account, session, request.args.getlist("topic"))
    return Response(answer, content_type="text/event-stream", direct_passthrough=True)
