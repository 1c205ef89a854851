"""The keyboard of who answers by typing: an extension of ours beside the carrier's REST API, with the same sign-in.

`/sandbox/calls/<sid>` tells how far the call is; below it `/answer`, `/decline`, `/typing`, `/speech` with `text`,
`/keys` with `keys` and `/hang-up` do what a person does at a phone.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, jsonify, request

from app.sandbox.answers import Answer, authenticated, refused
from app.sandbox.options import SandboxOptions
from app.sandbox.typist import Act, Answers, Declines, HangsUp, NotNow, Presses, TooMuch, Types, Typist, Utters

MAX_TEXT: Final = 1000
_KEYS: Final = re.compile("[0-9*#A-D]{1,32}")
# what is no character of a text: controls but white space, and halves of surrogate pairs
_NO_TEXT: Final = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")


class _Unusable(Exception):
    """What was sent cannot be said or pressed; the message says why."""


def keyboard(options: SandboxOptions, typist_of: Callable[[str], Typist | None]) -> Blueprint:
    """The routes; `typist_of` finds who types in a call."""
    routes = Blueprint("keyboard", __name__, url_prefix="/sandbox/calls/<sid>")

    @routes.before_request
    def authenticate() -> Answer | None:
        return None if authenticated(options) else refused(401, 20003, "Authenticate")

    @routes.get("")
    def show(sid: str) -> Answer:
        typist = typist_of(sid)
        return _unknown() if typist is None else _told(typist)

    @routes.post("/<any(answer, decline, typing, speech, keys, 'hang-up'):what>")
    def do(sid: str, what: str) -> Answer:
        typist = typist_of(sid)
        if typist is None:
            return _unknown()
        try:
            typist.does(_ACTS[what](request.get_json(silent=True)))
        except _Unusable as unusable:
            return refused(400, 20001, str(unusable))
        except NotNow as not_now:
            return refused(409, 20409, str(not_now))
        except TooMuch as too_much:
            return refused(429, 20429, str(too_much))
        return _told(typist)

    return routes


def _told(typist: Typist) -> Answer:
    return jsonify({"stage": typist.stage, "agentSpeaks": typist.agent_speaks}), 200


def _unknown() -> Answer:
    return refused(404, 20404, "There is no such call, or nobody types in it.")


def _utters(body: Any) -> Utters:
    text = " ".join(_field(body, "text").split())
    if not text:
        raise _Unusable("Say something.")
    if len(text) > MAX_TEXT:
        raise _Unusable(f"At most {MAX_TEXT:,} characters at once.")
    if _NO_TEXT.search(text):
        raise _Unusable("A character among it cannot be said.")
    return Utters(text)


def _presses(body: Any) -> Presses:
    keys = _field(body, "keys")
    if not _KEYS.fullmatch(keys):
        raise _Unusable("Keys are digits, * and #, up to 32 of them.")
    return Presses(keys)


def _field(body: Any, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise _Unusable(f"{name} is missing, or no text.")
    return value


_ACTS: Final[dict[str, Callable[[Any], Act]]] = {
    "answer": lambda _: Answers(),
    "decline": lambda _: Declines(),
    "typing": lambda _: Types(),
    "hang-up": lambda _: HangsUp(),
    "speech": _utters,
    "keys": _presses,
}
