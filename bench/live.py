"""Live views: how soon a turn is on the page of whoever watches the call, and what viewers cost the server.

A turn's lag counts from when the conversation hands it to the voice process's writer until the page has the part that
shows it: the commit, the news, the stream and the request for the part lie between. The control asks once a second.
"""

import os
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from app.processes import foundation
from app.voice.turns import TurnWriter, Written
from bench import live_pages
from bench.hub import Running, running
from bench.live_pages import Page
from bench.live_stage import Watcher, watchers
from bench.load import Result
from bench.processes import cpu_seconds, descendants, resident_mb
from bench.report import line, title

VIEWERS: Final = 100
IDLE: Final = 500
TURNS_A_SECOND: Final = 40  # a turn every 2.5 s on each call
SECONDS: Final = 15.0
POLLING_SECONDS: Final = 1.0
TARGET_MS: Final = 300


def main() -> None:
    """The lag with streams and with polling, then what many idle viewers cost."""
    title(f"Live views: {VIEWERS} viewers, {TURNS_A_SECOND} turns a second, {SECONDS:.0f} s each, p50 / p95")
    with running(LIVE_VIEWERS=str(IDLE)) as hub:
        foundation.lay(hub.settings, pool=4)
        process = _api()
        polled = _lag(hub, process, watchers(VIEWERS), polling=POLLING_SECONDS)
        before = threads(process)
        streamed = _lag(hub, process, watchers(VIEWERS), polling=None)
        _show("asking once a second (control)", polled)
        _show("by stream", streamed, f"told after {_figure(streamed.told)}", f"target {TARGET_MS} ms")
        title(f"What {IDLE} viewers cost who hear nothing")
        _idle(hub, process, before)


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


class Lags(Result):
    """From when a turn was said; `told` until the page was told of it, in seconds too. `cpu` is milliseconds of the
    API's processor time a second.
    """

    told: Result
    cpu: float
    fetches: int


def _lag(hub: Running, process: int, who: Sequence[Watcher], *, polling: float | None) -> Lags:
    said: list[float] = []
    lags = Lags()
    lags.told = Result()

    def seen(number: int, told_at: float) -> None:
        lags.latencies.append(time.perf_counter() - said[number])
        lags.told.latencies.append(told_at - said[number])

    pages = [Page(("127.0.0.1", hub.plan.api.number), watcher, seen) for watcher in who]
    if polling is None:
        for page in pages:
            page.listen()
    live_pages.run(pages, 2.0)  # they settle
    spent = cpu_seconds(process)
    talk = threading.Thread(target=_talk, args=(who, said))
    talk.start()
    live_pages.run(pages, SECONDS + 2, polling=polling)
    talk.join()
    lags.cpu = (cpu_seconds(process) - spent) * 1000 / (SECONDS + 2)
    lags.fetches = sum(page.fetches for page in pages)
    lags.statuses["lost"] = len(said) - len(lags.latencies)
    for page in pages:
        page.close()
    return lags


def _talk(who: Sequence[Watcher], said: list[float]) -> None:
    """Have turns written as the voice process does, one call after the other."""
    writer, began = TurnWriter(), time.perf_counter()
    for number in range(int(TURNS_A_SECOND * SECONDS)):
        time.sleep(max(began + number / TURNS_A_SECOND - time.perf_counter(), 0))
        call, position = who[number % len(who)].call, number // len(who)
        said.append(time.perf_counter())
        writer.put(Written(call, position, ("agent", "human")[position % 2], f"turn-{number}-said"))


def _show(name: str, lags: Lags, *notes: str) -> None:
    spent = f"{lags.fetches} parts fetched, API {lags.cpu:.0f} ms of CPU a second, {lags.statuses['lost']} turns lost"
    line(name, _figure(lags), "; ".join((*notes, spent)))


def _idle(hub: Running, process: int, threads_before: int) -> None:
    port = hub.plan.api.number
    quiet, memory = _asked(port), resident_mb(process)
    pages = [Page(("127.0.0.1", port), watcher, lambda *_: None) for watcher in watchers(IDLE)]
    for page in pages:
        page.part.close()
        page.listen()
    time.sleep(2)
    crowded = _asked(port)
    line("threads of the API's process", f"{threads(process)}", f"{threads_before} before anybody looked")
    line("memory", f"{(resident_mb(process) - memory) * 1024 / IDLE:.1f} kB", "for each")
    line("GET /healthz without them (control)", _figure(quiet))
    line("GET /healthz with them", _figure(crowded))
    for page in pages:
        page.close()


def _asked(port: int) -> Result:
    result, connection = Result(), HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(500):
        began = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        result.latencies.append(time.perf_counter() - began)
    connection.close()
    return result


def _figure(asked: Result) -> str:
    return f"{asked.percentile(0.5):.1f} / {asked.percentile(0.95):.1f} ms"


def _api() -> int:
    """The process that serves the API: the last of gunicorn's."""
    found = [pid for pid in descendants(os.getpid()) if b"wsgi:app" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found[-1]
