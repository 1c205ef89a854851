from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from app.config import Settings
from app.db import db, execute
from app.errors import Conflict, Forbidden, InvalidRequest, NotFound
from app.models.account import Account
from app.models.webhook import Webhook
from app.times import now
from app.vault import Vault
from app.webhooks import browsing, deliveries, endpoints, forgetting, of_call
from app.webhooks.endpoints import Wanted
from app.webhooks.events import record
from app.webhooks.pausing import go_on
from app.webhooks.recording import Attempted
from app.webhooks.recording import record as record_attempts
from app.webhooks.replaying import replay
from app.webhooks.rotating import rotate
from tests.making import an_account
from tests.webhooks.support import FAILED, a_webhook, an_event, claim, ended_now, statuses

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def account() -> Account:
    return an_account()


def test_a_webhook_hears_of_completed_calls_and_has_its_keys_mode(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    assert (webhook.events, webhook.mode, webhook.active) == (["call.completed"], "test", True)


def test_the_secret_is_shown_once_and_kept_encrypted(account: Account, settings: Settings) -> None:
    webhook, secret = endpoints.create(account.id, "test", Wanted("https://example.com"), settings)
    assert secret.encode() not in bytes(webhook.secret)
    assert Vault(settings.encryption_keys).open(webhook.secret) == secret.encode()


@pytest.mark.parametrize(
    ("events", "message"), [([], "empty"), (["call.completed", "call.eaten"], "call.eaten"), (["*"], r"\*")]
)
def test_events_must_be_some_that_there_are(
    account: Account, settings: Settings, events: list[str], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as refused:
        a_webhook(account, settings, events=events)
    assert refused.value.field == "events"


def test_an_event_named_twice_counts_once(account: Account, settings: Settings) -> None:
    assert a_webhook(account, settings, events=["call.completed"] * 2).events == ["call.completed"]


@pytest.mark.parametrize(("key_mode", "mode"), [("test", "live"), ("live", "test"), ("test", "both")])
def test_a_webhook_is_of_its_keys_mode_or_of_all(
    account: Account, settings: Settings, key_mode: str, mode: str
) -> None:
    with pytest.raises(InvalidRequest):
        a_webhook(account, settings, key_mode=key_mode, mode=mode)


@pytest.mark.parametrize("change", ["update", "delete", "rotate", "replay"])
def test_a_test_key_cannot_touch_what_hears_of_live_calls(account: Account, settings: Settings, change: str) -> None:
    both = a_webhook(account, settings, key_mode="live", mode="all")
    changes = {
        "update": lambda: endpoints.update(account.id, "test", both.id, Wanted("https://evil.example"), settings),
        "delete": lambda: endpoints.delete(account.id, "test", both.id),
        "rotate": lambda: rotate(account.id, "test", both.id, Vault(settings.encryption_keys), overlap_seconds=0),
        "replay": lambda: replay(account.id, "test", both.id, settings, since=now() - timedelta(hours=1)),
    }
    with pytest.raises(Forbidden) as refused:
        changes[change]()
    assert refused.value.code == "live_key_needed"


def test_a_test_key_cannot_make_a_webhook_that_hears_of_live_calls(account: Account, settings: Settings) -> None:
    with pytest.raises(Forbidden):
        a_webhook(account, settings, mode="all")


@pytest.mark.parametrize(
    ("filters", "data", "wanted"),
    [
        ({}, {"status": "busy"}, True),
        ({"status": ["completed", "busy"]}, {"status": "busy"}, True),
        ({"status": ["completed"]}, {"status": "busy"}, False),
        ({"direction": "outbound"}, {"direction": "outbound"}, True),
        ({"direction": "inbound"}, {"direction": "outbound"}, False),
        ({"answeredBy": ["human"]}, {"answeredBy": "human"}, True),
        ({"answeredBy": ["human"]}, {"answeredBy": "voicemail"}, False),
        ({"status": ["completed"], "answeredBy": ["human"]}, {"status": "completed", "answeredBy": "unknown"}, False),
    ],
)
def test_filters_narrow_the_events_of_calls(
    account: Account, settings: Settings, filters: dict[str, object], data: dict[str, object], wanted: bool
) -> None:
    webhook = a_webhook(account, settings, filters=filters)
    an_event(account, settings, **data)
    assert statuses(webhook) == (["pending"] if wanted else [])


def test_filters_do_not_touch_what_is_no_call(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings, events=["balance.low"], filters={"status": ["completed"]})
    record("balance.low", account.id, "test", {"id": str(account.id)})
    assert statuses(webhook) == ["pending"]


def test_an_account_has_a_bounded_number_of_webhooks(account: Account, settings: Settings) -> None:
    few = replace(settings, webhooks_per_account=2)
    for _ in range(2):
        a_webhook(account, few)
    with pytest.raises(Conflict) as refused:
        a_webhook(account, few)
    assert refused.value.code == "too_many_webhooks"
    a_webhook(an_account(), few)


def test_a_key_sees_its_own_mode_and_what_hears_all(account: Account, settings: Settings) -> None:
    live = a_webhook(account, settings, key_mode="live")
    test = a_webhook(account, settings)
    both = a_webhook(account, settings, key_mode="live", mode="all")
    assert {w.id for w in endpoints.all_of(account.id, "live")} == {live.id, both.id}
    assert {w.id for w in endpoints.all_of(account.id, "test")} == {test.id, both.id}
    with pytest.raises(NotFound):
        endpoints.get(account.id, "test", live.id)


def test_another_accounts_webhook_is_as_none(account: Account, settings: Settings) -> None:
    webhook, other = a_webhook(account, settings), an_account()
    for act in (
        lambda: endpoints.get(other.id, "test", webhook.id),
        lambda: endpoints.update(other.id, "test", webhook.id, Wanted(), settings, active=False),
        lambda: endpoints.delete(other.id, "test", webhook.id),
        lambda: deliveries.page(other.id, "test", webhook.id, limit=5),
    ):
        with pytest.raises(NotFound):
            act()


def test_webhooks_are_found_by_their_url(account: Account, settings: Settings) -> None:
    wanted = a_webhook(account, settings, "https://example.com/a")
    a_webhook(account, settings, "https://example.com/b")
    assert [w.id for w in endpoints.all_of(account.id, "test", "https://example.com/a")] == [wanted.id]


def test_what_is_not_named_in_an_update_stays(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    changed = endpoints.update(account.id, "test", webhook.id, Wanted("https://example.com/new"), settings)
    assert (changed.url, changed.events, changed.active) == ("https://example.com/new", ["call.completed"], True)
    assert changed.updated_at > webhook.updated_at


def test_an_update_to_a_private_url_is_refused(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    with pytest.raises(InvalidRequest):
        endpoints.update(account.id, "test", webhook.id, Wanted("https://10.0.0.1/"), settings)
    assert endpoints.get(account.id, "test", webhook.id).url == webhook.url


def test_pausing_sets_aside_what_is_pending_and_says_who_did(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    paused = endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    assert (paused.active, paused.disabled_reason, statuses(webhook)) == (False, "paused by the account", ["skipped"])


def test_events_in_the_pause_are_skipped_and_taken_up_when_it_ends(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    an_event(account, settings)
    assert statuses(webhook) == ["skipped"]
    resumed = endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=True)
    assert (resumed.disabled_reason, resumed.failures, statuses(webhook)) == (None, 0, ["pending"])


def test_a_large_backlog_is_set_aside_and_taken_up_batch_by_batch(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    execute(
        "WITH made AS (INSERT INTO event (id, account_id, mode, type, data)"
        " SELECT gen_random_uuid(), %s, 'test', 'call.completed', '{}' FROM generate_series(1, 2500) RETURNING id)"
        " INSERT INTO delivery (id, account_id, webhook_id, event_id, due_at)"
        " SELECT gen_random_uuid(), %s, %s, id, now() FROM made",
        (account.id, account.id, webhook.id),
    )
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    assert claim(settings) == []
    assert [go_on() for _ in range(3)] == [1000, 500, 0]
    assert set(statuses(webhook)) == {"skipped"}
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=True)
    assert [go_on() for _ in range(3)] == [1000, 500, 0]
    assert set(statuses(webhook)) == {"pending"}


def test_an_event_that_was_being_recorded_while_its_webhook_was_enabled_is_taken_up(
    account: Account, settings: Settings
) -> None:
    webhook = a_webhook(account, settings)
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=True)
    an_event(account, settings)
    execute("UPDATE delivery SET status = 'skipped', due_at = NULL")  # as its recorder saw the webhook
    go_on()
    assert statuses(webhook) == ["pending"]
    execute("UPDATE webhook SET enabled_at = now() - interval '2 minutes'")
    go_on()
    assert endpoints.get(account.id, "test", webhook.id).take_up_since is None


def test_an_event_of_a_webhook_that_is_being_deleted_is_recorded_all_the_same(
    account: Account, settings: Settings
) -> None:
    kept, gone = a_webhook(account, settings), a_webhook(account, settings)
    with psycopg.connect(settings.database_url) as deleting:
        deleting.execute("DELETE FROM webhook WHERE id = %s", (gone.id,))
        an_event(account, settings)
        deleting.commit()
    assert statuses(kept) == ["pending"]


def test_as_many_webhooks_as_are_allowed_and_no_more_are_made_at_once(account: Account, settings: Settings) -> None:
    few = replace(settings, webhooks_per_account=3)

    def make(_: int) -> bool:
        with db.connection_context():
            try:
                a_webhook(account, few)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(make, range(6))) == 3


def test_a_test_key_sees_no_live_delivery_of_a_webhook_that_hears_all(account: Account, settings: Settings) -> None:
    both = a_webhook(account, settings, key_mode="live", mode="all")
    record("balance.low", account.id, "live", {})
    execute("UPDATE webhook SET events = '{call.completed,balance.low}'")
    an_event(account, settings)
    record("balance.low", account.id, "live", {"second": True})
    listed, _ = deliveries.page(account.id, "test", both.id, limit=10)
    assert len(listed) == 1
    live = [one for one in deliveries.page(account.id, "live", both.id, limit=10)[0] if one.id != listed[0].id]
    with pytest.raises(NotFound):
        deliveries.get(account.id, "test", live[0].id)
    with pytest.raises(Forbidden):
        deliveries.retry(account.id, "test", listed[0].id)


def test_what_was_skipped_long_ago_is_not_taken_up(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    an_event(account, settings)
    execute("UPDATE delivery SET created_at = now() - interval '4 days'")
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=True)
    assert statuses(webhook) == ["skipped"]


def test_an_event_is_recorded_once(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    call = an_event(account, settings)
    record("call.completed", account.id, "test", {"id": "again"}, call_id=call)
    assert statuses(webhook) == ["pending"]


def test_a_deleted_webhook_takes_its_deliveries_along(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    endpoints.delete(account.id, "test", webhook.id)
    assert statuses(webhook) == []
    assert endpoints.all_of(account.id, "test") == []


def test_a_finished_delivery_can_be_sent_again_under_its_id(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    execute("UPDATE delivery SET status = 'succeeded', attempts = 1, due_at = NULL")
    [delivery], _ = deliveries.page(account.id, "test", webhook.id, limit=5, status="succeeded")
    again = deliveries.retry(account.id, "test", delivery.id)
    assert (again.id, again.status) == (delivery.id, "pending")
    with pytest.raises(Conflict) as refused:
        deliveries.retry(account.id, "test", delivery.id)
    assert refused.value.code == "delivery_pending"


def test_a_delivery_of_a_disabled_webhook_is_not_sent_again(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    endpoints.update(account.id, "test", webhook.id, Wanted(), settings, active=False)
    [delivery], _ = deliveries.page(account.id, "test", webhook.id, limit=5)
    with pytest.raises(Conflict) as refused:
        deliveries.retry(account.id, "test", delivery.id)
    assert refused.value.code == "webhook_disabled"


def test_deliveries_page_from_the_newest_without_gaps(account: Account, settings: Settings) -> None:
    webhook = a_webhook(account, settings)
    for _ in range(5):
        an_event(account, settings)
    seen, cursor = [], None
    for _ in range(3):
        found, cursor = deliveries.page(account.id, "test", webhook.id, limit=2, cursor=cursor)
        seen += [delivery.created_at for delivery in found]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)
    assert cursor is None


def test_a_webhook_with_many_deliveries_is_gone_at_once_and_forgotten_in_batches(
    account: Account, settings: Settings
) -> None:
    webhook, other = a_webhook(account, settings), a_webhook(account, settings)
    call = an_event(account, settings)
    kept = deliveries.page(account.id, "test", webhook.id, limit=1)[0][0].id
    many_deliveries(webhook, 2 * endpoints.FORGOTTEN_AT_ONCE)
    endpoints.delete(account.id, "test", webhook.id)
    assert [found.id for found in endpoints.all_of(account.id, "test")] == [other.id]
    for look in (deliveries.get, lambda account_id, _, id: browsing.delivery(account_id, id)):
        with pytest.raises(NotFound):
            look(account.id, "test", kept)
    assert [told.webhook_id for event in of_call.told(call) for told in event.deliveries] == [other.id]
    assert len(statuses(webhook)) == endpoints.FORGOTTEN_AT_ONCE + 1
    assert {claimed.webhook_id for claimed in claim(settings)} == {str(other.id)}
    while forgetting.forget_deleted_webhooks():
        pass
    assert (statuses(webhook), Webhook.get_or_none(Webhook.id == webhook.id)) == ([], None)


def test_what_was_under_way_to_a_webhook_that_is_being_forgotten_is_written_and_judged_by_nobody(
    account: Account, settings: Settings
) -> None:
    webhook = a_webhook(account, settings)
    an_event(account, settings)
    [claimed] = claim(settings)
    many_deliveries(webhook, 2 * endpoints.FORGOTTEN_AT_ONCE)
    endpoints.delete(account.id, "test", webhook.id)
    assert record_attempts([Attempted(claimed, ended_now(FAILED))], settings) == 1
    assert Webhook.get_by_id(webhook.id).failures == 0


def many_deliveries(webhook: Webhook, number: int) -> None:
    """So many newer ones than there are."""
    execute(
        "WITH made AS (INSERT INTO event (id, account_id, mode, type, data)"
        " SELECT gen_random_uuid(), %s, 'test', 'call.completed', '{}' FROM generate_series(1, %s) RETURNING id)"
        " INSERT INTO delivery (id, account_id, webhook_id, event_id, status, due_at)"
        " SELECT gen_random_uuid(), %s, %s, id, 'pending', now() FROM made",
        (webhook.account_id, number, webhook.account_id, webhook.id),
    )
