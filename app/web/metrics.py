"""How many requests are answered, how soon, and how many listen: of both applications, counted by the process.

A live view is counted as it is handed over: what a stream then lasts is no time to answer.
"""

import os
import time
from functools import partial
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from app.config import Settings
from app.web.streams import Streams

disable_created_metrics()  # type: ignore[no-untyped-call]
OWN: Final = CollectorRegistry()
_REQUESTS: Final = Counter(
    "mio_http_requests", "Requests answered.", ["app", "method", "route", "status", "process"], registry=OWN
)
_SECONDS: Final = Histogram(
    "mio_http_request_seconds",
    "Time to answer, long polls included.",
    ["app", "method", "route", "process"],
    registry=OWN,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
)
_VIEWERS: Final = Gauge("mio_live_viewers", "Live views that are open.", ["process"], registry=OWN)


def count_requests(app: Flask, name: str, settings: Settings) -> None:
    """Count what `app` answers under `name`. To be called before all else that is done around a request."""
    app.before_request(_begin)
    app.after_request(partial(_count, name, _process(settings)))


def count_viewers(streams: Streams, settings: Settings) -> None:
    """Tell at each scrape how many hear of `streams`."""
    _VIEWERS.labels(_process(settings)).set_function(streams.viewers)


def _begin() -> None:
    g.began = time.perf_counter()


def _count(name: str, process: str, response: Response) -> Response:
    """Count an answered request under its route's pattern, never under what the client wrote."""
    method, route = (request.method, request.url_rule.rule) if request.url_rule else ("", "")
    _REQUESTS.labels(name, method, route, response.status_code, process).inc()
    _SECONDS.labels(name, method, route, process).observe(time.perf_counter() - g.began)
    return response


def _process(settings: Settings) -> str:
    """Where several share a port each says which one it is."""
    return str(os.getpid()) if settings.api_processes > 1 else ""
