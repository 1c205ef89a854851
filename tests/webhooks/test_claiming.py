"""The queue of deliveries: fair, bounded for each endpoint, paced, in lanes, and by the index."""

import math
from dataclasses import replace

import psycopg
import pytest

from app.config import Settings
from app.db import db, execute, rows
from app.models.account import Account
from app.webhooks import claiming
from app.webhooks.samples import send_sample
from tests.hub import wait_until
from tests.making import an_account
from tests.webhooks.support import a_webhook, an_event, claim

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def account() -> Account:
    return an_account()


def many_events(account: Account, number: int) -> None:
    """Events of no call: each makes a delivery for every webhook that is there."""
    for _ in range(number):
        execute(
            "WITH made AS (INSERT INTO event (id, account_id, mode, type, data)"
            " VALUES (gen_random_uuid(), %s, 'test', 'call.completed', '{}') RETURNING id)"
            " INSERT INTO delivery (id, account_id, webhook_id, event_id, due_at)"
            " SELECT gen_random_uuid(), %s, webhook.id, made.id, now() FROM made, webhook",
            (account.id, account.id),
        )


def test_every_endpoints_first_goes_before_any_endpoints_second(account: Account, settings: Settings) -> None:
    first, second = a_webhook(account, settings), a_webhook(account, settings)
    many_events(account, 3)
    got = [claimed.webhook_id for claimed in claim(settings, room=4)]
    assert sorted(got) == sorted([str(first.id), str(second.id)] * 2)


def test_a_deep_backlog_of_one_endpoint_holds_up_nobody(account: Account, settings: Settings) -> None:
    busy = a_webhook(account, settings)
    execute(
        "WITH made AS (INSERT INTO event (id, account_id, mode, type, data)"
        " SELECT gen_random_uuid(), %s, 'test', 'call.completed', '{}' FROM generate_series(1, 3000) RETURNING id)"
        " INSERT INTO delivery (id, account_id, webhook_id, event_id, due_at)"
        " SELECT gen_random_uuid(), %s, %s, id, now() - interval '1 hour' FROM made",
        (account.id, account.id, busy.id),
    )
    quiet = a_webhook(account, settings, "https://example.com/quiet", filters={"status": ["busy"]})
    an_event(account, settings, status="busy")
    got = [claimed.webhook_id for claimed in claim(settings, room=100)]
    assert got.count(str(quiet.id)) == 1
    assert got.count(str(busy.id)) == settings.webhook_in_flight


def test_only_so_many_are_in_flight_for_an_endpoint(account: Account, settings: Settings) -> None:
    few = replace(settings, webhook_in_flight=3)
    a_webhook(account, settings)
    many_events(account, 5)
    assert [len(claim(few)) for _ in range(2)] == [3, 0]


def test_the_bound_holds_while_old_rows_are_kept_for_a_snapshot(account: Account, settings: Settings) -> None:
    """As during a backup: a claim then leaves its row behind those that fall due in the same instant."""
    few = replace(settings, webhook_in_flight=3)
    a_webhook(account, settings)
    many_events(account, 60)
    execute("UPDATE delivery SET due_at = now()")
    with psycopg.connect(settings.database_url) as backup:
        backup.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        backup.execute("SELECT count(*) FROM delivery")
        assert [len(claim(few)) for _ in range(6)] == [3, 0, 0, 0, 0, 0]


def test_a_sample_passes_the_queue_the_rate_and_what_is_in_flight(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings, rate_limit=1)
    many_events(account, 30)
    claim(settings)
    send_sample(account.id, "test", webhook.id, "call.completed")
    [sample] = claim(settings, lane=claiming.SAMPLES)
    assert sample.sample


def test_nothing_is_claimed_for_a_paused_webhook_but_a_sample(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    many_events(account, 2)
    execute("UPDATE webhook SET active = false")
    send_sample(account.id, "test", webhook.id, "call.completed")
    assert claim(settings) == []
    assert len(claim(settings, lane=claiming.SAMPLES)) == 1


def test_retries_and_replays_count_as_in_flight_too(account: Account, settings: Settings) -> None:
    few = replace(settings, webhook_in_flight=3)
    a_webhook(account, settings)
    many_events(account, 5)
    execute("UPDATE delivery SET lane = 1 WHERE id IN (SELECT id FROM delivery LIMIT 2)")
    assert len(claim(few, lane=claiming.RETRIES)) == 2
    assert len(claim(few, lane=claiming.FIRST_TRIES)) == 1


def test_what_a_sender_had_claimed_and_lost_is_claimed_again(account: Account, settings: Settings) -> None:
    a_webhook(account, settings)
    an_event(account, settings)
    [first] = claim(settings)
    assert claim(settings) == []
    execute("UPDATE delivery SET lease_until = now() - interval '1 second'")
    [again] = claim(settings)
    assert (again.id, again.token != first.token) == (first.id, True)


def test_what_is_not_due_is_not_claimed(account: Account, settings: Settings) -> None:
    a_webhook(account, settings)
    an_event(account, settings)
    execute("UPDATE delivery SET due_at = now() + interval '1 minute'")
    assert claim(settings) == []


def test_a_rate_limit_paces(account: Account, settings: Settings) -> None:
    a_webhook(account, settings, rate_limit=40)
    many_events(account, 10)
    assert [len(claim(settings)) for _ in range(2)] == [2, 0]  # a twentieth of a second's worth
    wait_until(lambda: len(claim(settings)) == 2)


def test_a_rate_limit_of_one_lets_one_go_and_bars_for_a_second(account: Account, settings: Settings) -> None:
    a_webhook(account, settings, rate_limit=1)
    many_events(account, 3)
    assert len(claim(settings)) == 1
    [barred] = rows("SELECT next_start_at - now() BETWEEN interval '0.9 s' AND interval '1 s' AS is FROM webhook")
    assert barred["is"]


def test_a_sender_looks_again_when_a_rate_limit_lets_it(account: Account, settings: Settings) -> None:
    a_webhook(account, settings, rate_limit=2)
    many_events(account, 2)
    assert claiming.seconds_barred() == math.inf
    claim(settings)
    assert 0 < claiming.seconds_barred() <= 0.5


def test_a_claim_reads_the_queue_by_its_index(account: Account, settings: Settings) -> None:
    """However many old deliveries there are: without statistics, and with plans that may not read the whole table."""
    a_webhook(account, settings)
    many_events(account, 3)
    values = {"lane": 0, "room": 5, "in_flight": 10, "lease": 30, "token": "00000000-0000-0000-0000-000000000000"}
    with db.atomic() as transaction:
        execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row["QUERY PLAN"] for row in rows(f"EXPLAIN {claiming._CLAIM}", values))
        transaction.rollback()
    assert "delivery_queued" in plan
    assert "Seq Scan on delivery" not in plan


def test_large_deliveries_take_the_room_of_several(settings: Settings) -> None:
    account = an_account()
    a_webhook(account, settings)
    for _ in range(4):
        an_event(account, settings, text="x" * 4 * claiming.SLOT_BYTES)
    assert [len(claim(settings, room)) for room in (10, 1)] == [2, 1]
