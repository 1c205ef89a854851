"""How everything comes up: what takes long side by side, what depends on another after it."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from app.config import Settings, load
from app.dev.children import Program
from app.dev.errors import CannotStart
from app.dev.keeping import write_private
from app.dev.plan import Plan
from app.dev.postgres import postgres
from app.dev.processes import ROOT, hub
from app.dev.redis import redis
from app.dev.supervisor import Supervisor

_LOOK_SECONDS: Final = 0.05


def start(wanted: Plan, supervisor: Supervisor) -> Settings:
    """Start the services, prepare the database, start the hub, and wait until every part serves; its settings.

    Raises CannotStart, and ConfigurationError for a setting that cannot be read, before anything is started.
    The stages are stopped in the reverse order: the worker first, then the servers, and the services last.
    """
    programs, database_url, redis_url = _services(wanted)
    environment = wanted.environment(database_url, redis_url)
    settings = load(environment)
    write_private(wanted.folder / "hub.env", wanted.shell(environment))
    parts = hub(
        environment,
        api_port=wanted.api.number,
        voice_port=wanted.voice.number,
        sandbox_port=wanted.sandbox.number,
        threads=wanted.threads,
        log=wanted.log,
    )
    supervisor.start(*programs)
    supervisor.wait()
    supervisor.start(parts.sandbox, parts.voice)
    _prepare(wanted, environment, supervisor)
    supervisor.join(parts.api)
    supervisor.start(parts.worker)
    supervisor.wait()
    return settings


def _services(wanted: Plan) -> tuple[list[Program], str, str]:
    """The services to start, and the URLs of PostgreSQL and Redis, ours or the given ones."""
    programs, database_url, redis_url = [], wanted.database_url, wanted.redis_url
    if not database_url:
        database = postgres(wanted.folder, wanted.postgres.number)
        programs.append(database.program)
        database_url = database.url
    if not redis_url:
        bell = redis(wanted.folder, wanted.redis.number)
        programs.append(bell.program)
        redis_url = bell.url
    return programs, database_url, redis_url


def _prepare(wanted: Plan, environment: Mapping[str, str], supervisor: Supervisor) -> None:
    """Migrations and the demo's keys, by a process of their own: this one stays small."""
    command = [sys.executable, "-m", "app.dev.prepare", str(wanted.folder), wanted.url]
    log = wanted.log / "prepare.log"
    with log.open("w") as output, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output) as process:
        while process.poll() is None:
            supervisor.pause(_LOOK_SECONDS)
    if process.returncode != 0:
        raise CannotStart(f"The database could not be prepared:\n{log.read_text().strip()}")
