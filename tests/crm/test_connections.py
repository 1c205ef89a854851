"""Connections as rows: made, changed, broken, ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playhouse.pool import PooledPostgresqlDatabase
from psycopg.types.json import Jsonb

from app.config import Settings
from app.crm import connecting, connections
from app.db import db, execute, rows
from app.errors import Conflict, Forbidden, InvalidRequest, NotFound
from app.models.account import Account
from app.models.crm import CrmConnection, CrmEnrolment, CrmJob, CrmRule
from app.times import now
from app.vault import Vault
from tests.crm.plain import Cloud, Plain, connected, fresh
from tests.making import a_call, an_account


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as listening:
        yield listening


@pytest.fixture
def account(database: PooledPostgresqlDatabase) -> Account:
    return an_account(email="jane@example.com")


@pytest.fixture
def connection(account: Account, cloud: Cloud, settings: Settings) -> CrmConnection:
    return connected(account.id, cloud, Vault(settings.encryption_keys))


def make(account: Account, cloud: Cloud, settings: Settings, **wanted: Any) -> CrmConnection:
    asked = connecting.Wanted(**{"default_country": "US"} | wanted)
    return connecting.create(account.id, Plain(), asked, settings, login_url=cloud.url)


def an_enrolment(connection: CrmConnection, **columns: Any) -> CrmEnrolment:
    plain = {"mode": "live", "source": "action", "dedup_key": uuid4().hex, "asked": Jsonb({}), "questions": Jsonb([])}
    given = plain | {"created_at": now()} | columns
    return CrmEnrolment.create(account_id=connection.account_id, connection_id=connection.id, **given)


def a_job(connection: CrmConnection, kind: str, **columns: Any) -> CrmJob:
    given = {"created_at": now(), "due_at": now()} | columns
    return CrmJob.create(account_id=connection.account_id, connection_id=connection.id, kind=kind, **given)


def a_rule(connection: CrmConnection) -> CrmRule:
    return CrmRule.create(
        account_id=connection.account_id,
        connection_id=connection.id,
        name="Call them",
        active=True,
        object="contact",
        trigger="changed",
        conditions=Jsonb([]),
        number_properties=["phone"],
        instructions="Ask.",
        once_within_seconds=3600,
        created_at=now(),
        updated_at=now(),
    )


def statuses() -> dict[str, str]:
    return {one["kind"]: one["status"] for one in rows("SELECT kind, status FROM crm_job")}


def test_a_new_connection_is_pending_in_test_mode(account: Account, cloud: Cloud, settings: Settings) -> None:
    made = make(account, cloud, settings)
    assert (made.status, made.mode, made.name, made.logs, made.credentials) == ("pending", "test", "Plain", "own", None)


@pytest.mark.parametrize("country", ["XX", "ZZ", "001", "", "us"])
def test_a_country_without_numbers_is_refused(account: Account, cloud: Cloud, settings: Settings, country: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make(account, cloud, settings, default_country=country)
    assert refused.value.field == "defaultCountry"


def test_an_account_has_so_many_connections_and_those_that_were_ended_do_not_count(
    account: Account, cloud: Cloud, settings: Settings
) -> None:
    few = replace(settings, crm_connections_per_account=2)
    made = [make(account, cloud, few) for _ in range(2)]
    with pytest.raises(Conflict) as full:
        make(account, cloud, few)
    assert full.value.code == "too_many_connections"
    connections.disconnect(account.id, "test", made[0].id)
    make(account, cloud, few)


def test_the_last_place_is_taken_once(account: Account, cloud: Cloud, settings: Settings) -> None:
    few = replace(settings, crm_connections_per_account=1)

    def one(_: int) -> int:
        try:
            make(account, cloud, few)
        except Conflict:
            return 0
        finally:
            db.close()
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_a_secret_address_is_kept_as_its_hash_and_a_new_one_voids_it(
    connection: CrmConnection, settings: Settings
) -> None:
    reached = replace(settings, api_public_url="https://hub.example/")
    first, second = (connecting.new_inbound(connection.id, Plain(), reached) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.startswith("https://hub.example/crm/plain/messages/")
    assert first != second
    assert second.rpartition("/")[2].encode() not in bytes(fresh(connection).inbound_hash)


def test_a_crm_that_signs_needs_no_secret_address(connection: CrmConnection, settings: Settings) -> None:
    platform = Plain()
    platform.secret_inbound = None
    assert connecting.new_inbound(connection.id, platform, settings) is None


def test_only_its_account_finds_a_connection(connection: CrmConnection) -> None:
    assert connections.get(connection.account_id, connection.id) == connection
    with pytest.raises(NotFound):
        connections.get(an_account().id, connection.id)


def test_what_is_left_out_of_a_change_stays(connection: CrmConnection) -> None:
    changed = connecting.update(connection.account_id, "live", connection.id, connecting.Wanted(logs="all"))
    assert (changed.logs, changed.name, changed.mode, changed.default_country) == ("all", "Plain", "live", "US")
    assert changed.updated_at > connection.updated_at


@pytest.mark.parametrize(
    ("mode", "key", "to", "code"),
    [
        ("test", "test", None, None),
        ("test", "test", "test", None),
        ("test", "test", "live", "live_key_needed"),
        ("test", "live", "live", None),
        ("live", "test", None, "live_key_needed"),
        ("live", "test", "test", "live_key_needed"),
        ("live", "live", "test", None),
    ],
)
def test_whatever_concerns_a_live_connection_needs_a_live_key(
    connection: CrmConnection, mode: str, key: Any, to: Any, code: str | None
) -> None:
    CrmConnection.update(mode=mode).execute()
    wanted = connecting.Wanted(name="Other", mode=to)
    if code is None:
        assert connecting.update(connection.account_id, key, connection.id, wanted).mode == (to or mode)
        return
    with pytest.raises(Forbidden) as refused:
        connecting.update(connection.account_id, key, connection.id, wanted)
    assert refused.value.code == code
    assert fresh(connection).mode == mode


@pytest.mark.parametrize("status", ["pending", "broken"])
def test_only_an_authorised_connection_goes_live(connection: CrmConnection, status: str) -> None:
    CrmConnection.update(status=status, mode="test").execute()
    with pytest.raises(Conflict) as refused:
        connecting.update(connection.account_id, "live", connection.id, connecting.Wanted(mode="live"))
    assert (refused.value.code, refused.value.field) == ("connection_not_active", "mode")
    connecting.update(connection.account_id, "live", connection.id, connecting.Wanted(name="Other"))


@pytest.mark.parametrize("status", ["leaving", "disconnected"])
def test_a_connection_that_was_ended_does_not_change(connection: CrmConnection, status: str) -> None:
    CrmConnection.update(status=status).execute()
    with pytest.raises(Conflict):
        connecting.update(connection.account_id, "live", connection.id, connecting.Wanted(name="Other"))


def test_what_the_crm_takes_back_is_told_to_the_owner_once(connection: CrmConnection, settings: Settings) -> None:
    CrmConnection.update(name="Sales\r\nBcc: all@example.com").execute()
    mailing = replace(settings, smtp_host="mail.example")
    for _ in range(3):
        connections.lost(connection.id, "The app was removed.", mailing)
    [notice] = rows("SELECT subject, text FROM notice")
    assert notice["subject"].isprintable()
    assert "The app was removed." in notice["text"]
    assert fresh(connection).status == "broken"


def test_what_was_barred_for_longer_stays_so(connection: CrmConnection) -> None:
    connections.bar(connection, 600)
    connections.bar(connection, 5)
    assert fresh(connection).barred_until > now() + timedelta(seconds=590)


def test_ending_a_connection_skips_what_waits_and_leaves_by_a_job(connection: CrmConnection) -> None:
    rule, waiting = a_rule(connection), an_enrolment(connection)
    for kind in ("start", "answer"):
        a_job(connection, kind, enrolment_id=waiting.id)
    a_job(connection, "forget", subject="contact 1")
    ended = connections.disconnect(connection.account_id, "live", connection.id)
    assert ended.status == "leaving"
    assert statuses() == {"start": "skipped", "answer": "skipped", "forget": "pending", "leave": "pending"}
    assert not CrmRule.get_by_id(rule.id).active
    refused = CrmEnrolment.get_by_id(waiting.id)
    assert (refused.refusal["code"], refused.asked) == ("connection_ended", None)


def test_a_call_that_was_made_is_not_refused_by_the_end(
    connection: CrmConnection, account: Account, settings: Settings
) -> None:
    called = an_enrolment(connection, call_id=a_call(account, settings).id)
    connections.disconnect(connection.account_id, "live", connection.id)
    assert CrmEnrolment.get_by_id(called.id).refusal is None


def test_ending_twice_is_no_error_and_leaves_once(connection: CrmConnection) -> None:
    for _ in range(2):
        assert connections.disconnect(connection.account_id, "live", connection.id).status == "leaving"
    assert len(rows("SELECT 1 FROM crm_job WHERE kind = 'leave'")) == 1


def test_a_connection_that_was_never_authorised_is_over_at_once(
    account: Account, cloud: Cloud, settings: Settings
) -> None:
    made = make(account, cloud, settings)
    assert connections.disconnect(account.id, "test", made.id).status == "disconnected"
    assert statuses() == {}


def test_a_live_connection_is_ended_with_a_live_key(connection: CrmConnection) -> None:
    with pytest.raises(Forbidden):
        connections.disconnect(connection.account_id, "test", connection.id)
    assert fresh(connection).status == "active"


def test_what_has_left_keeps_nothing_that_it_was_granted(connection: CrmConnection, settings: Settings) -> None:
    connecting.new_inbound(connection.id, Plain(), settings)
    connections.disconnect(connection.account_id, "live", connection.id)
    a_job(connection, "start", enrolment_id=an_enrolment(connection).id)  # one that came in at the last moment
    for _ in range(2):
        connections.gone(connection.id)
    kept = fresh(connection)
    assert kept.status == "disconnected"
    secrets = (kept.credentials, kept.expires_at, kept.inbound_hash, kept.state_hash, kept.verifier)
    assert secrets == (None,) * 5
    assert statuses()["start"] == "skipped"


def test_connections_are_listed_newest_first_by_pages(account: Account, cloud: Cloud, settings: Settings) -> None:
    made = [make(account, cloud, settings).id for _ in range(5)]
    seen: list[UUID] = []
    cursor = None
    for _ in range(3):
        found, cursor = connections.page(account.id, limit=2, cursor=cursor)
        seen += [one.id for one in found]
    assert (seen, cursor) == (made[::-1], None)


def test_ended_connections_are_listed_where_they_are_asked_for(
    account: Account, cloud: Cloud, settings: Settings
) -> None:
    over, there = (make(account, cloud, settings) for _ in range(2))
    connections.disconnect(account.id, "test", over.id)
    assert [one.id for one in connections.page(account.id, limit=9)[0]] == [there.id]
    assert [one.id for one in connections.page(account.id, limit=9, status="disconnected")[0]] == [over.id]
    assert connections.page(account.id, limit=9, platform="other")[0] == []


def test_a_start_and_an_end_at_one_time_do_not_deadlock(
    connection: CrmConnection, account: Account, settings: Settings
) -> None:
    """The start locks its enrolment, then its job, as the end does."""
    enrolments = [an_enrolment(connection) for _ in range(20)]
    jobs = [a_job(connection, "start", enrolment_id=one.id) for one in enrolments]

    def start(place: int) -> None:
        try:
            with db.atomic():
                execute("SELECT 1 FROM crm_enrolment WHERE id = %s FOR UPDATE", (enrolments[place].id,))
                execute("UPDATE crm_job SET status = 'succeeded' WHERE id = %s", (jobs[place].id,))
        finally:
            db.close()

    with ThreadPoolExecutor(10) as pool:
        under_way = [pool.submit(start, place) for place in range(20)]
        connections.disconnect(account.id, "live", connection.id)
        for one in under_way:
            one.result()  # raises what the other side of a deadlock would have got
