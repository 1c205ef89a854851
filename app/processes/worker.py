"""The worker: supervises one process for each lane and the clock, and starts again what dies."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.context import ForkProcess
from typing import Final

from app.billing.looking import Looker
from app.calls.finishing import Finisher
from app.calls.placing import Placer
from app.carriers.twilio_rest import carriers
from app.clock import keep_time
from app.config import Settings
from app.crm.registry import platforms
from app.crm.working import CrmWorker
from app.jobs import Work, bind
from app.llm.answers import answerers
from app.llm.summary import summarizers
from app.notices import Mailer
from app.processes import files, foundation
from app.processes.stopping import Stop
from app.queue import LANES, Lane, alarm_of, work
from app.vault import Vault
from app.webhooks.sender import Sender

log = logging.getLogger(__name__)

_CONTEXT: Final = multiprocessing.get_context("fork")
RESTART_SECONDS: Final = 1.0
STOP_SECONDS: Final = 20.0
# Seconds between two steps of a lane at least: rings that follow each other are folded into one step.
BREATH: Final[dict[Lane, float]] = {"place": 0.01, "finish": 0.01, "webhooks": 0.002, "crm": 0.005}


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then stop every lane cleanly."""
    stop = Stop(signal.SIGTERM, signal.SIGINT)
    tasks: dict[str, Callable[[], None]] = {lane: _lane_task(settings, lane) for lane in LANES}
    tasks["clock"] = lambda: _clock(settings)
    children = {name: _start(name, task) for name, task in tasks.items()}
    while not stop.wait(RESTART_SECONDS):
        for name, child in children.items():
            if not child.is_alive():
                log.error("%s stopped with exit code %s; starting it again", name, child.exitcode)
                children[name] = _start(name, tasks[name])
    _stop(children)


def _start(name: str, task: Callable[[], None]) -> ForkProcess:
    child = _CONTEXT.Process(target=_child, args=(name, task, os.getpid()), name=name)
    child.start()
    return child


def _stop(children: dict[str, ForkProcess]) -> None:
    for child in children.values():
        child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children.values():
        child.join(max(until - time.monotonic(), 0.1))
        if child.is_alive():
            child.kill()


def _child(name: str, task: Callable[[], None], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor tells us
    threading.Thread(target=_follow, args=(parent,), name="follow", daemon=True).start()
    task()


def _follow(parent: int) -> None:
    """Stop when the supervisor is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _lane_task(settings: Settings, lane: Lane) -> Callable[[], None]:
    return lambda: _lane(settings, lane)


def _lane(settings: Settings, lane: Lane) -> None:
    foundation.lay(settings, by_index=lane == "webhooks")
    alarm = alarm_of(settings.redis_url, lane)
    worker = _WORKERS[lane](settings, alarm)
    bind(Work(lane, alarm, worker.step, breath=BREATH[lane]))
    work(settings.redis_url, lane)
    worker.close()


def _clock(settings: Settings) -> None:
    stop = Stop(signal.SIGTERM)
    foundation.lay(settings, pool=1)
    keep_time(settings, stop.wait)


def _placer(settings: Settings, _alarm: threading.Event) -> Placer:
    return Placer(carriers(settings), settings)


def _finisher(settings: Settings, _alarm: threading.Event) -> Finisher:
    Looker(settings).start()
    return Finisher(summarizers(settings), settings)


def _sender(settings: Settings, alarm: threading.Event) -> Sender:
    files.allow(settings.webhook_connections)
    Mailer(settings).start()
    return Sender(settings, Vault(settings.encryption_keys), freed=alarm.set)


def _crm(settings: Settings, alarm: threading.Event) -> CrmWorker:
    return CrmWorker(settings, platforms(settings), answerers(settings), freed=alarm.set)


_WORKERS: Final[dict[Lane, Callable[[Settings, threading.Event], Placer | Finisher | Sender | CrmWorker]]] = {
    "place": _placer,
    "finish": _finisher,
    "webhooks": _sender,
    "crm": _crm,
}
