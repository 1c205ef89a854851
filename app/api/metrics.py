"""/metrics for Prometheus. It needs no key: keep it private.

What stands in the tables is read at each scrape, so it is right over any number of processes; the rest is of the
process that answers (`app.web.metrics`).
"""

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.db import Row, db, rows
from app.web.metrics import OWN

metrics = Blueprint("metrics", __name__)

_LANES: Final = """
SELECT 'place' AS lane, count(*) AS depth, coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS age
FROM call WHERE due_at <= now() AND (status = 'scheduled' OR (status = 'initiated' AND dial_state = 'waiting'))
UNION ALL
SELECT 'finish', count(*), coalesce(extract(epoch FROM now() - min(finish_due_at)), 0)::float8
FROM call WHERE finish_due_at <= now()
UNION ALL
SELECT 'webhooks', count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8
FROM delivery WHERE status = 'pending' AND due_at <= now()
UNION ALL
SELECT 'crm', count(*), coalesce(extract(epoch FROM now() - min(j.due_at)), 0)::float8
FROM crm_job j JOIN crm_connection c ON c.id = j.connection_id AND c.status IN ('active', 'leaving')
WHERE j.status = 'pending' AND j.due_at <= now()
"""
_LIVE: Final = """
SELECT mode, status, count(*) AS calls FROM call WHERE status IN ('initiated', 'ringing', 'in-progress')
GROUP BY mode, status
"""
_ATTEMPTS: Final = """
SELECT coalesce(error, 'delivered') AS class, count(*) AS attempts FROM attempt
WHERE started_at > now() - interval '5 minutes' GROUP BY 1
"""
_CRM_JOBS: Final = """
SELECT c.platform, c.status, count(*) AS pending, count(*) FILTER (WHERE j.tries > 0) AS failing
FROM crm_job j JOIN crm_connection c ON c.id = j.connection_id WHERE j.status = 'pending' GROUP BY c.platform, c.status
"""
_CRM_REQUESTS: Final = """
SELECT coalesce(error, 'answered') AS class, count(*) AS requests FROM crm_request
WHERE created_at > now() - interval '5 minutes' AND sent GROUP BY 1
"""


@metrics.get("/metrics")
def exposition() -> Response:
    """Prometheus's text format."""
    return Response(b"".join(_pages()), content_type=CONTENT_TYPE_LATEST)


class Tables(Collector):
    """Queues, live calls, recent attempts and work for CRMs as they stand; without the database, that it is not up."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("mio_database_up", "Whether the database answers.")
        try:
            with db.connection_context():
                families = [
                    *_lanes(rows(_LANES)),
                    _live(rows(_LIVE)),
                    _attempts(rows(_ATTEMPTS)),
                    *_crm_jobs(rows(_CRM_JOBS)),
                    _crm_requests(rows(_CRM_REQUESTS)),
                ]
        except (OperationalError, InterfaceError, MaxConnectionsExceeded):
            families = []
        up.add_metric([], 1 if families else 0)
        yield from [up, *families]


def _pages() -> Iterator[bytes]:
    tables = CollectorRegistry()
    tables.register(Tables())
    yield generate_latest(OWN)
    yield generate_latest(tables)


def _lanes(found: list[Row]) -> Iterator[Metric]:
    depth = GaugeMetricFamily("mio_queue_depth", "Rows that are due.", labels=["lane"])
    age = GaugeMetricFamily("mio_queue_oldest_seconds", "Age of the oldest row that is due.", labels=["lane"])
    for lane in found:
        depth.add_metric([lane["lane"]], lane["depth"])
        age.add_metric([lane["lane"]], lane["age"])
    yield from (depth, age)


def _live(found: list[Row]) -> Metric:
    calls = GaugeMetricFamily("mio_live_calls", "Calls under way.", labels=["mode", "status"])
    for group in found:
        calls.add_metric([group["mode"], group["status"]], group["calls"])
    return calls


def _attempts(found: list[Row]) -> Metric:
    attempts = GaugeMetricFamily(
        "mio_webhook_attempts_5m", "Attempts of the last five minutes, by what came of them.", labels=["class"]
    )
    for group in found:
        attempts.add_metric([group["class"]], group["attempts"])
    return attempts


def _crm_jobs(found: list[Row]) -> Iterator[Metric]:
    labels = ["platform", "connection"]
    pending = GaugeMetricFamily(
        "mio_crm_jobs_pending", "Work for CRMs that is not done, by the state of its connection.", labels=labels
    )
    failing = GaugeMetricFamily(
        "mio_crm_jobs_failing", "Work for CRMs that has failed and is tried again.", labels=labels
    )
    for group in found:
        pending.add_metric([group["platform"], group["status"]], group["pending"])
        failing.add_metric([group["platform"], group["status"]], group["failing"])
    yield from (pending, failing)


def _crm_requests(found: list[Row]) -> Metric:
    requests = GaugeMetricFamily(
        "mio_crm_requests_5m", "Requests to CRMs of the last five minutes, by what came of them.", labels=["class"]
    )
    for group in found:
        requests.add_metric([group["class"]], group["requests"])
    return requests
