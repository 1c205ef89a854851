"""Accounts with keys, and clients that use them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts.access import issue
from app.accounts.signup import sign_up
from app.api.application import build
from app.config import Mode, Settings
from tests.api.client import Client

NewClient = Callable[[UUID, Mode], Client]


@pytest.fixture(scope="session")
def live_settings(settings: Settings) -> Settings:
    """As if a live carrier were configured; nothing here dials."""
    return replace(
        settings,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        twilio_from_number="+15559876543",
        openai_api_key="key",
        public_url="https://hub.example.com",
    )


@pytest.fixture(scope="session")
def app(live_settings: Settings) -> Iterator[Flask]:
    made = build(live_settings)
    yield made
    made.extensions["mio"].usage.flush()


@pytest.fixture
def app_with(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """An API with other settings."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(build(replace(settings, **changes)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["mio"].usage.flush()


@pytest.fixture
def account(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    """Jane, ready to place live calls."""
    return sign_up(settings, "Jane", "+15551230000", caller_name="Jane's Bakery", accept_terms=True)


@pytest.fixture
def stranger(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    """Another account."""
    return sign_up(settings, "Bob", "+15551230001", caller_name="Bob", accept_terms=True)


@pytest.fixture
def client(app: Flask, account: UUID) -> Client:
    """Jane, with a test key."""
    return Client(app, issue(account, "test")[1])


@pytest.fixture
def live(app: Flask, account: UUID) -> Client:
    """Jane, with a live key."""
    return Client(app, issue(account, "live")[1])


@pytest.fixture
def foreign(app: Flask, stranger: UUID) -> Client:
    """Bob, with a test key."""
    return Client(app, issue(stranger, "test")[1])


@pytest.fixture
def client_of(app: Flask) -> NewClient:
    """A client with a new key of an account."""
    return lambda account, mode: Client(app, issue(account, mode)[1])
