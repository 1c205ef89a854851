"""The pages of calls: the list and its filters, one call, and placing one."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.accounts.profile import pause
from app.calls.accepting import accept
from app.calls.ending import end
from app.calls.hanging_up import ask_hangup
from app.calls.lifecycle import END_REASONS, STATUSES, move
from app.calls.requests import CallRequest
from app.config import Mode, Settings
from app.cursors import cursor_of
from app.dashboard.application import build
from app.dashboard.outcomes import REASONS
from app.db import execute, rows
from app.models.call import Call, Turn
from app.times import now
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.making import LIVE, dialled, fresh

XSS = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"
ESCAPED = "&lt;script&gt;alert("


def call_of(owner: Owner, settings: Settings, to: str = "+15551234567", mode: Mode = "test", **asked: object) -> Call:
    """A call as it was accepted."""
    wanted = {"instructions": "Ask for the opening hours."} | asked
    return accept(owner.account_id, None, mode, CallRequest(to, **wanted), settings)  # type: ignore[arg-type]


def under_way(call: Call) -> Call:
    """The call with its callee on the line."""
    dialled(call)
    move(call.id, "in-progress", "answered")
    execute("UPDATE call SET started_at = now() - interval '1 minute' WHERE id = %s", (call.id,))
    return fresh(call)


def say(call: Call, *turns: tuple[str, str], cut: bool = False) -> None:
    for position, (role, text) in enumerate(turns):
        at = now() - timedelta(seconds=50 - position)
        Turn.create(call_id=call.id, position=position, role=role, text=text, at=at, interrupted=cut)


def ended(call: Call, settings: Settings, reason: str = "no_answer", outcome: str = "no-answer") -> Call:
    """The call as it was settled."""
    end(call.id, outcome, reason, settings)  # type: ignore[arg-type]
    return fresh(call)


# The list


def test_the_list_shows_each_call_of_the_world_that_is_looked_at(
    browser: Browser, jane: Owner, bob: Owner, settings: Settings
) -> None:
    mine = ended(call_of(jane, settings, name="Joe's Pizza"), settings)
    call_of(bob, settings, to="+15557654321")
    page = browser.get("/calls")
    assert page.heading == "Calls"
    assert f"/calls/{mine.id}" in page.text
    assert "Joe&#39;s Pizza" in page.text
    assert "Nobody picked up." in page.text
    assert "No answer." in page.text
    assert "+15557654321" not in page.text
    assert f"/calls/{mine.id}" not in browser.get("/calls?mode=live").text


def test_an_account_without_calls_is_told_what_to_do(browser: Browser) -> None:
    assert "No test calls yet" in browser.get("/calls").text


@pytest.mark.parametrize(
    "query",
    [
        "status=no-answer", "status=no-answer&status=busy", "answered=unknown", "q=pizza", "q=Joe%20piz",
        "q=%2B1555765", "q=1555765", "q=1+555-765",
        "q={id}", "from={day}", "to={day}", "from={day}&to={day}&status=no-answer&q=joe",
    ],
)  # fmt: skip
def test_a_filter_shows_the_calls_that_are_like_it_and_no_others(
    query: str, browser: Browser, jane: Owner, settings: Settings
) -> None:
    wanted = ended(call_of(jane, settings, to="+15557654321", name="Joe's Pizza"), settings)
    other = ended(call_of(jane, settings, to="+445550000000", name="Ann"), settings, "agent_hangup", "completed")
    execute("UPDATE call SET answered_by = 'human', created_at = now() - interval '9 days' WHERE id = %s", (other.id,))
    if "to=" in query:  # the other one then lies before the first day, or behind the last
        execute("UPDATE call SET created_at = now() + interval '9 days' WHERE id = %s", (other.id,))
    page = browser.get("/calls?" + query.format(id=wanted.id, day=now().date().isoformat()))
    assert str(wanted.id) in page.text
    assert str(other.id) not in page.text


def test_the_filters_of_a_link_are_filled_in_and_counted(browser: Browser) -> None:
    page = browser.get("/calls?mode=live&q=hello+you&status=busy&from=2026-01-02&answered=human")
    typed = page.form("/calls").values
    assert (typed["q"], typed["from"], typed["status"], typed["mode"]) == ("hello you", "2026-01-02", ["busy"], "live")
    assert "4 filters" in page.text
    assert 'href="/calls?mode=live"' in page.text


def test_pages_lead_on_with_their_filters_and_back(browser: Browser, jane: Owner, settings: Settings) -> None:
    made = [ended(call_of(jane, settings, to=f"+1555123{n:04d}"), settings) for n in range(51)]
    first = browser.get("/calls?status=no-answer")
    assert str(made[0].id) not in first.text
    older = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "status=no-answer" in older
    second = browser.get(older)
    assert str(made[0].id) in second.text
    assert str(made[50].id) not in second.text
    assert 'href="/calls?status=no-answer&amp;mode=test"' in second.text
    assert "data-live" not in second.text


def test_a_page_past_the_end_says_so_and_leads_back(browser: Browser, jane: Owner, settings: Settings) -> None:
    made = call_of(jane, settings)
    cursor = cursor_of(made)
    page = browser.get(f"/calls?cursor={cursor}")
    assert "There are no older calls" in page.text
    assert 'href="/calls?mode=test"' in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "Write the day like 2026-03-20."),
        ("from=0001-01-01", "Choose a day of this century."),
        ("to=9999-12-31", "Choose a day of this century."),
        ("from=2026-02-30", "Write the day like"),
        ("from=2026-02-03&to=2026-02-01", "This day lies before the first one."),
        ("status=dead", "Choose among scheduled"),
        ("answered=cat", "Choose among human"),
        ("q=%3F%3F%21", "Search for words"),
        ("q=" + "x" * 5000, "200 characters at most"),
        ("cursor=nonsense", "cannot be read"),
        ("cursor=MDAwMS0wMS0wMVQwMDowMDowMCsyMzo1OSAx", "cannot be read"),
        ("cursor=" + "A" * 5000, "cannot be read"),
        ("cursor=%ED%A0%80", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_still_works(
    query: str, said: str, browser: Browser, jane: Owner, settings: Settings
) -> None:
    made = call_of(jane, settings)
    page = browser.get("/calls?" + query)
    assert page.status == 400
    assert said in page.text
    assert str(made.id) in page.text


def test_the_list_goes_on_with_what_could_be_read(browser: Browser) -> None:
    text = browser.get("/calls?from=yesterday&status=dead&status=busy&q=joe").text
    assert 'hx-get="/calls/rows?status=busy&amp;q=joe&amp;mode=test"' in text


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00"])
def test_no_time_in_a_cursor_breaks_the_list(at: str, browser: Browser) -> None:
    cursor = base64.urlsafe_b64encode(f"{at} {uuid4()}".encode()).decode()
    assert browser.get(f"/calls?cursor={cursor}").status == 200


@pytest.mark.parametrize(
    "query", ["q=%00", "q=a%00b", "q=%ED%A0%80", "q=%F0%9F%98%80", "q='%20OR%201", "q=a%5C'%3A*%26"]
)
def test_no_text_breaks_the_search(query: str, browser: Browser) -> None:
    page = browser.get("/calls?" + query)
    assert (page.status in (200, 400), page.heading) == (True, "Calls")


def test_a_very_long_address_is_read(browser: Browser) -> None:
    assert browser.get("/calls?" + "&".join(["status=busy"] * 20_000)).status == 200


def test_the_list_asks_few_questions_however_many_calls_there_are(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    for n in range(40):
        ended(call_of(jane, settings, to=f"+1555123{n:04d}", name="Joe"), settings)
    with queries() as asked:
        browser.get("/calls?q=joe&status=no-answer&answered=unknown")
    assert len(asked) <= 6, asked


def test_the_first_page_renews_itself_with_its_filters(browser: Browser, jane: Owner, settings: Settings) -> None:
    made = call_of(jane, settings)
    text = browser.get("/calls?q=%2B1555").text
    assert 'data-live="calls" hx-get="/calls/rows?q=%2B1555&amp;mode=test"' in text
    fragment = browser.get("/calls/rows?q=%2B1555&mode=test")
    assert str(made.id) in fragment.text
    assert "<html" not in fragment.text


# One call


def test_a_call_is_shown_as_a_conversation(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = under_way(call_of(jane, settings, name="Joe"))
    say(call, ("agent", "Hello, when are you open?"), ("human", "From nine to five."))
    page = browser.get(f"/calls/{call.id}")
    assert page.heading == "Call to Joe"
    assert 'role="log"' in page.text
    assert page.text.index("Hello, when are you open?") < page.text.index("From nine to five.")
    assert ">0:10</time>" in page.text
    assert "<strong>Joe</strong>" in page.text


def test_a_long_call_under_way_is_renewed_without_what_the_page_has(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    call = under_way(call_of(jane, settings))
    say(call, *[("agent", f"Word {number}.") for number in range(160)])
    assert f'hx-get="/calls/{call.id}/live?since=2"' in browser.get(f"/calls/{call.id}").text
    renewed = browser.get(f"/calls/{call.id}/live?since=2").text
    assert [f">Word {number}.<" in renewed for number in (0, 99, 100, 159)] == [False, False, True, True]
    assert renewed.count("hx-morph-skip") == 2


def test_an_interrupted_turn_is_marked_in_words(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = under_way(call_of(jane, settings))
    say(call, ("agent", "Hello, I am"), cut=True)
    assert "Interrupted here" in browser.get(f"/calls/{call.id}").text


def test_a_call_under_way_renews_itself_and_an_ended_one_does_not(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    call = call_of(jane, settings)
    assert f'data-live="call:{call.id}"' in browser.get(f"/calls/{call.id}").text
    fragment = browser.get(f"/calls/{call.id}/live")
    assert 'id="call"' in fragment.text
    assert "<html" not in fragment.text
    ended(call, settings)
    assert "data-live" not in browser.get(f"/calls/{call.id}").text


def test_a_call_shows_its_states_with_their_causes_and_its_events(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = uuid4()
    execute(
        "INSERT INTO webhook (id, account_id, url, events, mode, secret) VALUES (%s, %s, 'https://a.example/in',"
        " '{call.completed}', 'test', '')",
        (webhook, jane.account_id),
    )
    call = ended(call_of(jane, settings), settings)
    text = browser.get(f"/calls/{call.id}").text
    delivery = rows("SELECT id FROM delivery WHERE webhook_id = %s", (webhook,))[0]["id"]
    assert "asked for" in text
    assert "its summary and its cost stand" in text
    assert "call.completed" in text
    assert f"/deliveries/{delivery}" in text
    assert "https://a.example/in" in text
    assert f'data-live="delivery:{delivery}"' in text


def test_a_call_is_shown_as_the_api_shows_it(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = call_of(jane, settings, name="Joe's")
    text = browser.get(f"/calls/{call.id}").text
    shown = text.split('id="as-json"')[1].split("<code>")[1].split("</code>")[0]
    assert json.loads(shown.replace("&#34;", '"').replace("&#39;", "'"))["id"] == str(call.id)


def test_a_call_is_found_in_the_other_world_too(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = call_of(jane, settings)
    assert browser.get(f"/calls/{call.id}?mode=live").status == 200


def test_a_call_asks_few_questions_however_much_was_said(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = under_way(call_of(jane, settings))
    say(call, *[("agent", "Hello."), ("human", "Yes?")] * 100)
    with queries() as asked:
        browser.get(f"/calls/{call.id}")
    assert len(asked) <= 6, asked


def test_every_end_has_its_words() -> None:
    assert set(REASONS) == set(END_REASONS)


@pytest.mark.parametrize("path", ["", "/live", "/cancel"])
def test_another_accounts_call_is_nowhere(
    path: str, browser: Browser, bob: Owner, jane: Owner, settings: Settings
) -> None:
    hers = call_of(jane, settings)
    his = call_of(bob, settings)
    form = browser.get(f"/calls/{hers.id}").form(f"/calls/{hers.id}/cancel").values
    url = f"/calls/{his.id}{path}"
    assert (browser.post(url, form) if path == "/cancel" else browser.get(url)).status == 404
    assert fresh(his).outcome is None
    assert his.to_number not in browser.get(f"/calls/new?from={his.id}").form("/calls/new").values["phoneNumber"]
    assert url not in browser.get(f"/calls?q={his.id}").text


@pytest.mark.parametrize("path", ["/calls/1", "/calls/x/live", "/calls/%00", "/calls/" + "9" * 400])
def test_what_is_no_id_is_nowhere(path: str, browser: Browser) -> None:
    assert browser.get(path).status == 404


def test_what_others_have_written_is_text_everywhere(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = under_way(call_of(jane, settings, name=XSS, instructions=XSS, first_message=XSS))
    say(call, ("agent", XSS), ("human", XSS))
    execute("UPDATE call SET relay_opened_at = NULL WHERE id = %s", (call.id,))
    ended(call, settings, "agent_hangup", "completed")
    execute("UPDATE call SET summary = %s WHERE id = %s", (XSS, call.id))
    for path in (f"/calls/{call.id}", f"/calls/{call.id}/live", "/calls", f"/calls/new?from={call.id}"):
        text = browser.get(path).text
        assert ESCAPED in text, path
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    text = browser.get("/calls?q=" + XSS.replace("#", "")).text
    assert "<script>alert" not in text


# Canceling


def test_a_call_that_waits_is_canceled(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = call_of(jane, settings)
    page = browser.send(browser.get(f"/calls/{call.id}"), f"/calls/{call.id}/cancel")
    assert "The call is canceled." in page.text
    assert fresh(call).status == "canceled"


def test_a_call_under_way_is_hung_up(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = under_way(call_of(jane, settings))
    page = browser.get(f"/calls/{call.id}")
    assert "Hang up" in page.text
    after = browser.send(page, f"/calls/{call.id}/cancel")
    assert "The carrier is asked to hang up." in after.text
    assert "/cancel" not in after.text
    assert fresh(call).hangup_reason == "canceled"


def test_a_call_that_has_ended_meanwhile_is_not_canceled(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = call_of(jane, settings)
    page = browser.get(f"/calls/{call.id}")
    ended(call, settings)
    after = browser.send(page, f"/calls/{call.id}/cancel")
    assert after.status == 409
    assert "This call has ended already." in after.text
    assert "/cancel" not in browser.get(f"/calls/{call.id}").text


def test_a_call_that_the_agent_is_ending_shows_no_way_to_cancel_it(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    call = under_way(call_of(jane, settings))
    ask_hangup(call.id, "silence")
    assert "/cancel" not in browser.get(f"/calls/{call.id}").text


# Placing


def place(browser: Browser, **values: str) -> Page:
    form = browser.get("/calls/new")
    given = {"phoneNumber": "+1 (555) 123-4567", "instructions": "Ask when they\r\nare open.", "mode": "test"}
    return browser.send(form, "/calls/new", **given | values)


def test_a_call_is_placed_as_it_was_asked_for(browser: Browser, jane: Owner) -> None:
    page = place(browser, name="Joe", firstMessage="Hi!")
    assert page.heading == "Call to Joe"
    assert "The call is placed." in page.text
    (call,) = Call.select().where(Call.account_id == jane.account_id)
    assert (call.to_number, call.instructions, call.first_message) == (
        "+15551234567",
        "Ask when they\nare open.",
        "Hi!",
    )
    assert (call.mode, call.status) == ("test", "initiated")


def test_a_time_is_one_in_utc(browser: Browser, jane: Owner) -> None:
    at = (now() + timedelta(days=2)).replace(second=0, microsecond=0)
    place(browser, callAt=at.strftime("%Y-%m-%dT%H:%M"))
    (call,) = Call.select()
    assert (call.status, call.call_at) == ("scheduled", at)


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"phoneNumber": "12"}, "phoneNumber", "with its country"),
        ({"phoneNumber": "+1911"}, "phoneNumber", "Emergency"),
        ({"phoneNumber": "+19005551234"}, "phoneNumber", "Premium-rate"),
        ({"phoneNumber": ""}, "phoneNumber", "with its country"),
        ({"instructions": " \n "}, "instructions", "Say what the agent is to achieve."),
        ({"instructions": "x" * 5001}, "instructions", "5,000 characters; these are 5,001"),
        ({"firstMessage": "x" * 1001}, "firstMessage", "1,000 characters"),
        ({"name": "x" * 201}, "name", "200 characters"),
        ({"callAt": "tomorrow"}, "callAt", "like 2026-03-20T18:30"),
        ({"callAt": "2020-01-01T00:00"}, "callAt", "lies in the past"),
        ({"callAt": "2099-01-01T00:00"}, "callAt", "a year ahead"),
        ({"callAt": "0001-01-01T00:00+14:00"}, "callAt", "like 2026-03-20T18:30"),
        ({"mode": "real"}, "mode", "Choose a test call or a live call."),
        ({"mode": "live"}, "mode", "Live calls are not set up"),
    ],
)
def test_a_refusal_stands_beside_its_field_with_what_was_typed(
    values: dict[str, str], field: str, said: str, browser: Browser
) -> None:
    page = place(browser, **{"name": "Joe", **values})
    assert page.status in (400, 503)
    reason = page.text.split(f'id="{field}-error">')[1].split("</p>")[0]
    assert said in reason
    assert page.form("/calls/new").values["name"] == {"name": "Joe", **values}["name"]
    assert not Call.select().exists()


@pytest.mark.parametrize("text", ["a\x00b", "😀" * 10, "\u202e"])
def test_any_text_can_be_typed(text: str, browser: Browser) -> None:
    assert place(browser, instructions=f"Say {text}.", name=f"N{text}").heading.startswith("Call to N")


def test_a_number_that_is_called_already_leads_to_that_call(browser: Browser, jane: Owner, settings: Settings) -> None:
    active = call_of(jane, settings)
    page = place(browser)
    assert page.status == 409
    assert f'href="/calls/{active.id}"' in page.text
    assert "phoneNumber-error" in page.text


def test_a_paused_account_is_told_so(browser: Browser, jane: Owner) -> None:
    pause(jane.account_id)
    page = place(browser)
    assert page.status == 403
    assert "This account is paused" in page.text


def test_what_a_live_call_needs_is_said_before_and_in_words_for_people(
    jane: Owner, settings: Settings, browser_with: Callable[..., Browser]
) -> None:
    execute(
        "UPDATE account SET terms_accepted_at = NULL, caller_name = NULL, balance = 0 WHERE id = %s", (jane.account_id,)
    )
    browser = browser_with(**LIVE)
    page = browser.get("/calls/new?mode=live")
    assert page.text.count("To do: ") == 3
    refused = place(browser, mode="live")
    assert "You find them on your profile." in refused.text
    assert "PUT /me" not in refused.text


def test_a_call_is_made_again_from_an_earlier_one(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = call_of(jane, settings, name="Joe", first_message="Hi")
    typed = browser.get(f"/calls/new?from={call.id}").form("/calls/new").values
    assert (typed["phoneNumber"], typed["name"], typed["firstMessage"].strip()) == (call.to_number, "Joe", "Hi")
    assert typed["instructions"].strip() == call.instructions


@pytest.mark.parametrize("earlier", ["", "x", "%00", str(UUID(int=1))])
def test_an_earlier_call_that_is_none_leaves_the_form_empty(earlier: str, browser: Browser) -> None:
    assert browser.get(f"/calls/new?from={earlier}").form("/calls/new").values["phoneNumber"] == ""


def test_a_form_that_is_sent_twice_at_once_places_one_call(browser_of: Callable[[Owner], Browser], jane: Owner) -> None:
    form = browser_of(jane).get("/calls/new").form("/calls/new").values
    form |= {"phoneNumber": "+15551234567", "instructions": "Ask.", "mode": "test"}
    led: list[str] = []

    def send() -> None:
        led.append(browser_of(jane).post("/calls/new", form, follow=False).location)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (call,) = Call.select()
    assert {location.split("?")[0] for location in led} == {f"/calls/{call.id}"}


def test_every_status_is_a_filter(browser: Browser) -> None:
    text = browser.get("/calls").text
    assert all(f'name="status" value="{status}"' in text for status in STATUSES)


@pytest.fixture
def browser_with(settings: Settings, jane: Owner) -> Callable[..., Browser]:
    """Jane's browser at a hub with further settings."""

    def open(**more: str) -> Browser:
        browser = Browser(build(replace(settings, **more)))  # type: ignore[arg-type]
        browser.http.set_cookie("__Host-mio", jane.token)
        return browser

    return open
