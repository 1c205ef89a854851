"""A person who types in place of the callee, over the sandbox's real wire: rings, words, interrupts, and every end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from simple_websocket import Client as WebSocket

from app.cast import YOU
from app.sandbox.application import create_sandbox
from app.sandbox.carrier import KEPT
from app.sandbox.clock import Clock
from app.sandbox.options import SandboxOptions
from app.sandbox.twiml import ConnectRelay
from app.sandbox.typed_phone import PATIENCE_SECONDS, TypedPhone
from app.sandbox.typist import (
    MOST_SAID,
    MOST_WAITING,
    Answers,
    HangsUp,
    LineDropped,
    Presses,
    TooMuch,
    Typist,
    Utters,
)
from tests.hub import wait_until
from tests.sandbox.agent import GREETING, Agent, served, standing
from tests.sandbox.conftest import SID, TOKEN

SPEED = 10.0  # a word lasts 30 ms
LONG = " ".join(f"word{number}" for number in range(200))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(create_sandbox(SandboxOptions(SID, TOKEN, speed=SPEED))) as found:
        yield found


@pytest.fixture
def agent() -> Iterator[Agent]:
    with standing() as stands:
        yield stands


class Person:
    """Whose phone the agent has rung."""

    def __init__(self, url: str, agent: Agent, to: str = YOU, **fields: str) -> None:
        self.url = url
        form = {
            "To": to,
            "From": "+15550100100",
            "Url": f"{agent.url}/answer",
            "StatusCallback": f"{agent.url}/status",
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        } | fields
        account = f"{url}/2010-04-01/Accounts/{SID}"
        self.sid = requests.post(f"{account}/Calls.json", data=form, auth=(SID, TOKEN), timeout=5).json()["sid"]
        self.resource = f"{account}/Calls/{self.sid}.json"

    def do(self, what: str, body: Any = None) -> requests.Response:
        return requests.post(
            f"{self.url}/sandbox/calls/{self.sid}/{what}", json=body or {}, auth=(SID, TOKEN), timeout=5
        )

    def says(self, text: str) -> requests.Response:
        return self.do("speech", {"text": text})

    @property
    def state(self) -> dict[str, Any]:
        shown = requests.get(f"{self.url}/sandbox/calls/{self.sid}", auth=(SID, TOKEN), timeout=5)
        found: dict[str, Any] = shown.json()
        return found

    @property
    def status(self) -> str:
        return str(requests.get(self.resource, auth=(SID, TOKEN), timeout=5).json()["status"])

    def hang_up_by_the_hub(self) -> None:
        requests.post(self.resource, data={"Status": "completed"}, auth=(SID, TOKEN), timeout=5)


@pytest.fixture
def person(url: str, agent: Agent) -> Person:
    """Somebody whose phone rings."""
    return Person(url, agent)


@pytest.fixture
def talking(person: Person, agent: Agent) -> Person:
    """Somebody who has answered, and heard the greeting."""
    assert person.do("answer").status_code == 200
    agent.wait_told("agentSpeaking", "off")
    return person


# The phone rings


def test_the_phone_rings_until_it_is_answered(person: Person, agent: Agent) -> None:
    wait_until(lambda: agent.statuses == ["initiated", "ringing"])
    assert person.state == {"stage": "rings", "agentSpeaks": False}
    assert person.do("answer").json()["stage"] == "talks"
    assert agent.wait("setup")["callSid"] == person.sid
    wait_until(lambda: person.status == "in-progress")


def test_the_greeting_is_heard_word_by_word(talking: Person, agent: Agent) -> None:
    assert agent.told("agentSpeaking") == ["on", "off"]
    assert agent.told("tokensPlayed") == GREETING.split()


def test_who_declines_is_busy(person: Person, agent: Agent) -> None:
    assert person.do("decline").status_code == 200
    wait_until(lambda: agent.statuses[-1:] == ["busy"])


def test_a_phone_that_nobody_answers_rings_for_as_long_as_the_hub_asked_in_real_seconds(url: str, agent: Agent) -> None:
    person = Person(url, agent, Timeout="1")
    wait_until(lambda: "ringing" in agent.statuses)
    with pytest.raises(TimeoutError):
        wait_until(lambda: "no-answer" in agent.statuses, seconds=0.7)
    wait_until(lambda: agent.statuses[-1:] == ["no-answer"])
    assert person.do("answer").status_code == 409


def test_the_hub_may_hang_up_while_it_rings(person: Person, agent: Agent) -> None:
    wait_until(lambda: "ringing" in agent.statuses)
    person.hang_up_by_the_hub()
    wait_until(lambda: agent.statuses[-1:] == ["canceled"])


def test_who_has_not_answered_cannot_speak(person: Person) -> None:
    refused = person.says("Hello?")
    assert (refused.status_code, refused.json()["message"]) == (409, "The phone is still ringing: answer it first.")


def test_a_call_is_answered_once(talking: Person) -> None:
    refused = talking.do("answer")
    assert (refused.status_code, refused.json()["message"]) == (409, "The call is answered already.")


# Words


def test_what_is_typed_reaches_the_agent_at_once(talking: Person, agent: Agent) -> None:
    assert talking.says("  Hello,\n who is it? ").status_code == 200
    assert agent.wait("prompt") == {"type": "prompt", "voicePrompt": "Hello, who is it?", "lang": "en-US", "last": True}
    assert agent.heard("interrupt") == []


def test_what_is_typed_over_the_agent_interrupts_it(talking: Person, agent: Agent) -> None:
    agent.says(LONG)
    wait_until(lambda: "word3" in agent.told("tokensPlayed"))
    assert talking.state["agentSpeaks"] is True
    talking.says("Stop!")
    agent.wait("prompt")
    [cut] = agent.heard("interrupt")
    played = agent.told("tokensPlayed")[len(GREETING.split()) :]
    assert cut["utteranceUntilInterrupt"] == " ".join(played)
    assert 4 <= len(played) < 200
    kinds = [frame["type"] for frame in agent.frames if frame["type"] in ("interrupt", "prompt")]
    assert kinds == ["interrupt", "prompt"]
    assert agent.told("agentSpeaking")[-1] == "off"
    assert talking.state["agentSpeaks"] is False


def test_words_that_still_come_in_are_spoken_over_too(talking: Person, agent: Agent) -> None:
    agent.says("One moment, ", last=False)
    wait_until(lambda: "moment," in agent.told("tokensPlayed"))
    talking.says("Yes?")
    assert agent.wait("interrupt")["utteranceUntilInterrupt"] == "One moment,"


def test_of_an_utterance_only_its_own_words_were_heard(talking: Person, agent: Agent) -> None:
    agent.says("The first.")
    wait_until(lambda: agent.told("tokensPlayed")[-1] == "first.")
    agent.wait_told("agentSpeaking", "off")
    agent.says(LONG)
    wait_until(lambda: "word1" in agent.told("tokensPlayed"))
    talking.says("Stop!")
    assert agent.wait("interrupt")["utteranceUntilInterrupt"].startswith("word0 word1")


def test_two_texts_at_once_are_both_said(talking: Person, agent: Agent) -> None:
    threads = [threading.Thread(target=talking.says, args=(text,)) for text in ("One.", "Two.")]
    for thread in threads:
        thread.start()
    agent.wait("prompt", 2)
    assert sorted(frame["voicePrompt"] for frame in agent.heard("prompt")) == ["One.", "Two."]


def test_keys_are_pressed_one_by_one(talking: Person, agent: Agent) -> None:
    assert talking.do("keys", {"keys": "1#"}).status_code == 200
    agent.wait("dtmf", 2)
    assert [frame["digit"] for frame in agent.heard("dtmf")] == ["1", "#"]


def test_who_does_more_than_the_call_can_take_in_is_told_so() -> None:
    typist = Typist()
    typist.does(Answers())
    for _ in range(MOST_WAITING - 1):
        typist.does(Utters("Hello?"))
    with pytest.raises(TooMuch):
        typist.does(Utters("Hello?"))


def test_who_does_much_can_still_be_hung_up_on() -> None:
    typist = Typist()
    typist.does(Answers())
    for _ in range(MOST_WAITING - 1):
        typist.does(Utters("Hello?"))
    typist.note(LineDropped())
    assert [typist.next(0) for _ in range(MOST_WAITING + 1)][-1] == LineDropped()


def test_nobody_says_more_in_one_call_than_can_be_typed() -> None:
    typist = Typist()
    typist.does(Answers())
    for _ in range(MOST_SAID):
        typist.does(Utters("Hello?"))
        while typist.next(0):
            pass
    with pytest.raises(TooMuch):
        typist.does(Presses("1"))
    typist.does(HangsUp())


BAD_TEXTS = ["", "   \n", "a" * 1001, "a\x00b", "a\x1bb", "a\x7fb", "\ud83d", "half \udc00", 7, None, ["a"], {}]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=ascii)
def test_what_cannot_be_said_is_refused(talking: Person, agent: Agent, text: Any) -> None:
    refused = talking.do("speech", {"text": text})
    assert refused.status_code == 400
    assert refused.json()["message"]
    assert agent.heard("prompt") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"text=hello"])
def test_a_body_that_is_no_object_is_refused(talking: Person, body: bytes) -> None:
    refused = requests.post(
        f"{talking.url}/sandbox/calls/{talking.sid}/speech", data=body, auth=(SID, TOKEN), timeout=5
    )
    assert refused.status_code == 400


def test_as_much_as_may_be_said_at_once_is_said(talking: Person, agent: Agent) -> None:
    assert talking.says("é" * 1000).status_code == 200
    assert agent.wait("prompt")["voicePrompt"] == "é" * 1000


@pytest.mark.parametrize("keys", ["", "x", "1" * 33, "1 2", "١", 1, None], ids=ascii)
def test_what_is_no_key_is_refused(talking: Person, keys: Any) -> None:
    assert talking.do("keys", {"keys": keys}).status_code == 400


# Time


def test_a_person_draws_breath_when_the_agent_has_spoken(talking: Person, agent: Agent) -> None:
    agent.wait_told("clientSpeaking", "on")
    talking.says("Hello?")
    agent.wait("prompt")
    assert agent.told("clientSpeaking") == ["on", "off"]


def test_who_types_is_about_to_speak_while_the_agent_does(talking: Person, agent: Agent) -> None:
    talking.says("Hello?")
    agent.says(LONG)
    wait_until(lambda: talking.state["agentSpeaks"])
    talking.do("typing")
    agent.wait_told("clientSpeaking", "on")
    assert agent.heard("interrupt") == []


@contextmanager
def hasty(agent: Agent, seconds: float = 1800.0) -> Iterator[Typist]:
    """A person for whom all time passes a hundred times as fast, talking on a line of their own."""
    typist, clock = Typist(), Clock(100.0)
    typist.does(Answers())
    assert typist.pick_up(1) is None
    ws = WebSocket(f"{agent.url.replace('http', 'ws')}/relay")
    until = clock.now() + seconds
    connect = ConnectRelay("", GREETING, "", frozenset({"speaker-events", "tokens-played"}))
    phone = TypedPhone(ws, typist, connect, clock, clock, lambda: until - clock.now())
    threading.Thread(target=phone.talk, args=({},), daemon=True).start()
    yield typist
    ws.close()


@pytest.fixture
def attentive(agent: Agent) -> Iterator[None]:
    """Somebody who hears the agent, and does nothing."""
    with hasty(agent):
        yield


@pytest.mark.usefixtures("attentive")
def test_breath_is_let_go_when_nothing_is_said(agent: Agent) -> None:
    wait_until(lambda: agent.told("clientSpeaking") == ["on", "off"], seconds=PATIENCE_SECONDS)


@pytest.mark.usefixtures("attentive")
def test_who_does_nothing_is_not_waited_for_again(agent: Agent) -> None:
    wait_until(lambda: agent.told("clientSpeaking") == ["on", "off"])
    agent.says("Are you still there?")
    wait_until(lambda: agent.told("agentSpeaking") == ["on", "off", "on", "off"])
    with pytest.raises(TimeoutError):
        wait_until(lambda: agent.told("clientSpeaking") != ["on", "off"], seconds=0.3)


def test_a_call_lasts_as_long_as_it_may(agent: Agent) -> None:
    with hasty(agent, seconds=20.0) as typist:
        wait_until(lambda: typist.stage == "over")


# The end


def test_who_hangs_up_ends_the_call(talking: Person, agent: Agent) -> None:
    assert talking.do("hang-up").json()["stage"] == "over"
    wait_until(lambda: agent.statuses[-1:] == ["completed"])
    assert agent.actions[0]["SessionStatus"] == "completed"
    assert talking.says("Hello?").status_code == 409


def test_the_agent_may_end_the_call_while_somebody_types(talking: Person, agent: Agent) -> None:
    talking.do("typing")
    agent.ends()
    wait_until(lambda: talking.state["stage"] == "over")
    refused = talking.says("Wait, I")
    assert (refused.status_code, refused.json()["message"]) == (409, "The call has ended.")
    wait_until(lambda: agent.statuses[-1:] == ["completed"])
    assert agent.actions[0]["SessionStatus"] == "ended"


def test_the_hub_may_hang_up_while_somebody_types(talking: Person, agent: Agent) -> None:
    talking.do("typing")
    talking.hang_up_by_the_hub()
    wait_until(lambda: agent.statuses[-1:] == ["completed"])
    assert talking.do("typing").status_code == 409


def test_after_the_end_nothing_can_be_done(person: Person, agent: Agent) -> None:
    person.do("decline")
    wait_until(lambda: agent.statuses[-1:] == ["busy"])
    for what in ("answer", "decline", "typing", "hang-up"):
        assert person.do(what).status_code == 409


# Who may


def test_nobody_types_for_somebody_of_the_sandbox(url: str, agent: Agent) -> None:
    assert Person(url, agent, to="+15550100009").says("Hello?").status_code == 404


def test_a_call_in_which_somebody_types_outlasts_all_that_come_and_go() -> None:
    sandbox = create_sandbox(SandboxOptions(SID, TOKEN, speed=1000.0)).test_client()
    address, who = f"/2010-04-01/Accounts/{SID}/Calls.json", (SID, TOKEN)
    form = {"From": "+15550100100", "Url": "http://127.0.0.1:1"}
    [typed, busy] = [
        sandbox.post(address, data=form | {"To": to}, auth=who).get_json()["sid"] for to in (YOU, "+15550100002")
    ]
    for _ in range(KEPT):
        sandbox.post(address, data=form | {"To": "+15550100002"}, auth=who)
    assert sandbox.post(f"/sandbox/calls/{typed}/decline", auth=who).status_code == 200
    known = f"/2010-04-01/Accounts/{SID}/Calls/{busy}.json"
    assert sandbox.get(known, auth=who).status_code == 404


def test_an_unknown_call_is_not_found(person: Person) -> None:
    person.sid = "CA" + "0" * 32
    assert person.do("answer").status_code == 404


@pytest.mark.parametrize("auth", [None, (SID, "wrong"), ("AC" + "0" * 32, TOKEN)])
def test_only_the_hub_may_do_what_a_person_does(person: Person, auth: tuple[str, str] | None) -> None:
    address = f"{person.url}/sandbox/calls/{person.sid}"
    assert requests.get(address, auth=auth, timeout=5).status_code == 401
    assert requests.post(f"{address}/answer", auth=auth, timeout=5).status_code == 401
    assert person.state["stage"] == "rings"
