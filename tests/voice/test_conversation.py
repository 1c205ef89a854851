"""The engine of a conversation, with a scripted model and the frames it sends."""

import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.calls.ports import ModelFailed
from app.carriers.relay import Dtmf, Frame, Info, Interrupt, Prompt
from app.llm.messages import Message, Tool, ToolCall
from app.voice.conversation import ANSWERS_AT_ONCE, MAX_KEYS, Conversation
from app.voice.means import Means
from app.voice.pacing import Pacing
from app.voice.prompt import APOLOGY, MONEY_GOODBYE, NEVER_AGAIN, SILENT_GOODBYE, STILL_THERE, TIME_GOODBYE
from app.voice.transcript import Transcript
from app.voice.turns import Written
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

    def ending(self, reason: str, within: float) -> None:
        self.endings.append(reason)
        self.within = within

    def turn_begun(self, seconds: float) -> None:
        assert seconds >= 0


class Talk:
    """A conversation under test: `say` for the callee, `spoken` for what the agent's frames say."""

    def __init__(
        self,
        model: ScriptedModel,
        line: Line | None = None,
        start: Callable[[Callable[[], None]], object] | None = None,
        **pace: float,
    ) -> None:
        self.line, self.frames = line or Line(), list[dict[str, object]]()
        self.written = list[Written]()
        self.transcript = Transcript(uuid4(), self.written.append)
        given = {"speed": 1.0, "silence_seconds": 20.0, "max_seconds": 600.0} | pace
        start = start or ThreadPoolExecutor(4).submit
        means = Means(model, self.line, lambda frame: self.frames.append(json.loads(frame)), start)
        pacing = Pacing(time.monotonic(), **given)
        self.conversation = Conversation("System.", "Hello!", self.transcript, pacing, means)

    def say(self, text: str) -> None:
        self.conversation.hear(Prompt(text, last=True))

    def press(self, key: str) -> None:
        self.conversation.hear(Dtmf(key))

    def told(self, name: str, value: str) -> None:
        self.conversation.hear(Info(name, value))

    @property
    def spoken(self) -> str:
        return "".join(str(frame["token"]) for frame in self.frames if frame["type"] == "text")

    @property
    def cut(self) -> list[str | None]:
        """What was written as interrupted."""
        return [turn.text for turn in self.written if turn.interrupted]

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


def test_keys_that_are_pressed_in_one_go_are_one_turn_of_the_callee() -> None:
    model = ScriptedModel(["Thank you."])
    talk = Talk(model, speed=20.0)
    for key in "1234#":
        talk.press(key)
    talk.tick_until(lambda: "Thank you." in talk.spoken)
    talk.settle()
    assert talk.turns[1:] == [("human", "(pressed 1234#)"), ("agent", "Thank you.")]
    assert len(model.asked) == 1


def test_keys_wait_for_the_next_one() -> None:
    model = ScriptedModel()
    talk = Talk(model)
    talk.press("1")
    talk.conversation.tick()
    assert (talk.turns[1:], model.asked) == ([], [])


def test_keys_and_words_together_get_one_answer() -> None:
    model = ScriptedModel(["Fine."])
    talk = Talk(model)
    talk.press("7")
    talk.say("That was my PIN.")
    talk.settle()
    assert talk.turns[1:3] == [("human", "(pressed 7)"), ("human", "That was my PIN.")]
    assert len(model.asked) == 1


def test_of_a_flood_of_keys_as_many_are_kept_as_anybody_dials() -> None:
    talk = Talk(ScriptedModel())
    for _ in range(1000):
        talk.press("9")
    talk.conversation.hung_up()
    assert talk.turns[-1] == ("human", f"(pressed {'9' * MAX_KEYS})")


def test_however_fast_prompts_come_few_requests_wait_for_the_model_and_the_last_prompt_is_answered() -> None:
    release = threading.Event()
    model = ScriptedModel(*([lambda: release.wait(5), "Old."] for _ in range(ANSWERS_AT_ONCE)), ["New."])
    talk = Talk(model)
    for number in range(20):
        talk.say(f"{number}?")
        wait_until(lambda: len(model.asked) == ANSWERS_AT_ONCE or number == len(model.asked) - 1)  # noqa: B023
    release.set()
    talk.settle()
    assert talk.spoken == "New."
    assert (len(model.asked), model.asked[-1][-1]["content"].split()[-1]) == (ANSWERS_AT_ONCE + 1, "19?")


def test_an_answer_that_is_no_longer_wanted_is_not_asked_for() -> None:
    model, waiting = ScriptedModel(["New."]), list[Callable[[], None]]()
    talk = Talk(model, start=waiting.append)
    talk.say("First")
    talk.say("Second")
    for work in waiting:
        work()
    assert (len(model.asked), talk.spoken) == (1, "New.")


def test_a_call_that_is_gone_asks_the_model_nothing() -> None:
    model, waiting = ScriptedModel(), list[Callable[[], None]]()
    talk = Talk(model, start=waiting.append)
    talk.say("Hello?")
    talk.conversation.hung_up()
    for work in waiting:
        work()
    assert model.asked == []


def test_a_prompt_without_words_is_not_answered() -> None:
    model = ScriptedModel()
    talk = Talk(model)
    talk.say(" ")
    assert (talk.turns, model.asked) == ([("agent", "Hello!")], [])


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


# What was heard


def test_what_the_callee_spoke_over_is_written_as_interrupted() -> None:
    talk = Talk(ScriptedModel(["I would never say this."]))
    talk.say("Go on.")
    talk.settle()
    assert talk.cut == []
    talk.conversation.hear(Interrupt("I would"))
    assert talk.cut == ["I would"]


def test_what_a_hangup_cut_is_written_as_interrupted() -> None:
    talk = Talk(ScriptedModel(["One two three four."]))
    talk.say("Count.")
    talk.settle()
    talk.told("tokensPlayed", "One two")
    talk.conversation.hung_up()
    assert talk.cut == ["One two"]


def test_what_was_heard_to_its_end_before_a_hangup_is_not_interrupted() -> None:
    talk = Talk(ScriptedModel(["One two three four."]))
    talk.say("Count.")
    talk.settle()
    talk.told("tokensPlayed", "One two three four.")
    talk.conversation.hung_up()
    assert talk.cut == []


def test_what_was_played_while_the_answer_was_still_made_counts_too() -> None:
    going, played = threading.Event(), threading.Event()
    talk = Talk(ScriptedModel(["One", going.set, lambda: played.wait(5), " two three four."]))
    talk.say("Count.")
    assert going.wait(5)
    talk.told("tokensPlayed", "One")
    played.set()
    talk.settle()
    talk.told("tokensPlayed", " two")
    talk.conversation.hung_up()
    assert talk.turns[-1] == ("agent", "One two")


def test_a_hangup_after_an_interrupt_leaves_what_was_heard() -> None:
    talk = Talk(ScriptedModel(["I would never say this."]))
    talk.say("Go on.")
    talk.settle()
    talk.told("tokensPlayed", "I would never say this.")
    talk.conversation.hear(Interrupt("I would"))
    talk.conversation.hung_up()
    assert talk.turns[-1] == ("agent", "I would")


def test_of_the_words_before_pressed_keys_stays_what_was_heard() -> None:
    talk = Talk(ScriptedModel(["One moment please.", ToolCall("press_keys", {"keys": "1"})]))
    talk.say("Press 1 for sales.")
    wait_until(lambda: len(talk.turns) == 4)
    talk.conversation.hear(Interrupt("One"))
    assert talk.turns[2:] == [("agent", "One"), ("agent", "(pressed 1)")]


def test_the_callees_last_words_do_not_lengthen_what_was_heard_of_the_agent() -> None:
    talk = Talk(ScriptedModel(["One two three four."]))
    talk.say("Count.")
    talk.settle()
    talk.told("tokensPlayed", "One two")
    talk.conversation.hear(Prompt("Sorry, I", last=False))
    talk.conversation.hung_up()
    assert talk.turns[2:] == [("agent", "One two"), ("human", "Sorry, I")]


# Silence


@pytest.mark.parametrize(
    "frames",
    [
        [Interrupt("Hel")],
        [Info("clientSpeaking", "on"), Interrupt("Hel"), Info("clientSpeaking", "off")],
        [Info("agentSpeaking", "off"), Info("clientSpeaking", "on"), Info("clientSpeaking", "off")],
        [Prompt("", last=True)],
        [Prompt("Uh", last=False)],
    ],
    ids=["interrupt", "cough into the greeting", "cough", "no words", "half a word"],
)
def test_a_sound_from_which_nothing_comes_does_not_keep_the_call_open(frames: list[Frame]) -> None:
    talk = Talk(ScriptedModel(), silence_seconds=0.4, speed=10.0)
    for frame in frames:
        talk.conversation.hear(frame)
    talk.tick_until(lambda: talk.line.endings == ["silence"])


def test_who_speaks_for_long_is_not_silent() -> None:
    talk = Talk(ScriptedModel(), silence_seconds=0.01, speed=10.0)
    for frame in (Info("clientSpeaking", "on"), Interrupt("Hel"), Info("agentSpeaking", "off")):
        talk.conversation.hear(frame)
    time.sleep(0.05)
    talk.conversation.tick()
    assert (talk.spoken, talk.line.endings) == ("", [])


@pytest.mark.parametrize("tool", [ToolCall("press_keys", {"keys": "wow"}), ToolCall("transfer")])
def test_an_answer_from_which_nothing_comes_does_not_keep_the_call_open(tool: ToolCall) -> None:
    talk = Talk(ScriptedModel([tool]), silence_seconds=0.4, speed=10.0)
    talk.say("Press 1 for sales.")
    talk.tick_until(lambda: talk.line.endings == ["silence"])


# The end


def test_the_end_of_earlier_words_is_not_the_end_of_the_goodbye() -> None:
    talk = Talk(ScriptedModel())
    talk.told("agentSpeaking", "on")
    talk.conversation.end("max_duration", TIME_GOODBYE)
    talk.told("tokensPlayed", "Hello!")
    talk.told("agentSpeaking", "off")
    talk.conversation.tick()
    assert talk.ended == []
    talk.told("agentSpeaking", "on")
    talk.told("tokensPlayed", TIME_GOODBYE)
    talk.told("agentSpeaking", "off")
    talk.tick_until(lambda: bool(talk.ended))


def test_an_interrupted_answer_does_not_put_off_the_end() -> None:
    talk = Talk(ScriptedModel(["word " * 1000]))
    talk.say("Go on.")
    talk.settle()
    talk.conversation.hear(Interrupt("word"))
    talk.conversation.end("max_duration", TIME_GOODBYE)
    assert talk.line.within < 30


def test_the_hub_hangs_up_later_when_the_goodbye_is_long() -> None:
    talk = Talk(ScriptedModel())
    talk.conversation.end("agent_hangup", "word " * 200)
    assert talk.line.within > 60


def test_a_call_that_is_gone_needs_no_end() -> None:
    talk = Talk(ScriptedModel())
    talk.conversation.hung_up()
    talk.conversation.end("insufficient_balance", MONEY_GOODBYE)
    assert (talk.line.endings, talk.frames) == ([], [])


def test_the_callee_is_heard_while_the_money_is_asked_for() -> None:
    class SlowLine(Line):
        def extend_hold(self, seconds: int) -> bool:
            asked.set()
            return paid.wait(5)

    asked, paid = threading.Event(), threading.Event()
    talk = Talk(ScriptedModel(["Yes."]), SlowLine(), speed=1000.0, silence_seconds=9e9)
    talk.tick_until(asked.is_set)
    talk.say("Are you open?")
    talk.settle()
    paid.set()
    assert talk.spoken == "Yes."
