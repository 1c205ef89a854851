"""Frames of ConversationRelay, as they stand on the wire."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.carriers import relay

# Frames with the fields that live calls carry.
SETUP = {
    "type": "setup",
    "sessionId": "VX00000000000000000000000000000001",
    "accountSid": "AC00000000000000000000000000000001",
    "parentCallSid": "",
    "callSid": "CA00000000000000000000000000000001",
    "from": "+15550100100",
    "to": "+15550100001",
    "forwardedFrom": "",
    "callType": "PSTN",
    "callerName": "",
    "direction": "outbound-api",
    "callStatus": "RINGING",
    "customParameters": {},
}


@pytest.mark.parametrize(
    ("frame", "parsed"),
    [
        (SETUP, relay.Setup(SETUP["sessionId"], SETUP["accountSid"], SETUP["callSid"])),  # type: ignore[arg-type]
        (
            {"type": "prompt", "voicePrompt": "Who is calling?", "lang": "en-US", "last": True},
            relay.Prompt("Who is calling?", last=True),
        ),
        ({"type": "prompt", "voicePrompt": "Who", "lang": "en-US", "last": False}, relay.Prompt("Who", last=False)),
        ({"type": "prompt", "voicePrompt": "Who?"}, relay.Prompt("Who?", last=True)),
        (
            {"type": "interrupt", "utteranceUntilInterrupt": "I am", "durationUntilInterruptMs": 460},
            relay.Interrupt("I am"),
        ),
        (
            {"type": "interrupt", "utteranceUntilInterrupt": "I am", "durationUntilInterruptMs": "460"},
            relay.Interrupt("I am"),
        ),
        ({"type": "dtmf", "digit": "#"}, relay.Dtmf("#")),
        ({"type": "info", "name": "tokensPlayed", "value": "Hello,"}, relay.Info("tokensPlayed", "Hello,")),
        ({"type": "info", "name": "roundTripDelayMs", "value": 120}, relay.Info("roundTripDelayMs", "120")),
        ({"type": "info", "name": "agentSpeaking", "value": "off"}, relay.Info("agentSpeaking", "off")),
        ({"type": "error", "description": "Invalid message received"}, relay.Problem("Invalid message received")),
    ],
    ids=str,
)
def test_a_frame_is_read(frame: dict[str, Any], parsed: relay.Frame) -> None:
    assert relay.parse(json.dumps(frame)) == parsed
    assert relay.parse(json.dumps(frame).encode()) == parsed


def test_a_kind_that_is_newer_than_we_are_is_passed_over() -> None:
    assert relay.parse('{"type":"weather","sun":true}') is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "null",
        "[]",
        "{}",
        b"\xff\xfe",
        '{"type":"prompt"}',
        '{"type":"prompt","voicePrompt":null}',
        '{"type":"prompt","voicePrompt":{"a":1}}',
        '{"type":"setup","callSid":"CA1"}',
        '{"type":"setup","sessionId":1,"accountSid":2,"callSid":3}',
        '{"type":"dtmf","digit":""}',
        '{"type":"dtmf","digit":"12"}',
        '{"type":"dtmf","digit":"x"}',
        "[" * 60_000,
        '{"type":"info","name":"a","value":' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"type":"prompt","voicePrompt":"' + "a" * relay.MAX_FRAME + '"}',
    ],
    ids=lambda text: str(text)[:40],
)
def test_a_malformed_frame_is_refused(text: str | bytes) -> None:
    with pytest.raises(relay.MalformedFrame):
        relay.parse(text)


def test_what_postgresql_cannot_hold_is_left_out_of_a_prompt() -> None:
    assert relay.parse(r'{"type":"prompt","voicePrompt":"a\u0000b\ud800c é"}') == relay.Prompt("ab?c é", last=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(["setup", "prompt", "interrupt", "dtmf", "info", "error", "end"])
names = st.sampled_from(
    ["voicePrompt", "last", "utteranceUntilInterrupt", "digit", "name", "value", "description", "sessionId", "callSid"]
)
frames = st.builds(
    lambda kind, fields: json.dumps({**fields, "type": kind}), kinds | json_values, st.dictionaries(names, json_values)
)


@given(st.text() | st.binary() | json_values.map(json.dumps) | frames)
def test_whatever_comes_is_a_frame_or_malformed(text: str | bytes) -> None:
    try:
        frame = relay.parse(text)
    except relay.MalformedFrame:
        return
    assert frame is None or isinstance(frame, relay.Frame)


@given(st.text(st.characters(), max_size=200))
def test_every_text_of_a_frame_can_be_stored(text: str) -> None:
    frame = relay.parse(json.dumps({"type": "prompt", "voicePrompt": text}))
    assert isinstance(frame, relay.Prompt)
    assert b"\x00" not in frame.text.encode()


@given(st.text())
def test_a_token_is_said_as_it_is(token: str) -> None:
    assert json.loads(relay.say(token)) == {"type": "text", "token": token, "last": False}


def test_an_answer_is_ended_by_an_empty_last_token() -> None:
    assert json.loads(relay.LAST) == {"type": "text", "token": "", "last": True}


def test_keys_are_pressed() -> None:
    assert json.loads(relay.send_digits("1w2#")) == {"type": "sendDigits", "digits": "1w2#"}


def test_the_reason_of_an_end_is_handed_over_as_text() -> None:
    frame = json.loads(relay.end("agent_hangup"))
    assert frame["type"] == "end"
    assert json.loads(frame["handoffData"]) == {"reason": "agent_hangup"}
