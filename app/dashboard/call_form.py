"""The form that places a call: what it shows at first and what was typed into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.calls.numbers import bare
from app.calls.requests import CallRequest
from app.config import MODES, Mode, mode_of
from app.dashboard.times import moment
from app.errors import InvalidRequest
from app.models.account import Account
from app.models.call import Call
from app.text import storable

# As `schemas/call.create.json` has them.
LONGEST: Final = {"instructions": 5000, "firstMessage": 1000, "name": 200}

_LABELS: Final = {"instructions": "The instructions", "firstMessage": "The first message", "name": "The name"}


def filled_in(call: Call | None) -> dict[str, str]:
    """What the fields hold at first: those of the call that is to be made again, if there is one."""
    if call is None:
        return {}
    return {
        "phoneNumber": call.to_number,
        "name": call.name or "",
        "instructions": call.instructions,
        "firstMessage": call.first_message or "",
        "mode": call.mode,
    }


def read(form: Mapping[str, str]) -> tuple[Mode, CallRequest]:
    """What was asked for. Raises InvalidRequest, which blames a field."""
    mode = form.get("mode", "")
    if mode not in MODES:
        raise InvalidRequest("Choose a test call or a live call.", field="mode")
    instructions = _text(form, "instructions")
    if not instructions:
        raise InvalidRequest("Say what the agent is to achieve.", field="instructions")
    return mode_of(mode), CallRequest(
        phone_number=bare(form.get("phoneNumber", "")),
        instructions=instructions,
        first_message=_text(form, "firstMessage"),
        call_at=moment(form.get("callAt", ""), "callAt"),
        name=_text(form, "name"),
    )


@dataclass(frozen=True, slots=True)
class Need:
    """Something that live calls need: what it is, whether it is there, and where to go for it."""

    text: str
    met: bool
    path: str = ""
    link: str = ""


def needs(account: Account, live_ready: bool, hold_cents: int) -> list[Need]:
    """What a live call needs, in the order in which a person would see to it; `hold_cents` is the first minute."""
    return [
        Need("The calling terms are accepted", account.terms_accepted_at is not None, "/settings/profile", "Read them"),
        Need("It is said on whose behalf you call", account.caller_name is not None, "/settings/profile", "Say it"),
        Need(
            "The balance covers the first minute",
            account.unmetered or account.available >= hold_cents,
            "/usage",
            "Top up",
        ),
        Need("The operator of this hub has set up a carrier and a model", live_ready),
        *([Need("The account is not paused", False)] if account.paused_at else []),
    ]


def _text(form: Mapping[str, str], name: str) -> str | None:
    """None for an empty field. Browsers end lines with CR and LF; a line is one character here."""
    text = storable(form.get(name, "").replace("\r\n", "\n")).strip()
    if len(text) > LONGEST[name]:
        raise InvalidRequest(
            f"{_LABELS[name]} may have {LONGEST[name]:,} characters; these are {len(text):,}.", field=name
        )
    return text or None
