"""A whole hub for a benchmark: every process of `make run`, on free ports, with durable commits."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings
from app.dev import demo_keys, ports
from app.dev.demo_keys import Keys
from app.dev.occupancy import occupied
from app.dev.plan import Plan, plan
from app.dev.start import start
from app.dev.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that serves: its plan tells the ports, its settings what its processes run with."""

    plan: Plan
    keys: Keys
    settings: Settings


@contextmanager
def running(**settings: str) -> Iterator[Running]:
    """Start a hub with these settings beside the defaults of `make run`; its state goes with the block."""
    folder = Path(tempfile.mkdtemp(prefix="mio-bench-"))
    names = ("API_PORT", "VOICE_PORT", "SANDBOX_PORT", "RECEIVER_PORT", "POSTGRES_PORT", "REDIS_PORT")
    wanted = plan({"RUN_DEMO": "0", **{name: str(ports.free()) for name in names}, **settings}, folder)
    try:
        with occupied(folder) as lock:
            supervisor = Supervisor(print, lock=lock)
            try:
                started = start(wanted, supervisor)
                keys = demo_keys.read(folder)
                if keys is None:
                    raise RuntimeError("the demo's keys were not made")
                yield Running(wanted, keys, started)
            finally:
                supervisor.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
