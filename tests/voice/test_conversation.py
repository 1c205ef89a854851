"""The engine of a conversation, with a scripted model and the frames it sends."""

import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.calls.ports import ModelFailed
from app.carriers.relay import Dtmf, Info, Interrupt, Prompt
from app.llm.messages import Message, Tool, ToolCall
from app.voice.conversation import Conversation, Means
from app.voice.pacing import Pacing
from app.voice.prompt import APOLOGY, MONEY_GOODBYE, NEVER_AGAIN, SILENT_GOODBYE, STILL_THERE
from app.voice.transcript import Transcript
from tests.hub import wait_until

Piece = str | ToolCall | Exception | Callable[[], None]


class ScriptedModel:
    """Each answer is a list of pieces: text, a tool, a failure, or something to wait for."""

    def __init__(self, *answers: Sequence[Piece]) -> None:
        self.answers = list(answers)
        self.asked: list[Sequence[Message]] = []

    def answer(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> Generator[str | ToolCall, None, None]:
        self.asked.append(messages)
        for piece in self.answers.pop(0):
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, str | ToolCall):
                yield piece
            else:
                piece()


class Line:
    """What the conversation asked of the hub."""

    def __init__(self, paid_minutes: int = 99) -> None:
        self.paid_minutes = paid_minutes
        self.endings: list[str] = []
        self.listed = 0

    def extend_hold(self, seconds: int) -> bool:
        return seconds <= self.paid_minutes * 60

    def do_not_call(self) -> None:
        self.listed += 1

    def ending(self, reason: str) -> None:
        self.endings.append(reason)

    def turn_begun(self, seconds: float) -> None:
        assert seconds >= 0


class Talk:
    """A conversation under test: `say` for the callee, `spoken` for what the agent's frames say."""

    def __init__(self, model: ScriptedModel, line: Line | None = None, **pace: float) -> None:
        self.line, self.frames = line or Line(), list[dict[str, object]]()
        self.pool = ThreadPoolExecutor(4)
        self.transcript = Transcript(uuid4(), lambda turn: None)
        given = {"speed": 1.0, "silence_seconds": 20.0, "max_seconds": 600.0} | pace
        means = Means(model, self.line, lambda frame: self.frames.append(json.loads(frame)), self.pool.submit)
        pacing = Pacing(time.monotonic(), **given)
        self.conversation = Conversation("System.", "Hello!", self.transcript, pacing, means)

    def say(self, text: str) -> None:
        self.conversation.hear(Prompt(text, last=True))

    @property
    def spoken(self) -> str:
        return "".join(str(frame["token"]) for frame in self.frames if frame["type"] == "text")

    @property
    def turns(self) -> list[tuple[str, str]]:
        return [(turn.role, turn.text) for turn in self.transcript.turns]

    def settle(self, answers: int = 1) -> None:
        """Wait until so many answers are complete."""
        wait_until(lambda: sum(frame.get("last") is True for frame in self.frames) >= answers)

    def tick_until(self, so: Callable[[], bool]) -> None:
        def look() -> bool:
            self.conversation.tick()
            return so()

        wait_until(look)

    @property
    def ended(self) -> list[object]:
        return [frame for frame in self.frames if frame["type"] == "end"]


def test_an_answer_is_spoken_and_kept() -> None:
    talk = Talk(ScriptedModel(["We", " open", " at", " ten."]))
    talk.say("When?")
    talk.settle()
    assert talk.spoken == "We open at ten."
    assert talk.turns == [("agent", "Hello!"), ("human", "When?"), ("agent", "We open at ten.")]


def test_the_model_hears_all_that_was_said() -> None:
    model = ScriptedModel(["Yes."], ["No."])
    talk = Talk(model)
    talk.say("One?")
    talk.settle(1)
    talk.say("Two?")
    talk.settle(2)
    assert [message["content"] for message in model.asked[1]] == ["System.", "Hello!", "One?", "Yes.", "Two?"]


def test_an_interrupt_drops_the_late_tokens_and_keeps_what_was_heard() -> None:
    going, interrupted = threading.Event(), threading.Event()
    talk = Talk(ScriptedModel(["I would", going.set, lambda: interrupted.wait(5), " never say this."], ["Sure."]))
    talk.say("Go on.")
    assert going.wait(5)
    talk.conversation.hear(Interrupt("I"))
    talk.say("Stop!")
    interrupted.set()
    talk.settle(1)
    assert "never" not in talk.spoken
    assert talk.turns[1:] == [("human", "Go on."), ("agent", "I"), ("human", "Stop!"), ("agent", "Sure.")]


def test_of_an_answer_that_nobody_heard_nothing_is_kept() -> None:
    talk = Talk(ScriptedModel(["Never heard."], ["Sure."]))
    talk.say("Yes?")
    talk.settle()
    talk.conversation.hear(Interrupt(""))
    assert talk.turns == [("agent", "Hello!"), ("human", "Yes?")]


def test_only_the_newest_prompt_is_answered() -> None:
    release = threading.Event()
    talk = Talk(ScriptedModel([lambda: release.wait(5), "Old."], ["New."]))
    talk.say("First")
    talk.say("Second")
    release.set()
    talk.settle()
    time.sleep(0.05)
    assert talk.spoken == "New."


def test_a_partial_prompt_waits_for_its_end() -> None:
    talk = Talk(ScriptedModel(["Yes."]))
    talk.conversation.hear(Prompt("Are you", last=False))
    assert talk.turns == [("agent", "Hello!")]
    talk.say("Are you there?")
    talk.settle()
    assert talk.turns[1] == ("human", "Are you there?")


def test_the_last_words_before_a_hangup_are_kept() -> None:
    talk = Talk(ScriptedModel())
    talk.conversation.hear(Prompt("I have to", last=False))
    talk.conversation.hung_up()
    assert talk.turns[-1] == ("human", "I have to")


def test_of_a_turn_cut_by_a_hangup_stays_what_was_played() -> None:
    talk = Talk(ScriptedModel(["One two three four."]))
    talk.say("Count.")
    talk.settle()
    talk.conversation.hear(Info("tokensPlayed", "One two"))
    talk.conversation.hung_up()
    assert talk.turns[-1] == ("agent", "One two")


def test_pressed_keys_are_a_turn_of_the_callee() -> None:
    talk = Talk(ScriptedModel(["Two it is."]))
    talk.conversation.hear(Dtmf("2"))
    talk.settle()
    assert talk.turns[1] == ("human", "(pressed 2)")


def test_keys_are_pressed_in_machines() -> None:
    talk = Talk(ScriptedModel([ToolCall("press_keys", {"keys": "1w2x"})]))
    talk.say("Press 1 for sales.")
    wait_until(lambda: any(frame["type"] == "sendDigits" for frame in talk.frames))
    assert talk.frames[-1] == {"type": "sendDigits", "digits": "1w2"}


def test_the_goodbye_is_heard_before_the_line_drops() -> None:
    talk = Talk(ScriptedModel(["Goodbye!", ToolCall("end_call")]))
    talk.say("That's all.")
    wait_until(lambda: talk.line.endings == ["agent_hangup"])
    talk.conversation.tick()
    assert talk.ended == []
    talk.conversation.hear(Info("agentSpeaking", "off"))
    talk.tick_until(lambda: bool(talk.ended))
    assert talk.conversation.over


def test_without_a_word_of_the_carrier_the_line_drops_after_the_goodbye_must_have_been_heard() -> None:
    talk = Talk(ScriptedModel(["Goodbye!", ToolCall("end_call")]), speed=50.0)
    talk.say("That's all.")
    talk.tick_until(lambda: bool(talk.ended))


def test_a_model_that_forgets_the_goodbye_still_says_one() -> None:
    talk = Talk(ScriptedModel([ToolCall("end_call"), ToolCall("end_call")]))
    talk.say("That's all.")
    wait_until(lambda: talk.line.endings == ["agent_hangup"])
    assert "Goodbye" in talk.spoken


def test_who_asks_never_to_be_called_again_is_listed() -> None:
    talk = Talk(ScriptedModel([ToolCall("do_not_call")]))
    talk.say("Never call me again!")
    wait_until(lambda: talk.line.endings == ["do_not_call"])
    assert (talk.line.listed, talk.spoken) == (1, NEVER_AGAIN)


@pytest.mark.parametrize("pieces", [[ModelFailed("500")], ["Well", ModelFailed("stalled")], []])
def test_a_model_that_fails_gives_an_apology_and_an_orderly_end(pieces: list[Piece]) -> None:
    talk = Talk(ScriptedModel(pieces))
    talk.say("Hello?")
    wait_until(lambda: talk.line.endings == ["model_failed"])
    assert talk.spoken.endswith(APOLOGY)
    talk.conversation.hear(Info("agentSpeaking", "off"))
    talk.tick_until(lambda: bool(talk.ended))


def test_a_bug_of_ours_gives_an_apology_too() -> None:
    talk = Talk(ScriptedModel([ValueError("a bug")]))
    talk.say("Hello?")
    wait_until(lambda: talk.line.endings == ["model_failed"])
    assert talk.spoken.endswith(APOLOGY)


def test_a_silent_callee_is_asked_once_and_then_left() -> None:
    talk = Talk(ScriptedModel(), silence_seconds=0.4, speed=10.0)
    talk.conversation.hear(Info("agentSpeaking", "off"))
    talk.tick_until(lambda: talk.line.endings == ["silence"])
    assert talk.spoken == STILL_THERE + SILENT_GOODBYE


def test_a_call_that_cannot_be_paid_any_longer_ends_with_a_goodbye() -> None:
    talk = Talk(ScriptedModel(), Line(paid_minutes=2), speed=1000.0, silence_seconds=9e9)
    talk.tick_until(lambda: bool(talk.line.endings))
    assert (talk.line.endings, talk.spoken) == (["insufficient_balance"], MONEY_GOODBYE)


def test_the_longest_call_ends() -> None:
    talk = Talk(ScriptedModel(), speed=1000.0, max_seconds=30.0, silence_seconds=9e9)
    talk.tick_until(lambda: talk.line.endings == ["max_duration"])


def test_the_first_reason_to_end_stays() -> None:
    talk = Talk(ScriptedModel())
    talk.conversation.end("silence", "Bye.")
    talk.conversation.end("max_duration", "Bye again.")
    assert (talk.line.endings, talk.spoken) == (["silence"], "Bye.")


def test_what_is_said_into_the_goodbye_is_kept_and_not_answered() -> None:
    talk = Talk(ScriptedModel())
    talk.conversation.end("silence", "Bye.")
    talk.say("Wait!")
    assert talk.turns[-1] == ("human", "Wait!")
