"""GET /calls/:id?wait="""

import threading
import time
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.access import issue
from app.calls import ending
from app.config import Settings
from tests.api.client import Client

CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}
LISTENING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN delivery_ended'"
HANG_UP = LISTENING.replace("SELECT 1", "SELECT pg_terminate_backend(pid)")


class Waiting(threading.Thread):
    """A long poll under way."""

    def __init__(self, client: Client, call_id: str, seconds: int) -> None:
        super().__init__()
        self._ask: Callable[[], TestResponse] = lambda: client.get(f"/calls/{call_id}?wait={seconds}")
        self.start()

    def run(self) -> None:
        self.answer = self._ask()

    def status(self) -> str:
        self.join()
        told: str = self.answer.get_json()["status"]
        return told


@pytest.fixture
def poller(app_with: Callable[..., Flask], account: UUID) -> Client:
    """An API that lets one request wait."""
    return Client(app_with(api_threads=2), issue(account, "test")[1])


def listening(settings: Settings, sql: str = LISTENING) -> None:
    """Return once the process listens; with HANG_UP, once its connection has been cut."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        while not connection.execute(sql).fetchone():
            time.sleep(0.005)


def end(call_id: str, settings: Settings) -> None:
    ending.end(UUID(call_id), "no-answer", "no_answer", settings)


def test_it_answers_when_the_call_ends(poller: Client, settings: Settings) -> None:
    call = poller.post("/calls", CALL).get_json()
    waiting = Waiting(poller, call["id"], 25)
    listening(settings)
    end(call["id"], settings)
    assert waiting.status() == "no-answer"


def test_it_answers_the_present_state_when_time_is_up(poller: Client) -> None:
    call = poller.post("/calls", CALL).get_json()
    assert Waiting(poller, call["id"], 1).status() == "initiated"


def test_a_call_that_has_ended_is_answered_at_once(poller: Client, settings: Settings) -> None:
    call = poller.post("/calls", CALL).get_json()
    end(call["id"], settings)
    assert Waiting(poller, call["id"], 25).status() == "no-answer"


def test_above_half_of_the_threads_the_present_state_is_answered_at_once(poller: Client, settings: Settings) -> None:
    call = poller.post("/calls", CALL).get_json()
    first = Waiting(poller, call["id"], 25)
    listening(settings)
    assert Waiting(poller, call["id"], 25).status() == "initiated"
    end(call["id"], settings)
    assert first.status() == "no-answer"


def test_an_end_is_not_missed_while_the_connection_is_lost(poller: Client, settings: Settings) -> None:
    call = poller.post("/calls", CALL).get_json()
    waiting = Waiting(poller, call["id"], 25)
    listening(settings)
    listening(settings, HANG_UP)
    end(call["id"], settings)
    assert waiting.status() == "no-answer"
