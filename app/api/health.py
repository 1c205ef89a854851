"""/healthz and /readyz, for supervisors and load balancers. They need no key: keep the port behind a proxy that
passes only /api, /docs and /openapi.json to the world."""

from typing import Any

from flask import Blueprint, Response
from peewee import InterfaceError, OperationalError, ProgrammingError
from playhouse.pool import MaxConnectionsExceeded
from redis.exceptions import RedisError

from app.api.answers import answer
from app.api.context import settings
from app.db import db
from app.migrations.run import pending
from app.queue import connect

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """The process runs and answers."""
    return answer({"status": "ok"})


@health.get("/readyz")
def ready() -> Response:
    """Whether calls can be accepted: the database answers and is migrated. Redis is told, but not needed for that."""
    state: dict[str, Any] = {"database": _database(), "redis": _redis()}
    able = state["database"] == "ok"
    return answer({"status": "ready" if able else "not ready"} | state, 200 if able else 503)


def _database() -> str:
    try:
        with db.connection_context():
            missing = pending()
    except (OperationalError, InterfaceError, ProgrammingError, MaxConnectionsExceeded):
        return "not reached"
    return f"not migrated: {', '.join(missing)}" if missing else "ok"


def _redis() -> str:
    try:
        with connect(settings().redis_url) as redis:
            redis.ping()
    except RedisError:
        return "not reached"
    return "ok"
