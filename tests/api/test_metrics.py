"""/metrics, /healthz and /readyz."""

import os
from collections.abc import Callable
from uuid import UUID, uuid4

from flask import Flask
from playhouse.pool import PooledPostgresqlDatabase
from prometheus_client.parser import text_string_to_metric_families

from app.calls import ending
from app.config import Settings
from app.db import execute, rows
from tests.api.client import Client
from tests.crm.paper import a_connection, request_of
from tests.making import an_account

CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}


def scraped(app: Flask) -> dict[tuple[str, ...], float]:
    """Values by name and label values."""
    text = app.test_client().get("/metrics").get_data(as_text=True)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value for sample in samples
    }


def test_requests_are_counted_under_their_route(app: Flask, client: Client) -> None:
    name = ("mio_http_requests_total", "api", "GET", "", "/api/v1/calls/<uuid:call_id>", "404")
    before = scraped(app).get(name, 0)
    client.get(f"/calls/{uuid4()}")
    assert scraped(app)[name] == before + 1


def test_processes_that_share_a_port_count_apart(app_with: Callable[..., Flask]) -> None:
    shared = app_with(api_processes=2)
    shared.test_client().get("/healthz")
    assert scraped(shared)["mio_http_requests_total", "api", "GET", str(os.getpid()), "/healthz", "200"] == 1


def test_an_unknown_address_adds_no_label(app: Flask, client: Client) -> None:
    client.get("/made-up")
    assert not [name for name in scraped(app) if "made-up" in " ".join(name)]


def test_queues_and_live_calls_are_read_from_the_tables(app: Flask, client: Client) -> None:
    client.post("/calls", CALL)
    execute("UPDATE call SET due_at = now() - interval '1 minute'")
    seen = scraped(app)
    assert seen["mio_queue_depth", "place"] == 1
    assert 60 <= seen["mio_queue_oldest_seconds", "place"] < 120
    assert seen["mio_live_calls", "test", "initiated"] == 1
    assert (seen["mio_queue_depth", "finish"], seen["mio_database_up",]) == (0, 1)


def test_due_deliveries_and_attempts_are_counted(app: Flask, client: Client, settings: Settings) -> None:
    client.post("/webhooks", {"url": "https://example.com/mio"})
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    delivery = rows("SELECT id FROM delivery")[0]["id"]
    for number, error in enumerate([None, "timeout", "timeout"]):
        execute(
            "INSERT INTO attempt (delivery_id, number, started_at, duration_ms, error) VALUES (%s, %s, now(), 1, %s)",
            (delivery, number, error),
        )
    seen = scraped(app)
    assert seen["mio_queue_depth", "webhooks"] == 1
    assert (seen["mio_webhook_attempts_5m", "delivered"], seen["mio_webhook_attempts_5m", "timeout"]) == (1, 2)


def test_the_process_is_alive(app: Flask) -> None:
    response = app.test_client().get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_the_hub_is_ready(app: Flask, database: PooledPostgresqlDatabase) -> None:
    response = app.test_client().get("/readyz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ready", "database": "ok", "redis": "ok"})


def test_without_redis_the_hub_is_ready_and_says_so(
    app_with: Callable[..., Flask], database: PooledPostgresqlDatabase
) -> None:
    response = app_with(redis_url="redis://127.0.0.1:1/0").test_client().get("/readyz")
    assert (response.status_code, response.get_json()["redis"]) == (200, "not reached")


def test_with_a_migration_missing_the_hub_is_not_ready(app: Flask, database: PooledPostgresqlDatabase) -> None:
    with database.atomic() as transaction:
        execute("DELETE FROM schema_migration")
        response = app.test_client().get("/readyz")
        transaction.rollback()
    assert response.status_code == 503
    assert response.get_json()["database"].startswith("not migrated: 0001")


def test_work_for_crms_is_counted_by_the_state_of_its_connection(
    app: Flask, client: Client, settings: Settings
) -> None:
    account = an_account()
    for status, jobs, tries in (("active", 3, 0), ("active", 1, 2), ("broken", 2, 0)):
        connection = a_connection(account, settings, status=status)
        execute(
            "INSERT INTO crm_job (account_id, connection_id, kind, due_at, tries)"
            " SELECT %s, %s, 'answer', now(), %s FROM generate_series(1, %s)",
            (account.id, connection.id, tries, jobs),
        )
    request_of(rows("SELECT id FROM crm_job")[0]["id"], connection, "")
    execute("UPDATE crm_request SET sent = true, error = 'later'")
    seen = scraped(app)
    assert (seen["mio_crm_jobs_pending", "active", "paper"], seen["mio_crm_jobs_pending", "broken", "paper"]) == (4, 2)
    assert seen["mio_crm_jobs_failing", "active", "paper"] == 1
    assert (seen["mio_queue_depth", "crm"], seen["mio_crm_requests_5m", "later"]) == (4, 1)
