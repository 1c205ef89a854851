"""The playground: the form, and a call that is answered by typing, through a whole hub."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.calls import do_not_call
from app.cast import CAST, YOU
from app.config import Settings
from app.dashboard.application import build
from app.dashboard.guard import csrf_token
from app.dashboard.play_page import CASES, EXAMPLES, Case
from app.db import rows
from app.models.account import Account
from tests.browser.conftest import Owner as FarOwner
from tests.browser.conftest import new_owner
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.dashboard.far_browser import FarBrowser
from tests.hub import Hub, running_hub, wait_until
from tests.making import a_call, dialled, fresh
from tests.services import TEMPLATE, fresh_database

WORDS = "Ask for the opening hours."
XSS = "<script>alert(1)</script> & <img src=x onerror=alert(2)> \"' {{ 7 * 7 }}"
LONG = " ".join(["la"] * 330)  # takes two and a half seconds at this speed


# The form


def start(browser: Browser, **values: str) -> Page:
    given = {"instructions": WORDS, "firstMessage": "", "phoneNumber": YOU} | values
    return browser.send(browser.get("/playground"), "/playground", **given)


def made(owner: Owner) -> list[dict[str, object]]:
    return rows(
        "SELECT id, mode, to_number, instructions, first_message FROM call WHERE account_id = %s", (owner.account_id,)
    )


def test_the_playground_offers_everybody_who_can_be_called(browser: Browser) -> None:
    page = browser.get("/playground")
    assert page.heading == "Playground"
    assert page.form("/playground").values["phoneNumber"] == YOU
    for role in CAST:
        assert f'<option value="{role.number}"' in page.text
        assert f"{role.name}: {role.happens}" in page.text


def test_a_call_of_the_playground_is_a_test_call_whatever_is_asked(browser: Browser, jane: Owner) -> None:
    page = start(browser, mode="live", firstMessage="Hi!")
    assert page.heading == "A call to you"
    [call] = made(jane)
    assert (call["mode"], call["to_number"], call["instructions"], call["first_message"]) == (
        "test",
        YOU,
        WORDS,
        "Hi!",
    )


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_example_fills_the_form(browser: Browser, key: str) -> None:
    form = browser.get(f"/playground?example={key}").form("/playground")
    assert form.values["instructions"].strip() == EXAMPLES[key].instructions


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_what_is_worth_trying_fills_the_form(browser: Browser, case: Case) -> None:
    form = browser.get(f"/playground?example={case.example}&to=%2B{case.number[1:]}").form("/playground").values
    assert form["instructions"].strip() == EXAMPLES[case.example].instructions
    assert form["phoneNumber"] == case.number


def test_a_call_is_made_again_with_its_words(browser: Browser, jane: Owner) -> None:
    start(browser, instructions="Sing a song.", firstMessage="La!", phoneNumber="+15550100006")
    form = browser.get(f"/playground?again={made(jane)[0]['id']}").form("/playground").values
    assert [form[name].strip() for name in ("instructions", "firstMessage", "phoneNumber")] == [
        "Sing a song.",
        "La!",
        "+15550100006",
    ]


NAMES_NOTHING = (
    "again=x", "again=00000000-0000-4000-8000-000000000000", "to=+1", "to=<b>", "example=nothing", "again=%00",
)  # fmt: skip


@pytest.mark.parametrize("query", NAMES_NOTHING)
def test_an_address_that_names_nothing_shows_the_form(browser: Browser, query: str) -> None:
    assert browser.get(f"/playground?{query}").form("/playground").values["phoneNumber"] == YOU


def test_nobodys_words_are_filled_in_but_ones_own(
    browser: Browser, browser_of: Callable[[Owner], Browser], bob: Owner
) -> None:
    start(browser_of(bob), instructions="A secret.")
    assert "A secret." not in browser.get(f"/playground?again={made(bob)[0]['id']}").text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"instructions": "  "}, "Say what the agent is to achieve."),
        ({"instructions": "a" * 5001}, "may have 5,000 characters"),
        ({"firstMessage": "a" * 1001}, "may have 1,000 characters"),
        ({"phoneNumber": "911"}, "with its country"),
        ({"phoneNumber": ""}, "with its country"),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field(
    browser: Browser, jane: Owner, values: dict[str, str], said: str
) -> None:
    page = start(browser, **values)
    assert page.status == 400
    assert said in page.text
    assert 'class="reason"' in page.text
    assert made(jane) == []


def test_a_second_call_to_you_leads_to_the_first(browser: Browser, jane: Owner) -> None:
    start(browser)
    page = start(browser)
    assert page.status == 409
    [call] = made(jane)
    assert f'href="/playground/{call["id"]}"' in page.text
    assert f'href="/playground/{call["id"]}"' in browser.get("/playground").text


def test_a_hub_without_a_sandbox_says_so(settings: Settings, jane: Owner) -> None:
    browser = Browser(build(replace(settings, sandbox_auth_token="")))
    browser.http.set_cookie("mio", jane.token)
    page = start(browser)
    assert page.status == 503
    assert "Test calls are not set up on this hub" in page.text


def test_the_page_of_a_call_to_you_leads_here_until_it_has_ended(browser: Browser, jane: Owner) -> None:
    start(browser)
    [call] = made(jane)
    link = f'href="/playground/{call["id"]}"'
    assert link in browser.get(f"/calls/{call['id']}").text
    rows("UPDATE call SET status = 'completed', summary = '' WHERE id = %s RETURNING id", (call["id"],))
    assert link not in browser.get(f"/calls/{call['id']}").text


def test_who_wants_no_calls_is_not_called_and_the_page_says_why(browser: Browser, jane: Owner) -> None:
    do_not_call.add(jane.account_id, "test", "+15550100015", "callee")
    page = start(browser, phoneNumber="+15550100015")
    assert page.status == 403
    assert "asked never to be called again" in page.text
    assert "/settings/profile/do-not-call?mode=test" in page.text


def test_a_form_that_is_sent_twice_places_one_call(browser: Browser, jane: Owner) -> None:
    form = browser.get("/playground").form("/playground").values | {"instructions": WORDS}
    first, second = (browser.post("/playground", form, follow=False) for _ in range(2))
    assert first.location == second.location
    assert len(made(jane)) == 1


def test_what_is_typed_is_shown_as_text(browser: Browser) -> None:
    refused = start(browser, instructions=XSS, phoneNumber="1")
    watched = start(browser, instructions=XSS, firstMessage=XSS)
    for page in (refused, watched):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{ 7 * 7 }}" in page.text


def test_a_live_call_is_not_watched_here(browser: Browser, jane: Owner, settings: Settings) -> None:
    assert browser.get(f"/playground/{uuid4()}").status == 404
    call = a_call(_account(jane), settings, mode="test")
    rows("UPDATE call SET mode = 'live' WHERE id = %s RETURNING id", (call.id,))
    assert browser.get(f"/playground/{call.id}").status == 404


@pytest.mark.parametrize("act", ["", "/live", "/answer", "/decline", "/speech", "/keys", "/hang-up", "/typing"])
def test_anothers_call_is_not_there(browser: Browser, jane: Owner, bob: Owner, settings: Settings, act: str) -> None:
    call = dialled(a_call(_account(bob), settings, to=YOU))
    path = f"/playground/{call.id}{act}"
    if act in ("", "/live"):
        assert browser.get(path).status == 404
    else:
        form = {"csrf": csrf_token(jane.token), "nonce": str(uuid4()), "text": "Hello?"}
        assert browser.post(path, form).status == 404
    assert fresh(call).outcome is None


def test_nobody_types_for_the_people_of_the_sandbox(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = dialled(a_call(_account(jane), settings, to="+15550100009"))
    form = {"csrf": csrf_token(jane.token), "nonce": str(uuid4()), "text": "Hello?"}
    assert browser.post(f"/playground/{call.id}/speech", form).status == 404


def test_nothing_is_done_for_a_form_of_another_site(browser: Browser, jane: Owner, settings: Settings) -> None:
    call = dialled(a_call(_account(jane), settings, to=YOU))
    for act in ("answer", "speech", "typing"):
        assert browser.post(f"/playground/{call.id}/{act}", {"text": "Hello?"}).status == 403


def test_the_pages_ask_little_of_the_database(browser: Browser, jane: Owner, settings: Settings) -> None:
    start(browser)
    [call] = made(jane)
    for path in ("/playground", f"/playground/{call['id']}", f"/playground/{call['id']}/live"):
        with queries() as asked:
            browser.get(path)
        assert len(asked) <= 4


def _account(owner: Owner) -> Account:
    found: Account = Account.get_by_id(owner.account_id)
    return found


# A call that is answered by typing


class Play:
    """Somebody at the playground of a running hub, whose phone it has rung."""

    def __init__(self, hub: Hub, owner: FarOwner, **fields: str) -> None:
        self.hub, self.owner = hub, owner
        self.browser = FarBrowser(hub.url, owner.token)
        form = self.browser.get("/playground").form("/playground").values
        page = self.browser.post("/playground", form | {"instructions": WORDS, "firstMessage": "Hello!"} | fields)
        self.path = page.location
        self.id = UUID(self.path.rpartition("/")[2])

    @property
    def page(self) -> Page:
        return self.browser.get(self.path)

    def waits_for(self, text: str) -> Page:
        """The page, as soon as it shows this."""

        def look() -> Page | None:
            page = self.page
            return page if text in page.text else None

        return wait_until(look)

    def offered(self, act: str) -> Page:
        return self.waits_for(f'action="{self.path}/{act}"')

    def does(self, act: str, **values: str) -> Page:
        return self.browser.send(self.offered(act), f"{self.path}/{act}", **values)

    def says(self, text: str) -> Page:
        return self.does("speech", text=text)

    @property
    def turns(self) -> list[tuple[str, str, bool]]:
        found = self.hub.rows(
            "SELECT role, text, interrupted FROM turn WHERE call_id = %s ORDER BY position", (self.id,)
        )
        return [(turn["role"], turn["text"], turn["interrupted"]) for turn in found]

    @property
    def state(self) -> tuple[str, str | None, str | None]:
        [call] = self.hub.rows("SELECT status, end_reason, summary FROM call WHERE id = %s", (self.id,))
        return call["status"], call["end_reason"], call["summary"]

    def ended(self) -> tuple[str, str | None, str | None]:
        return wait_until(lambda: self.state if self.state[2] is not None else None)

    @property
    def form(self) -> dict[str, str]:
        """What any form of this session carries."""
        return {"csrf": csrf_token(self.owner.token), "nonce": str(uuid4())}


@pytest.fixture
def play(hub: Hub) -> Play:
    """Somebody whose phone rings."""
    return Play(hub, new_owner(hub))


@pytest.fixture
def talking(play: Play) -> Play:
    """Somebody who has picked up, and heard the greeting."""
    play.does("answer")
    play.waits_for("It is your turn.")
    return play


def test_you_answer_and_speak_with_the_agent(talking: Play) -> None:
    page = talking.says("Hello, who is calling?")
    assert "Hello, who is calling?" in page.text or talking.waits_for("Hello, who is calling?")
    wait_until(lambda: len(talking.turns) >= 3 and talking.turns[2][0] == "agent")
    assert talking.turns[:2] == [("agent", "Hello!", False), ("human", "Hello, who is calling?", False)]
    talking.does("hang-up")
    assert talking.ended()[:2] == ("completed", "callee_hangup")
    page = talking.page
    assert "The callee hung up." in page.text
    assert f'href="/playground?again={talking.id}"' in page.text
    assert 'action="' + talking.path not in page.text


def test_what_you_say_while_the_agent_speaks_cuts_it_short(hub: Hub) -> None:
    play = Play(hub, new_owner(hub), firstMessage=LONG)
    play.does("answer")
    play.waits_for("What you say now interrupts it.")
    play.says("Stop!")
    wait_until(lambda: ("human", "Stop!", False) in play.turns)
    role, text, interrupted = play.turns[0]
    assert (role, interrupted) == ("agent", True)
    assert LONG.startswith(text)
    assert len(text) < len(LONG)
    assert "Interrupted here" in play.page.text
    api = hub.get(f"/calls/{play.id}", play.owner.holder.test_key).json
    assert api["transcript"][0] == {"role": "agent", "text": text}


def test_what_you_type_is_shown_as_text(talking: Play) -> None:
    talking.says(XSS)
    wait_until(lambda: len(talking.turns) >= 2)
    assert talking.turns[1][1] == XSS
    for path in (talking.path, f"{talking.path}/live", f"/calls/{talking.id}"):
        text = talking.browser.get(path).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_a_phone_that_is_declined_is_busy(play: Play) -> None:
    play.does("decline")
    assert play.ended()[:2] == ("busy", "busy")


@pytest.fixture
def soon_over() -> Iterator[Hub]:
    """A hub that lets a phone ring for a second."""
    with (
        fresh_database(os.environ["DATABASE_URL"], f"mio_rings_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, ring_seconds=1) as running,
    ):
        yield running


def test_a_phone_that_rings_in_vain_is_not_answered(soon_over: Hub) -> None:
    play = Play(soon_over, new_owner(soon_over))
    assert play.ended()[:2] == ("no-answer", "no_answer")
    assert "Nobody picked up." in play.page.text
    refused = play.browser.post(f"{play.path}/answer", play.form)
    assert refused.status == 409
    assert "The call has ended." in refused.text


def test_the_agent_may_hang_up_while_you_type(talking: Play) -> None:
    talking.browser.post(f"{talking.path}/typing", talking.form)
    late = talking.form | {"text": "Wait, one more thing"}
    talking.says("Goodbye!")
    assert talking.ended()[:2] == ("completed", "agent_hangup")
    refused = talking.browser.post(f"{talking.path}/speech", late)
    assert refused.status == 409
    assert "The call has ended." in refused.text


def test_two_things_said_at_once_are_both_heard(talking: Play) -> None:
    def says(text: str) -> None:
        talking.browser.post(f"{talking.path}/speech", talking.form | {"text": text})

    threads = [threading.Thread(target=says, args=(text,)) for text in ("One apple.", "Two pears.")]
    for thread in threads:
        thread.start()
    wait_until(lambda: len([turn for turn in talking.turns if turn[0] == "human"]) == 2)
    assert sorted(text for role, text, _ in talking.turns if role == "human") == ["One apple.", "Two pears."]


def test_what_is_sent_twice_is_said_once(talking: Play) -> None:
    form = talking.form | {"text": "Only once."}
    for _ in range(2):
        assert talking.browser.post(f"{talking.path}/speech", form).status == 200
    talking.says("And that.")
    wait_until(lambda: ("human", "And that.", False) in talking.turns)
    assert [text for _, text, _ in talking.turns].count("Only once.") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Say something."),
        (" \n ", "Say something."),
        ("a" * 1001, "At most 1,000 characters at once."),
        ("a\x00b", "cannot be said"),
        ("a\x1bb", "cannot be said"),
    ],
    ids=ascii,
)
def test_what_cannot_be_said_is_told(talking: Play, text: str, said: str) -> None:
    refused = talking.browser.post(f"{talking.path}/speech", talking.form | {"text": text})
    assert refused.status == 400
    assert said in refused.text
    assert [role for role, _, _ in talking.turns] == ["agent"]
    talking.says("Still there.")
    wait_until(lambda: ("human", "Still there.", False) in talking.turns)


def test_half_a_surrogate_pair_is_no_text_of_a_form(talking: Play) -> None:
    form = talking.form | {"text": b"half \xed\xa0\xbd pair"}
    talking.browser.post(f"{talking.path}/speech", form)
    wait_until(lambda: len(talking.turns) >= 2)
    assert "\ud83d" not in talking.turns[1][1]


def test_keys_that_you_press_reach_the_agent(talking: Play) -> None:
    talking.does("keys", text="42#")
    wait_until(lambda: ("human", "(pressed 42#)", False) in talking.turns)


def test_who_reads_and_writes_is_not_taken_for_silent_however_fast_the_sandbox_runs(talking: Play) -> None:
    time.sleep(1.5)  # a minute of the sandbox's time: three times what makes a callee silent
    assert talking.state[0] == "in-progress"
    assert talking.turns == [("agent", "Hello!", False)]


def test_what_you_say_before_you_have_picked_up_is_refused(play: Play) -> None:
    play.offered("answer")
    refused = play.browser.post(f"{play.path}/speech", play.form | {"text": "Hello?"})
    assert refused.status == 409
    assert "answer it first" in refused.text
    play.does("decline")


def test_a_call_that_a_program_has_placed_is_answered_here_too(hub: Hub) -> None:
    owner = new_owner(hub)
    call = hub.call(owner.holder.test_key, YOU)
    browser = FarBrowser(hub.url, owner.token)
    path = f"/playground/{call['id']}"
    assert path in browser.get("/playground").text
    page = wait_until(lambda: (found := browser.get(path)) and f'action="{path}/decline"' in found.text and found)
    browser.send(page, f"{path}/decline")
    assert hub.wait_call(call["id"], owner.holder.test_key)["status"] == "busy"
