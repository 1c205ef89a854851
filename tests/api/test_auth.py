"""X-API-Key and the rate of requests."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from app.accounts import access
from app.api.auth import Identities
from app.db import rows
from tests.api.client import Client, refusal


@pytest.mark.parametrize("key", [None, "", "sk_live_wrong", "sk_test_" + "a" * 43, "x" * 5000, "schlüssel", "' OR 1=1"])
def test_a_missing_or_wrong_key_gets_401(app: Flask, client: Client, key: str | None) -> None:
    response = Client(app, key).get("/me")
    assert refusal(response) == (401, "unauthenticated", None)
    assert response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", ["/me", "/calls", "/webhooks", "/do-not-call"])
def test_every_route_wants_a_key(app: Flask, database: object, path: str) -> None:
    assert refusal(Client(app, None).get(path)) == (401, "unauthenticated", None)


def test_a_key_is_looked_at_before_the_body(app: Flask, database: object) -> None:
    response = Client(app, "sk_live_wrong").post("/calls", data=b"{", content_type="application/json")
    assert response.status_code == 401


def test_a_revoked_key_is_refused_within_a_second(account: UUID) -> None:
    clock = [0.0]
    identities = Identities(clock=lambda: clock[0])
    key, text = access.issue(account, "test")
    assert identities.of(text) == access.Identity(account, key.id, "test")
    access.revoke(str(key.id))
    clock[0] = 1.0
    assert identities.of(text) is None


def test_a_revoked_key_places_no_call_at_all(client: Client) -> None:
    client.get("/me")  # the key is remembered now
    access.revoke(str(rows("SELECT id FROM api_key")[0]["id"]))
    response = client.post("/calls", {"phoneNumber": "+15551234567", "instructions": "Say hello."})
    assert refusal(response) == (401, "unauthenticated", None)


def test_a_keys_last_use_is_written_without_a_write_per_request(app: Flask, client: Client) -> None:
    client.get("/me")
    assert rows("SELECT last_used_at FROM api_key") == [{"last_used_at": None}]
    app.extensions["mio"].usage.flush()
    assert rows("SELECT last_used_at FROM api_key")[0]["last_used_at"] is not None


def test_too_many_requests_with_a_key_get_429(app_with: Callable[..., Flask], account: UUID) -> None:
    slow = app_with(requests_per_second=2, api_processes=2)
    client, other = (Client(slow, access.issue(account, "test")[1]) for _ in range(2))
    assert client.get("/me").status_code == 200
    response = client.get("/me")
    assert refusal(response) == (429, "limit_reached", None)
    assert response.headers["Retry-After"] == "1"
    assert other.get("/me").status_code == 200
