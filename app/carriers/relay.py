"""ConversationRelay's frames. Pure: text in, small values out, and the reverse.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

import json
from dataclasses import dataclass
from typing import Final

from app.text import storable

MAX_FRAME: Final = 64 * 1024
KEYS: Final = "0123456789*#ABCD"
LAST: Final = '{"type":"text","token":"","last":true}'


class MalformedFrame(Exception):
    """The frame is not one that the relay sends."""


@dataclass(frozen=True, slots=True)
class Setup:
    session_id: str
    account_sid: str
    call_sid: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the callee said; `last` is False for a part of it."""

    text: str
    last: bool


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The callee spoke over us; `heard` is what we had said aloud until then."""

    heard: str


@dataclass(frozen=True, slots=True)
class Dtmf:
    digit: str


@dataclass(frozen=True, slots=True)
class Info:
    """`agentSpeaking` and `clientSpeaking` turn on and off, `tokensPlayed` repeats what was played."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Problem:
    """The relay could not use a frame of ours."""

    description: str


Frame = Setup | Prompt | Interrupt | Dtmf | Info | Problem


def parse(text: str | bytes) -> Frame | None:
    """A frame, or None for a kind that is newer than we are. Raises MalformedFrame."""
    if len(text) > MAX_FRAME:
        raise MalformedFrame("frame too long")
    try:
        frame = json.loads(text)
        if not isinstance(frame, dict):
            raise MalformedFrame("not an object")
        return _parsed(frame)
    except (ValueError, KeyError, RecursionError) as error:
        raise MalformedFrame(type(error).__name__) from error


def _parsed(frame: dict[str, object]) -> Frame | None:
    kind = frame["type"]
    if kind == "prompt":
        return Prompt(_text(frame, "voicePrompt"), frame.get("last", True) is True)
    if kind == "info":
        return Info(_text(frame, "name"), storable(str(frame.get("value", ""))))
    if kind == "interrupt":
        return Interrupt(_text(frame, "utteranceUntilInterrupt"))
    if kind == "setup":
        return Setup(_text(frame, "sessionId"), _text(frame, "accountSid"), _text(frame, "callSid"))
    if kind == "dtmf":
        return Dtmf(_key(frame))
    if kind == "error":
        return Problem(_text(frame, "description"))
    return None


def _text(frame: dict[str, object], name: str) -> str:
    value = frame[name]
    if not isinstance(value, str):
        raise MalformedFrame(f"{name} is no text")
    return storable(value)


def _key(frame: dict[str, object]) -> str:
    digit = frame["digit"]
    if not isinstance(digit, str) or len(digit) != 1 or digit not in KEYS:
        raise MalformedFrame("digit is no key")
    return digit


def say(token: str) -> str:
    """A part of what the agent says; `LAST` ends it."""
    return '{"type":"text","token":' + json.dumps(token) + ',"last":false}'


def send_digits(digits: str) -> str:
    return json.dumps({"type": "sendDigits", "digits": digits})


def end(reason: str) -> str:
    """End the session; Twilio then asks the action URL what to do with the call."""
    return json.dumps({"type": "end", "handoffData": json.dumps({"reason": reason})})
