"""What a CRM has granted: sealed, renewed ahead of time, and by one at a time."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.config import ConfigurationError, Settings
from app.crm import grants, wire
from app.crm.failures import Later, Refused, Revoked
from app.crm.platform import Grant
from app.db import db, execute, rows
from app.errors import Unavailable
from app.models.crm import CrmConnection
from app.times import now
from app.vault import Vault
from tests.crm.plain import Cloud, Plain, connected, fresh, says
from tests.making import an_account


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as listening:
        yield listening


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def connection(database: PooledPostgresqlDatabase, cloud: Cloud, vault: Vault) -> CrmConnection:
    return connected(an_account(email="jane@example.com").id, cloud, vault)


@pytest.fixture
def mailing(settings: Settings) -> Settings:
    return replace(settings, smtp_host="mail.example")


def renew(connection: CrmConnection, settings: Settings, *, force: bool = False) -> Grant:
    """A good grant, as who has just read the connection gets it."""
    door = wire.door(connection, settings, purpose="refresh")
    return grants.fresh(connection, Plain(), door, settings, Vault(settings.encryption_keys), force=force)


def ends_in(seconds: float) -> None:
    execute("UPDATE crm_connection SET expires_at = now() + %s * interval '1 second'", (seconds,))


def in_threads(count: int, work: Any) -> list[Any]:
    """What `work` gave to each of so many threads that begin together."""
    gate = threading.Barrier(count)

    def one(_: int) -> Any:
        gate.wait()
        try:
            return work()
        finally:
            db.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_a_grant_comes_back_as_it_was_sealed(vault: Vault) -> None:
    grant = Grant("access", None, now(), "4711", "Plain & Söhne", "https://x.example")
    assert grants.opened(CrmConnection(credentials=grants.sealed(grant, vault)), vault) == grant


def test_a_sealed_grant_tells_nothing(connection: CrmConnection) -> None:
    assert b"token" not in bytes(fresh(connection).credentials)


def test_a_connection_without_a_grant_has_to_be_authorised(vault: Vault) -> None:
    with pytest.raises(Revoked):
        grants.opened(CrmConnection(), vault)


def test_a_grant_whose_key_was_dropped_is_told_as_such(connection: CrmConnection) -> None:
    other = Vault("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    with pytest.raises(ConfigurationError):
        grants.opened(connection, other)


def test_a_good_token_is_used_as_it_is(connection: CrmConnection, settings: Settings, cloud: Cloud) -> None:
    assert renew(connection, settings).access_token == "access-token-1"
    assert cloud.refreshes == 0


def test_a_token_is_renewed_ahead_of_time(connection: CrmConnection, settings: Settings, cloud: Cloud) -> None:
    ends_in(240)
    assert renew(connection, settings).access_token == "access-token-2"
    assert renew(fresh(connection), settings).access_token == "access-token-2"
    assert cloud.refreshes == 1
    assert fresh(connection).refresh_lease_until is None


@pytest.mark.parametrize("seconds", [-10, 240])
def test_twenty_threads_renew_once(connection: CrmConnection, settings: Settings, cloud: Cloud, seconds: float) -> None:
    ends_in(seconds)
    found = in_threads(20, lambda: renew(fresh(connection), settings))
    assert cloud.refreshes == 1
    assert {grant.access_token for grant in found} <= {"access-token-1", "access-token-2"}
    if seconds < 0:
        assert {grant.access_token for grant in found} == {"access-token-2"}


def test_twenty_refused_requests_renew_once(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    cloud.expire()

    def ask() -> int:
        return wire.line(fresh(connection), Plain(), settings, vault, purpose="try").get("/contacts/1").status

    assert in_threads(20, ask) == [200] * 20
    assert cloud.refreshes == 1


def test_while_one_renews_ahead_of_time_the_others_go_on(
    connection: CrmConnection, settings: Settings, cloud: Cloud
) -> None:
    ends_in(240)
    execute("UPDATE crm_connection SET refresh_lease_until = now() + interval '1 minute'")
    assert renew(connection, settings).access_token == "access-token-1"


def test_a_claim_whose_holder_died_is_taken_over(connection: CrmConnection, settings: Settings, cloud: Cloud) -> None:
    ends_in(-1)
    execute("UPDATE crm_connection SET refresh_lease_until = now() + interval '0.5 seconds'")
    assert renew(connection, settings).access_token == "access-token-2"
    assert cloud.refreshes == 1


def test_who_waits_too_long_for_another_is_told_to_try_later(connection: CrmConnection, settings: Settings) -> None:
    ends_in(-1)
    execute("UPDATE crm_connection SET refresh_lease_until = now() + interval '1 minute'")
    with pytest.raises(Later) as later:
        renew(connection, replace(settings, crm_timeout_seconds=0.05))
    assert not later.value.perhaps_done


def test_what_came_late_from_a_claim_that_was_over_is_not_kept(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    """A holder that slept through its claim: somebody else has renewed, and then the answer comes."""
    ends_in(-1)
    anew = grants.sealed(Grant("newer", "r", now() + timedelta(hours=1), "4711", "P", cloud.url), vault)

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        with db.connection_context():
            execute("UPDATE crm_connection SET credentials = %s, expires_at = now() + interval '1 hour'", (anew,))
        says(200, {"access": "late", "refresh": "r", "lives": 60, "portal": "4711", "name": "P"})(handler)

    cloud.tokens.append(meanwhile)
    assert renew(connection, settings).access_token == "newer"
    assert bytes(fresh(connection).credentials) == anew


def test_a_server_in_trouble_leaves_a_good_token_in_use(
    connection: CrmConnection, settings: Settings, cloud: Cloud
) -> None:
    ends_in(240)
    cloud.tokens.append(says(503, {}))
    assert renew(connection, settings).access_token == "access-token-1"
    assert renew(fresh(connection), settings).access_token == "access-token-1"
    assert cloud.refreshes == 1  # and it is left in peace for a moment


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_renewal_that_fails_is_tried_again_and_breaks_nothing(
    connection: CrmConnection, settings: Settings, cloud: Cloud, status: int
) -> None:
    """Also one that is refused, for a secret of the hub's that is wrong: no work is lost for it."""
    ends_in(-1)
    cloud.tokens.append(says(status, {"error": "invalid_client"}))
    with pytest.raises(Later, match="could not be renewed"):
        renew(connection, settings)
    assert fresh(connection).status == "active"
    assert renew(fresh(connection), settings).access_token == "access-token-2"


def test_a_setting_of_the_hubs_that_is_wrong_breaks_no_connection(
    connection: CrmConnection, settings: Settings, vault: Vault
) -> None:
    class Keyless(Plain):
        def refresh(self, *_: object) -> Grant:
            raise Unavailable("This hub's key cannot be read.")

    ends_in(-1)
    with pytest.raises(Later, match="key cannot be read"):
        grants.fresh(connection, Keyless(), wire.door(connection, settings, purpose="refresh"), settings, vault)
    assert fresh(connection).status == "active"


def test_an_authorisation_that_was_taken_back_breaks_the_connection_and_the_owner_is_told_once(
    connection: CrmConnection, mailing: Settings, cloud: Cloud
) -> None:
    ends_in(-1)
    cloud.revoked = True
    for _ in range(3):
        with pytest.raises(Revoked):
            renew(fresh(connection), mailing)
    assert cloud.refreshes == 1
    assert (fresh(connection).status, fresh(connection).status_reason) == (
        "broken",
        "The authorisation was taken back.",
    )
    [notice] = rows("SELECT subject, text FROM notice")
    assert notice["subject"] == "Your connection Plain needs to be authorised again"
    assert str(connection.id) in notice["text"]


def test_what_was_taken_back_long_ago_does_not_break_what_was_authorised_since(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    ends_in(-1)
    anew = grants.sealed(Grant("newer", "r", now() + timedelta(hours=1), "4711", "P", cloud.url), vault)

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        with db.connection_context():
            execute("UPDATE crm_connection SET credentials = %s, expires_at = now() + interval '1 hour'", (anew,))
        says(400, {"error": "invalid_grant"})(handler)

    cloud.tokens.append(meanwhile)
    with pytest.raises(Revoked):
        renew(connection, settings)
    assert fresh(connection).status == "active"


def test_a_connection_that_is_leaving_may_renew_to_take_itself_back(
    connection: CrmConnection, settings: Settings
) -> None:
    CrmConnection.update(status="leaving").execute()
    ends_in(-1)
    assert renew(connection, settings).access_token == "access-token-2"


@pytest.mark.parametrize("status", ["pending", "broken", "disconnected"])
def test_a_connection_that_is_not_authorised_has_no_grant(
    connection: CrmConnection, settings: Settings, cloud: Cloud, status: str
) -> None:
    CrmConnection.update(status=status).execute()
    with pytest.raises(Revoked):
        renew(connection, settings)
    assert cloud.asked == []


def test_no_thread_holds_a_connection_to_the_database_while_it_waits(
    connection: CrmConnection, settings: Settings, cloud: Cloud
) -> None:
    ends_in(-1)
    held: list[int] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(20):
            time.sleep(0.01)
            held.append(len(db._in_use))
        says(200, {"access": cloud.token(), "refresh": "r", "lives": 900, "portal": "4711", "name": "P"})(handler)

    cloud.tokens.append(look)
    copies = [fresh(connection) for _ in range(10)]
    in_threads(10, lambda: renew(copies.pop(), settings))
    assert min(held) <= 1  # the test's own; the others look now and then


def test_a_refusal_to_the_door_is_no_failure_of_the_wire(connection: CrmConnection, settings: Settings) -> None:
    with pytest.raises(Refused):
        wire.door(connection, settings, purpose="try").get("https://elsewhere.example/", bearer="secret")
