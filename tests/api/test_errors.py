"""One shape for every error."""

import json
import logging
from collections.abc import Callable

import pytest
from flask import Flask
from peewee import OperationalError
from playhouse.pool import MaxConnectionsExceeded

from app import errors
from app.logs import masked
from app.web.statuses import STATUSES, status_of
from tests.api.client import Client, refusal

pytestmark = pytest.mark.usefixtures("database")

Broken = Callable[[Exception], Client]


@pytest.fixture
def broken(app_with: Callable[..., Flask]) -> Broken:
    """An API with a route that fails in a given way."""

    def fail_with(error: Exception) -> Client:
        def fail() -> None:
            raise error

        app = app_with()
        app.add_url_rule("/api/v1/broken", view_func=fail)
        return Client(app, None)

    return fail_with


def test_every_error_has_a_status() -> None:
    kinds = {kind for kind in errors.AppError.__subclasses__() if kind.__module__ == errors.__name__}
    assert set(STATUSES) == kinds


def test_a_kind_of_an_error_has_its_status_and_what_is_no_callers_doing_has_none() -> None:
    class Vanished(errors.NotFound):
        pass

    assert status_of(Vanished("It was here.")) == 404
    assert status_of(errors.AppError("The hub cannot start.")) is None


@pytest.mark.parametrize("path", ["/nothing", "/calls/", "/webhooks/1/2/3"])
def test_an_unknown_address_gets_404_in_json(app: Flask, path: str) -> None:
    assert refusal(Client(app, None).get(path)) == (404, "not_found", None)


@pytest.mark.parametrize(("method", "path", "allowed"), [("PUT", "/calls", "GET"), ("PATCH", "/me", "PUT")])
def test_a_wrong_method_gets_405_and_is_told_the_right_ones(app: Flask, method: str, path: str, allowed: str) -> None:
    response = Client(app, None).ask(method, path)
    assert refusal(response) == (405, "method_not_allowed", None)
    assert allowed in response.headers["Allow"]


def test_a_bug_gets_500_with_a_request_id_and_no_internals(broken: Broken) -> None:
    response = broken(RuntimeError("secret detail")).get("/broken")
    assert refusal(response) == (500, "internal", None)
    assert response.get_json()["requestId"] == response.headers["X-Request-Id"]
    assert "secret detail" not in response.get_data(as_text=True)


@pytest.mark.parametrize("error", [OperationalError("no"), MaxConnectionsExceeded("no")])
def test_what_is_down_or_exhausted_gets_503_and_when_to_try_again(broken: Broken, error: Exception) -> None:
    response = broken(error).get("/broken")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


def test_what_only_an_operator_can_mend_gets_503_and_no_time_to_try_again(broken: Broken) -> None:
    response = broken(errors.Unavailable("no")).get("/broken")
    assert (response.status_code, response.headers.get("Retry-After")) == (503, None)


def test_a_sane_request_id_is_taken_over(app: Flask) -> None:
    response = Client(app, None).get("/nothing", headers={"X-Request-Id": "zap-4711-abc"})
    assert response.headers["X-Request-Id"] == "zap-4711-abc"


@pytest.mark.parametrize("given", ["short", "a b c d e f g h", "x" * 65, "schlüssel-nr-1"])
def test_another_request_id_is_replaced(app: Flask, given: str) -> None:
    response = Client(app, None).get("/nothing", headers={"X-Request-Id": given})
    assert response.headers["X-Request-Id"] != given


def test_a_bug_is_logged_without_keys_and_numbers(broken: Broken, caplog: pytest.LogCaptureFixture) -> None:
    broken(RuntimeError("+15551234567 sk_live_abcdef")).get("/broken")
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    line = masked(logging.Formatter().format(record))
    assert "RuntimeError" in line
    assert "1234567" not in line
    assert "abcdef" not in line


def test_an_error_keeps_what_it_tells_beside_the_sentence(broken: Broken) -> None:
    id = "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"
    told = broken(errors.Conflict("Busy.", code="call_active", callId=id)).get("/broken").get_data()
    assert json.loads(told) == {"error": "Busy.", "code": "call_active", "callId": id}
