"""What is looked at just now is told when it changes."""

from flask import Blueprint, Response, request

from app.dashboard.context import context, who
from app.errors import Unavailable
from app.web import topics
from app.web.taking import HANDS_OVER

live = Blueprint("live", __name__)


@live.get("/live")
def hear() -> Response:
    """The topics that are asked for, each as it changes: server-sent events, see `app.web.streams`.

    Raises InvalidRequest and NotFound for topics, and Unavailable when so many listen that this page has to ask now
    and then instead.
    """
    asked, me, streams = topics.read(request.args.getlist("topic")), who(), context().streams
    topics.check(me.account_id, asked)
    if not request.environ.get(HANDS_OVER) or not streams.room(me.account_id):
        raise Unavailable("No more live views can be opened just now. This page asks now and then instead.")
    answer = streams.open(me.account_id, me.session_id, asked)
    headers = {"X-Accel-Buffering": "no"}  # nginx would keep events back
    return Response(answer, headers=headers, content_type="text/event-stream", direct_passthrough=True)
