"""What the webhooks' benchmarks run on: durable PostgreSQL, Redis, a worker, receivers, a process for the load."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from cryptography.fernet import Fernet

from app.config import Settings, load
from app.dev import ports, processes
from app.dev.occupancy import occupied
from app.dev.processes import Threads
from app.dev.services import services
from app.dev.supervisor import supervised
from app.migrations.run import migrate
from app.processes import foundation
from app.queue import LANES
from bench.processes import children
from bench.webhooks_load import THREADS, Offered, Target, make_targets, offer
from bench.webhooks_receiver import HOST, Arrivals, Receiver

ENDPOINTS: Final = 50
WARMING_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 5.0

Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Stage:
    """`sender` is the process id of the worker's webhooks lane; `targets` lead to the receiver's ports."""

    settings: Settings
    receiver: Receiver
    sender: int
    targets: list[Target]
    _hand: ProcessPoolExecutor

    def ask(self, work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
        """What `work` gives, done by the load's process: it alone has the database."""
        return self._hand.submit(work, *given, **named).result()

    def received(self, wanted: int, seconds: float) -> bool:
        """Wait until so many events came; whether they did within `seconds`."""
        until = time.monotonic() + seconds
        while self.receiver.count() < wanted:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def offered(self, rate: float, seconds: float, *, healthy: range) -> tuple[list[Offered], Arrivals]:
        """Offer events; those of the targets that are `healthy`, and when they came."""
        self.receiver.take()
        offered = [one for one in self.ask(offer, self.targets, rate, seconds) if one.place in healthy]
        self.received(len(offered), PATIENCE_SECONDS)
        return offered, self.receiver.take()


@contextmanager
def stage(*, silent: int = 0) -> Iterator[Stage]:
    """All of it, warm, with an account and a webhook for each port; its state goes with the block."""
    with tempfile.TemporaryDirectory(prefix="mio-bench-") as name, occupied(Path(name)):
        prepared = services(Path(name), postgres_port=ports.free(), redis_port=ports.free())
        environment = _environment(prepared.database_url, prepared.redis_url)
        settings = load(environment)
        with (
            supervised(*prepared.programs),
            _hand(settings) as hand,
            closing(Receiver(count=ENDPOINTS, silent=silent)) as receiver,
        ):
            urls = [url_of(port) for port in receiver.ports]
            targets = hand.submit(make_targets, urls, settings).result()
            with _sender(environment, Path(name) / "log") as sender:
                staged = Stage(settings, receiver, sender, targets, hand)
                staged.offered(ENDPOINTS, WARMING_SECONDS, healthy=range(ENDPOINTS))
                yield staged


def url_of(port: int) -> str:
    return f"http://{HOST}:{port}/webhook"


def _hand(settings: Settings) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _prepare, (settings,))


def _prepare(settings: Settings) -> None:
    foundation.lay(settings, pool=THREADS + 1)
    migrate()


@contextmanager
def _sender(environment: dict[str, str], log: Path) -> Iterator[int]:
    """A worker; the process id of its webhooks lane."""
    lanes: list[int] = []

    def ready(pid: int) -> bool:
        lanes[:] = children(pid)
        return len(lanes) == len(LANES) + 1  # and the clock

    hub = processes.hub(environment, api_port=0, voice_port=0, sandbox_port=0, threads=Threads(), log=log)
    with supervised(replace(hub.worker, ready=ready)):
        yield lanes[LANES.index("webhooks")]


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    """Every setting that is not named here has its default."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "WEBHOOK_ALLOW_HTTP_LOOPBACK": "1",
        "LOG_LEVEL": "WARNING",
    }
