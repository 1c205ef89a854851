"""What people and supervisors see of the voice process."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask import Flask
from werkzeug.test import Client

from app.config import Settings
from app.dev import ports, processes
from app.dev.supervisor import supervised
from app.voice.answers import register_errors, watching
from app.voice.application import build
from tests.making import LIVE

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def http(settings: Settings) -> Client:
    return build(replace(settings, **LIVE)).test_client()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/api/v1/me", 404, "not_found"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("POST", "/carrier/test/calls/4bd3a6a4-9d5d-4bd0-8d51-2a4b5de2d5ad/status", 403, "forbidden"),
        ("GET", "/carrier/test/calls/4bd3a6a4-9d5d-4bd0-8d51-2a4b5de2d5ad/relay", 400, "invalid_request"),
    ],
)
def test_errors_have_the_hubs_shape(http: Client, method: str, path: str, status: int, code: str) -> None:
    answer = http.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    told = answer.get_json()
    assert set(told) == {"error", "code"}
    assert told["code"] == code


def test_the_process_is_alive_and_ready(http: Client) -> None:
    assert http.get("/healthz").get_json() == {"status": "ok"}
    answer = http.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "database": "ok"})


def test_without_its_database_it_is_alive_and_not_ready(settings: Settings, tmp_path: Path) -> None:
    port = ports.free()
    environment = os.environ | {
        "DATABASE_URL": "postgresql://mio@127.0.0.1:1/mio",
        "REDIS_URL": settings.redis_url,
        "ENCRYPTION_KEYS": settings.encryption_keys,
        "SANDBOX_AUTH_TOKEN": settings.sandbox_auth_token,
    }
    hub = processes.hub(
        environment, api_port=0, voice_port=port, sandbox_port=0, threads=processes.Threads(), log=tmp_path
    )
    with supervised(hub.voice):
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
        answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "database": "not reached"})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("hub.example", 404),
        ("hub.example:443", 404),
        ("HUB.example.", 404),
        ("127.0.0.1:8001", 200),
        ("voice.internal", 200),
    ],
)
def test_metrics_are_not_for_the_public(http: Client, host: str, status: int) -> None:
    assert http.get("/metrics", headers={"Host": host}).status_code == status


def test_without_a_public_url_metrics_are_there() -> None:
    application = Flask(__name__)
    application.register_blueprint(watching(""))
    register_errors(application)
    assert "mio_voice_live_calls" in application.test_client().get("/metrics").text
