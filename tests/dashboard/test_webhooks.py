"""Webhooks on their pages: made, changed, tried, paused, sent again, deleted, and never shown to anybody else."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.config import Settings
from app.db import execute, rows
from app.models.webhook import Webhook
from app.times import now
from app.vault import Vault
from app.webhooks import choices, endpoints
from app.webhooks.catalogue import COMMON, EVENT_TYPES, TOLD
from app.webhooks.endpoints import Wanted
from app.webhooks.replaying import MOST
from tests.api.test_schemas import schema
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{20,}")
URL = "https://example.com/mio"


def made(owner: Owner, settings: Settings, url: str = URL, mode: str = "test", **wanted: object) -> Webhook:
    rights = "test" if mode == "test" else "live"
    webhook, _ = endpoints.create(owner.account_id, rights, Wanted(url, **wanted), settings, mode=mode)  # type: ignore[arg-type]
    return webhook


def delivered(webhook: Webhook, status: str = "failed", event: str = "call.completed", ago: int = 60) -> UUID:
    """A delivery of a webhook; its id."""
    event_id, delivery_id, at = uuid4(), uuid4(), now() - timedelta(seconds=ago)
    execute(
        "INSERT INTO event (id, account_id, mode, type, data, created_at) VALUES (%s, %s, %s, %s, '{}', %s)",
        (event_id, webhook.account_id, endpoints.rights(webhook), event, at),
    )
    execute(
        "INSERT INTO delivery (id, account_id, webhook_id, event_id, status, created_at, due_at, completed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (delivery_id, webhook.account_id, webhook.id, event_id, status, at, at, at),
    )
    return delivery_id


def add(browser: Browser, url: str = URL, **typed: object) -> Page:
    return browser.send(browser.get("/webhooks/new"), "/webhooks/new", url=url, mode="test", **typed)


def webhook_of(owner: Owner) -> Webhook:
    found: Webhook = Webhook.get(Webhook.account_id == owner.account_id)
    return found


# Making


def test_the_secret_of_a_new_webhook_is_shown_once_with_the_verifiers(browser: Browser, jane: Owner) -> None:
    page = add(browser)
    [secret] = set(SECRET.findall(page.text))
    assert page.status == 200
    assert all(language in page.text for language in ("Python", "JavaScript", "PHP", "Ruby", "Go"))
    path = f"/webhooks/{webhook_of(jane).id}"
    shown = [browser.get(f"{path}{more}").text for more in ("", "/edit", "/secret", "/verify", "/replay", "/delete")]
    assert not any(secret in text for text in [*shown, browser.get("/webhooks").text])


def test_a_form_that_is_sent_twice_makes_one_webhook_and_shows_no_secret_again(browser: Browser, jane: Owner) -> None:
    values = browser.get("/webhooks/new").form("/webhooks/new").values | {"url": URL, "mode": "test"}
    assert SECRET.search(browser.post("/webhooks/new", values).text)
    again = browser.post("/webhooks/new", values)
    assert (again.status, SECRET.search(again.text)) == (409, None)
    assert "This form was sent already" in again.text
    assert Webhook.select().where(Webhook.account_id == jane.account_id).count() == 1


def test_no_secret_is_written_to_the_log(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    [secret] = set(SECRET.findall(add(browser).text))
    assert secret not in caplog.text


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/mio", "must start with https://"),
        ("https://10.0.0.1/mio", "private or reserved address"),
        ("https://169.254.169.254/latest", "private or reserved address"),
        ("https://0x0a.1/", "private or reserved address"),
        ("https://localhost/mio", "private host"),
        ("https://jane:secret@example.com/", "user name or a password"),
        ("https://", "has no host"),
        ("https://exa mple.com/", "without spaces"),
        ("https://exämple.com/", "must be written in ASCII"),
        ("javascript:alert(1)", "has no host"),
        ("", "has no host"),
        ("https://example.com/" + "a" * 2000, "at most 2000 characters"),
    ],
)
def test_a_url_is_refused_with_the_reason_beside_the_field(browser: Browser, url: str, reason: str) -> None:
    page = add(browser, url, rateLimit="7")
    field = page.text.partition('id="url-error"')[2].partition("</p>")[0]
    assert (page.status, reason in field) == (400, True), field
    assert page.form("/webhooks/new").values["rateLimit"] == "7"
    assert page.form("/webhooks/new").values["url"] == url


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("events", [], "Choose at least one event"),
        ("events", ["call.completed", "call.exploded"], "There is no event"),
        ("status", ["asleep"], "Choose among"),
        ("direction", "sideways", "Choose among"),
        ("answeredBy", ["cat"], "Choose among"),
        ("rateLimit", "0", "from 1 to 1000"),
        ("rateLimit", "1001", "from 1 to 1000"),
        ("rateLimit", "ten", "from 1 to 1000"),
        ("rateLimit", "9" * 5000, "from 1 to 1000"),
        ("mode", "both", "Choose test calls"),
    ],
)
def test_a_bad_field_is_refused_with_the_reason_beside_it(
    browser: Browser, field: str, value: object, reason: str
) -> None:
    page = browser.send(
        browser.get("/webhooks/new"), "/webhooks/new", **({"url": URL, "mode": "test"} | {field: value})
    )
    assert page.status == 400
    assert reason in page.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]


def test_everything_that_a_form_says_is_kept(browser: Browser, jane: Owner) -> None:
    typed = {"events": ["call.completed", "balance.low"], "status": ["busy"], "direction": "outbound"}
    browser.send(
        browser.get("/webhooks/new"), "/webhooks/new", url=URL, mode="all", answeredBy=["human"], rateLimit="5", **typed
    )
    webhook = webhook_of(jane)
    assert (webhook.mode, webhook.rate_limit, webhook.events) == ("all", 5, ["call.completed", "balance.low"])
    assert webhook.filters == {"status": ["busy"], "direction": "outbound", "answeredBy": ["human"]}


def test_there_are_only_so_many_webhooks(browser: Browser, jane: Owner, settings: Settings) -> None:
    execute(
        "INSERT INTO webhook (id, account_id, url, events, mode, secret)"
        " SELECT gen_random_uuid(), %s, %s, '{call.completed}', 'test', '' FROM generate_series(1, %s)",
        (jane.account_id, URL, settings.webhooks_per_account),
    )
    page = add(browser)
    assert (page.status, "at most 1000 webhooks" in page.text) == (409, True)


def test_the_form_offers_what_the_api_takes() -> None:
    fields = schema("webhook.create")["properties"]
    asked = fields["filters"]["properties"]
    assert tuple(asked["status"]["items"]["enum"]) == choices.STATUSES
    assert tuple(asked["direction"]["enum"]) == choices.DIRECTIONS
    assert tuple(asked["answeredBy"]["items"]["enum"]) == choices.ANSWERED_BY
    assert fields["rateLimit"]["maximum"] == choices.HIGHEST_RATE
    assert tuple(TOLD) == EVENT_TYPES


# The list


def test_a_list_shows_one_world_and_what_hears_of_both(browser: Browser, jane: Owner, settings: Settings) -> None:
    for mode in ("test", "live", "all"):
        made(jane, settings, f"https://{mode}.example.com/", mode)
    page = browser.get("/webhooks?mode=live")
    assert [f"https://{mode}.example.com/" in page.text for mode in ("test", "live", "all")] == [False, True, True]


def test_a_list_is_looked_through_in_bounded_pages(browser: Browser, jane: Owner, settings: Settings) -> None:
    for number in range(60):
        made(jane, settings, f"https://example.com/{number:02d}")
    with queries() as asked:
        page = browser.get("/webhooks")
    assert len(asked) <= 6
    shown = set(re.findall(r"https://example.com/(\d\d)<", page.text))
    assert len(shown) == 50
    older = browser.get(re.search(r'href="([^"]+)" rel="next"', page.text)[1].replace("&amp;", "&"))  # type: ignore[index]
    assert len(shown | set(re.findall(r"https://example.com/(\d\d)<", older.text))) == 60
    assert re.findall(r"https://example.com/(\d\d)<", browser.get("/webhooks?q=COM/07").text) == ["07"]


@pytest.mark.parametrize("state", ["active", "failing", "paused", "disabled"])
def test_a_list_can_be_asked_for_a_state(browser: Browser, jane: Owner, settings: Settings, state: str) -> None:
    columns = {
        "active": "failures = 0",
        "failing": "failures = 3, failing_since = now()",
        "paused": f"active = false, disabled_reason = '{endpoints.PAUSED}'",
        "disabled": "active = false, disabled_reason = '10 attempts in a row failed; the last: answered 500.'",
    }
    for name, change in columns.items():
        execute(f"UPDATE webhook SET {change} WHERE id = %s", (made(jane, settings, f"https://{name}.example/").id,))
    assert re.findall(r"https://(\w+).example/<", browser.get(f"/webhooks?state={state}").text) == [state]


@pytest.mark.parametrize("query", ["state=asleep", "cursor=nonsense", "cursor=%00"])
def test_a_list_that_is_asked_for_nonsense_says_so(browser: Browser, query: str) -> None:
    page = browser.get(f"/webhooks?{query}")
    assert (page.status, page.heading) == (400, "Webhooks")


# One webhook


def test_a_webhook_is_shown_with_its_log_in_a_handful_of_queries(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = made(jane, settings)
    for number in range(30):
        delivered(webhook, ago=number)
    for query in ("", "?status=failed", "?status=succeeded&event=call.completed", "?event=balance.low"):
        with queries() as asked:
            assert browser.get(f"/webhooks/{webhook.id}{query}").status == 200
        assert len(asked) <= 6


def test_a_log_is_paged_and_filtered_by_its_address(browser: Browser, jane: Owner, settings: Settings) -> None:
    webhook = made(jane, settings)
    for number in range(30):
        delivered(webhook, "failed" if number % 2 else "succeeded", ago=number)
    rare = delivered(webhook, "succeeded", "balance.low", ago=3600)
    first = browser.get(f"/webhooks/{webhook.id}")
    assert len(_ids(first)) == 25
    older = browser.get(_older(first))
    assert len(_ids(first) | _ids(older)) == 31
    assert "data-live" not in older.text.partition('id="deliveries"')[2]
    assert _ids(browser.get(f"/webhooks/{webhook.id}?event=balance.low")) == {str(rare)}
    assert len(_ids(browser.get(f"/webhooks/{webhook.id}?status=failed"))) == 15
    hour = f"{now() - timedelta(minutes=30):%Y-%m-%dT%H:%M}"
    assert _ids(browser.get(f"/webhooks/{webhook.id}?until={hour}")) == {str(rare)}
    assert str(rare) not in _ids(browser.get(f"/webhooks/{webhook.id}?since={hour}"))


def test_what_is_rare_is_looked_for_further_back_step_by_step(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = made(jane, settings)
    wanted = delivered(webhook, "succeeded", ago=40 * 86400)
    execute(
        "WITH made AS (INSERT INTO event (id, account_id, mode, type, data, created_at)"
        " SELECT gen_random_uuid(), %(account)s, 'test', 'call.started', '{}', now() - n * interval '1 minute'"
        " FROM generate_series(1, 3000) AS n RETURNING *)"
        " INSERT INTO delivery (id, account_id, webhook_id, event_id, status, created_at)"
        " SELECT gen_random_uuid(), account_id, %(webhook)s, id, 'succeeded', created_at FROM made",
        {"account": jane.account_id, "webhook": webhook.id},
    )
    page = browser.get(f"/webhooks/{webhook.id}?event=call.completed")
    assert ("Looked back until" in page.text, _ids(page)) == (True, set())
    assert _ids(browser.get(_older(page))) == {str(wanted)}


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("status=lost", "status", "Choose among pending"),
        ("event=x", "event", "Choose among call.completed"),
        ("since=never", "since", "Write date and time"),
        ("until=9999999", "until", "Write date and time"),
        ("since=2026-02-02T10:00&until=2026-02-01T10:00", "until", "Choose a time after the beginning."),
    ],
)
def test_a_log_that_is_asked_for_nonsense_says_so_beside_the_field_and_shows_the_rest(
    browser: Browser, jane: Owner, settings: Settings, query: str, field: str, said: str
) -> None:
    webhook = made(jane, settings)
    delivery = delivered(webhook)
    page = browser.get(f"/webhooks/{webhook.id}?{query}")
    assert (page.status, page.heading) == (400, "Webhook")
    assert said in page.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert _ids(page) == {str(delivery)}


def test_what_was_typed_into_a_logs_filters_stays_and_does_not_count(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings).id}"
    page = browser.get(f"{path}?since=never&status=failed")
    assert page.form(path).values == {"status": "failed", "event": "", "since": "never", "until": ""}
    assert f'hx-get="{path}/log?status=failed"' in page.text


def test_a_log_whose_page_cannot_be_read_begins_anew(browser: Browser, jane: Owner, settings: Settings) -> None:
    page = browser.get(f"/webhooks/{made(jane, settings).id}?cursor=x")
    assert (page.status, "so this is the first one" in page.text) == (400, True)


def test_the_index_of_rare_events_leaves_out_the_common_ones() -> None:
    [found] = rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'event_rare'")
    assert {name for name in EVENT_TYPES if f"'{name}'" in found["indexdef"]} == COMMON


def test_a_webhook_of_the_other_world_is_found(browser: Browser, jane: Owner, settings: Settings) -> None:
    assert browser.get(f"/webhooks/{made(jane, settings, mode='live').id}?mode=test").status == 200


def test_a_test_leads_to_the_delivery_that_it_made(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings, mode='live').id}"
    page = browser.send(browser.get(path), f"{path}/test", event="call.voicemail")
    assert (page.status, page.heading) == (200, "Delivery of call.voicemail")
    [event] = rows("SELECT mode, sample FROM event")
    assert event == {"mode": "live", "sample": True}


def test_a_test_of_an_unknown_event_is_refused(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings).id}"
    page = browser.send(browser.get(path), f"{path}/test", event="x")
    assert (page.status, "There is no such event." in page.text) == (400, True)


def test_a_paused_webhook_says_what_enabling_takes_up_and_takes_it_up(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = made(jane, settings)
    delivered(webhook, "skipped")
    delivered(webhook, "skipped", ago=30 * 86400)
    path = f"/webhooks/{webhook.id}"
    paused = browser.send(browser.get(path), f"{path}/active")
    assert "Paused by you." in paused.text
    assert "Enabling sends 1 delivery set aside" in paused.text
    enabled = browser.send(paused, f"{path}/active")
    assert "Active." in enabled.text
    assert rows("SELECT count(*) FROM delivery WHERE status = 'pending'") == [{"count": 1}]


def test_a_webhook_is_neither_paused_nor_enabled_by_another_word(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings).id}"
    assert browser.send(browser.get(path), f"{path}/active", active="perhaps").status == 400


def test_an_edit_changes_what_is_filled_in_and_takes_back_what_is_emptied(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings, filters={'status': ['busy']}, rate_limit=5).id}/edit"
    form = browser.get(path)
    assert (form.form(path).values["rateLimit"], form.form(path).values["status"]) == ("5", ["busy"])
    browser.send(form, path, url="https://example.com/other", status=[], rateLimit="")
    webhook = webhook_of(jane)
    assert (webhook.url, webhook.filters, webhook.rate_limit) == ("https://example.com/other", {}, None)


def test_an_edit_to_a_private_address_is_refused_beside_the_field(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings).id}/edit"
    page = browser.send(browser.get(path), path, url="https://192.168.0.1/")
    assert (page.status, "private or reserved" in page.text.partition('id="url-error"')[2]) == (400, True)
    assert webhook_of(jane).url == URL


def test_a_webhook_is_deleted_only_after_it_was_asked(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings).id}/delete"
    asked = browser.get(path)
    assert Webhook.select().count() == 1
    assert "Deleted." in browser.send(asked, path).text
    assert Webhook.select().count() == 0
    assert browser.send(asked, path).heading == "Webhooks"  # sent twice, it leads to the same place


# Secrets


def test_a_rotated_secret_is_shown_once_and_the_old_ones_end_is_told(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings).id}/secret"
    page = browser.send(browser.get(path), path, overlap="86400")
    [secret] = set(SECRET.findall(page.text))
    assert Vault(settings.encryption_keys).open(webhook_of(jane).secret).decode() == secret
    after = browser.get(path)
    assert "Until" in after.text
    assert secret not in after.text
    browser.send(after, f"{path}/overlap")
    assert webhook_of(jane).old_secret is None


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    path = f"/webhooks/{made(jane, settings).id}/secret"
    browser.send(browser.get(path), path, overlap="0")
    assert webhook_of(jane).old_secret is None


@pytest.mark.parametrize("overlap", ["", "-1", "5", "86400.0", "9" * 400])
def test_an_overlap_that_is_not_offered_is_refused(
    browser: Browser, jane: Owner, settings: Settings, overlap: str
) -> None:
    path, before = f"/webhooks/{made(jane, settings).id}/secret", webhook_of(jane).secret
    assert browser.send(browser.get(path), path, overlap=overlap).status == 400
    assert webhook_of(jane).secret == before


def test_a_second_rotation_within_the_overlap_is_refused(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings).id}/secret"
    form = browser.get(path)
    again = browser.get(path)
    browser.send(form, path, overlap="3600")
    page = browser.send(again, path, overlap="3600")
    assert (page.status, SECRET.search(page.text)) == (409, None)


# Sending again


def test_a_replay_says_how_many_were_taken(browser: Browser, jane: Owner, settings: Settings) -> None:
    webhook = made(jane, settings)
    for _ in range(3):
        delivered(webhook)
    path = f"/webhooks/{webhook.id}/replay"
    page = browser.send(browser.get(path), path, which=["failed"])
    assert "3 deliveries are sent again" in page.text
    assert rows("SELECT count(*) FROM delivery WHERE status = 'pending'") == [{"count": 3}]
    assert "Nothing to send again" in browser.send(browser.get(path), path, which=["failed"]).text


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("since", "", "Give the time"),
        ("since", "yesterday", "Write date and time"),
        ("since", "2999-01-01T00:00", "lies in the future"),
        ("since", "2001-01-01T00:00", "Events are kept for"),
        ("until", "2001-01-01T00:00", "must be later than the beginning"),
        ("until", "0", "Write date and time"),
        ("which", [], "Choose at least one"),
        ("which", ["everything"], "Choose at least one"),
    ],
)
def test_a_replay_is_refused_with_the_reason_beside_the_field(
    browser: Browser, jane: Owner, settings: Settings, field: str, value: object, reason: str
) -> None:
    path = f"/webhooks/{made(jane, settings).id}/replay"
    page = browser.send(browser.get(path), path, **{field: value})
    assert page.status == 400
    assert reason in page.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]


def test_a_replay_that_nobody_has_changed_sends_what_failed_and_nothing_else(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = made(jane, settings)
    failed, _ = delivered(webhook), delivered(webhook, "skipped")
    execute(
        "INSERT INTO event (id, account_id, mode, type, data, created_at)"
        " SELECT gen_random_uuid(), account_id, mode, type, data, created_at FROM event"
    )  # never meant for it
    path = f"/webhooks/{webhook.id}/replay"
    page = browser.send(browser.get(path), path)
    assert "1 delivery is sent again" in page.text
    assert rows("SELECT id FROM delivery WHERE status = 'pending'") == [{"id": failed}]
    assert rows("SELECT count(*) FROM delivery") == [{"count": 2}]


def test_a_replay_that_is_refused_keeps_what_was_ticked(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings).id}/replay"
    page = browser.send(browser.get(path), path, since="", which=["skipped", "missing"])
    assert page.form(path).values["which"] == ["skipped", "missing"]


def test_a_disabled_webhook_takes_no_replay(browser: Browser, jane: Owner, settings: Settings) -> None:
    webhook = made(jane, settings)
    execute("UPDATE webhook SET active = false, disabled_reason = 'gone' WHERE id = %s", (webhook.id,))
    path = f"/webhooks/{webhook.id}/replay"
    form = browser.get(path)
    assert "Enable it" in form.text
    assert browser.send(form, path, which=["failed"]).status == 409


def test_how_many_were_taken_is_a_number_and_nothing_else(browser: Browser, jane: Owner, settings: Settings) -> None:
    path = f"/webhooks/{made(jane, settings).id}/replay"
    assert "are sent again" not in browser.get(f"{path}?sent=<b>&more=1").text
    assert "there may be more" in browser.get(f"{path}?sent={MOST}&more=1").text


# Of somebody else

READ = ("", "/live", "/log", "/edit", "/secret", "/verify", "/replay", "/delete")
SENT = ("/edit", "/secret", "/secret/overlap", "/replay", "/delete", "/test", "/active")


def test_nobody_elses_webhook_is_shown_or_changed(
    browser_of: Callable[[Owner], Browser], jane: Owner, bob: Owner, settings: Settings
) -> None:
    hers = made(jane, settings)
    bobs, csrf = browser_of(bob), browser_of(bob).get("/webhooks/new").form("/webhooks/new").values["csrf"]
    for path in READ:
        assert bobs.get(f"/webhooks/{hers.id}{path}").status == 404, path
    for path in SENT:
        filled = {"csrf": csrf, "nonce": str(uuid4()), "url": URL, "events": "call.completed", "overlap": "0"}
        more = {"since": "2026-01-01T00:00", "which": "failed", "active": "false", "event": "call.completed"}
        assert bobs.post(f"/webhooks/{hers.id}{path}", filled | more).status == 404, path
    after = webhook_of(jane)
    assert (after.url, after.active, after.secret, after.updated_at) == (URL, True, hers.secret, hers.updated_at)
    assert str(hers.id) not in bobs.get("/webhooks").text


@pytest.mark.parametrize("path", SENT)
def test_a_form_needs_the_token_of_its_session(browser: Browser, jane: Owner, settings: Settings, path: str) -> None:
    assert browser.post(f"/webhooks/{made(jane, settings).id}{path}", {"nonce": str(uuid4())}).status == 403


# What others have written


def test_nothing_that_others_have_written_becomes_part_of_a_page(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    webhook = made(jane, settings, "https://example.com/?<script>alert(1)</script>")
    execute("UPDATE webhook SET active = false, disabled_reason = %s WHERE id = %s", (evil, webhook.id))
    delivery_id = delivered(webhook)
    execute(
        "INSERT INTO attempt (delivery_id, number, started_at, duration_ms, error, error_detail, answer)"
        " VALUES (%s, 1, now(), 1, %s, %s, %s)",
        (delivery_id, evil, evil, evil),
    )
    execute("UPDATE delivery SET attempts = 1 WHERE id = %s", (delivery_id,))
    for path in ("/webhooks", f"/webhooks?q={evil}", *(f"/webhooks/{webhook.id}{more}" for more in READ)):
        page = browser.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text.replace('<img src="/static/', "")


def _ids(page: Page) -> set[str]:
    return set(re.findall(r'href="/deliveries/([0-9a-f-]{36})"', page.text))


def _older(page: Page) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert found
    return found[1].replace("&amp;", "&")
