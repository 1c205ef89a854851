"""`python -m app.dev.services --dir DIR`: a private PostgreSQL and Redis, for who wants only these.

Prints how to reach them in shell syntax once both serve, and stays up until Ctrl-C:

    export DATABASE_URL='postgresql://…'
    export REDIS_URL='redis://…'
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from app.dev import ports
from app.dev.children import Program
from app.dev.errors import CannotStart
from app.dev.interrupts import Interrupts
from app.dev.occupancy import occupied
from app.dev.postgres import postgres
from app.dev.redis import redis
from app.dev.supervisor import Stopped, Supervisor


@dataclass(frozen=True, slots=True)
class Services:
    """What to start, and where it will be reached."""

    programs: tuple[Program, ...]
    database_url: str
    redis_url: str


def services(folder: Path, *, postgres_port: int, redis_port: int, durable: bool = True) -> Services:
    """Prepare both, with their state under `folder`. Raises CannotStart."""
    database, bell = postgres(folder, postgres_port, durable=durable), redis(folder, redis_port)
    return Services((database.program, bell.program), database.url, bell.url)


def main() -> int:
    """Run the services until a signal; the exit code."""
    arguments = _arguments()
    interrupts = Interrupts()
    try:
        with occupied(arguments.dir) as lock:
            _serve(Supervisor(lambda line: print(line, file=sys.stderr), interrupts.count, lock), arguments)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(supervisor: Supervisor, arguments: argparse.Namespace) -> None:
    postgres_port = arguments.postgres_port or ports.free()
    redis_port = arguments.redis_port or ports.free()
    prepared = services(
        arguments.dir, postgres_port=postgres_port, redis_port=redis_port, durable=not arguments.not_durable
    )
    try:
        supervisor.start(*prepared.programs)
        supervisor.wait()
        print(f"export DATABASE_URL='{prepared.database_url}'\nexport REDIS_URL='{prepared.redis_url}'", flush=True)
        while True:
            supervisor.pause(0.5)
            supervisor.tend()
    except Stopped:
        pass
    finally:
        supervisor.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.dev.services", description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, required=True, help="where their state is kept")
    parser.add_argument("--postgres-port", type=int, help="default: a free one")
    parser.add_argument("--redis-port", type=int, help="default: a free one")
    parser.add_argument("--not-durable", action="store_true", help="faster; a crash of the machine may lose data")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
