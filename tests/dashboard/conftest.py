"""Owners who are signed in, and a count of what their pages ask the database."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask import Flask
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts import sessions
from app.accounts.signup import sign_up
from app.config import Settings
from app.dashboard.application import build
from app.db import execute
from app.models.crm import CrmConnection
from app.vault import Vault
from tests.crm.plain import connected
from tests.crm.sheets import Sheets
from tests.dashboard.browser import Browser

Counted = Callable[[], AbstractContextManager[list[str]]]


@dataclass(frozen=True)
class Owner:
    """Somebody with an account; `token` is that of a session's cookie."""

    account_id: UUID
    id: UUID
    email: str
    token: str


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    return build(settings)


@pytest.fixture
def jane(database: PooledPostgresqlDatabase, settings: Settings) -> Owner:
    """Somebody who is signed in and may make live calls."""
    return made_owner(settings, "Jane", "+15551230000", "jane@example.com")


@pytest.fixture
def bob(database: PooledPostgresqlDatabase, settings: Settings) -> Owner:
    """Somebody else."""
    return made_owner(settings, "Bob", "+15551230001", "bob@example.com")


def made_owner(settings: Settings, name: str, phone: str, email: str) -> Owner:
    account = sign_up(settings, name, phone, caller_name=name, accept_terms=True)
    owner_id = uuid4()
    execute(
        "INSERT INTO owner (id, account_id, email, password_hash) VALUES (%s, %s, %s, '')", (owner_id, account, email)
    )
    return Owner(
        account,
        owner_id,
        email,
        sessions.begin(owner_id, address="192.0.2.1", user_agent="Firefox/140.0", settings=settings),
    )


@pytest.fixture
def cloud() -> Iterator[Sheets]:
    """That of a plain CRM."""
    with Sheets() as listening:
        yield listening


@pytest.fixture
def connection(jane: Owner, cloud: Sheets, settings: Settings) -> CrmConnection:
    """Jane's CRM, in test mode."""
    return connected(jane.account_id, cloud, Vault(settings.encryption_keys), mode="test")


@pytest.fixture
def browser_of(app: Flask) -> Callable[[Owner], Browser]:
    """A browser in which somebody is signed in."""

    def open(owner: Owner) -> Browser:
        browser = Browser(app)
        browser.http.set_cookie("mio", owner.token)
        return browser

    return open


@pytest.fixture
def browser(browser_of: Callable[[Owner], Browser], jane: Owner) -> Browser:
    """Jane's."""
    return browser_of(jane)


@pytest.fixture
def visitor(app: Flask, database: PooledPostgresqlDatabase) -> Browser:
    """Nobody is signed in here."""
    return Browser(app)


class _Counter(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.queries: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.queries.append(str(record.msg))


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    logger, counter = logging.getLogger("peewee"), _Counter()
    before = logger.level
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    try:
        yield counter.queries
    finally:
        logger.setLevel(before)
        logger.removeHandler(counter)
