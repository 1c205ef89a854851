"""Refusals as owners read them: verbs name the fields and requests of the API, pages their labels and buttons. Pure."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.errors import AppError

Told = str | Callable[[re.Match[str]], str]

# Fields of the API, wherever a sentence names them. Those that are plain English words are left to `beside`.
_FIELDS: Final[Mapping[str, str]] = {
    "hours.timeZone": "The time zone",
    "hours.days": "The days",
    "hours.from": "The beginning of the hours",
    "hours.to": "The end of the hours",
    "callAt": "The time",
    "calleeName": "The name of the callee",
    "defaultCountry": "The country",
    "firstMessage": "The first message",
    "loginUrl": "The login address",
    "numberProperties": "The number properties",
    "onceWithinSeconds": "The time between calls",
    "phoneNumber": "The phone number",
    "recordId": "The id of the record",
}
# Hours that are not complete, by the field that is missing.
_HOURS: Final[Mapping[str, str]] = {
    "timeZone": "give the time zone",
    "days": "choose the days on which it may call",
    "from": "give the time from which it may call",
    "to": "give the time until which it may call",
}
_BLAMED: Final[Mapping[str, str]] = {"carrier_not_configured": "mode", "call_active": "phoneNumber"}


def _of_hours(found: re.Match[str]) -> str:
    *others, last = (_HOURS[name] for name in found[1].split(", "))
    return f"{', '.join(others)}, and {last}" if others else last


def _of_field(found: re.Match[str]) -> str:
    label = _FIELDS[found[0]]
    return label if found.start() == 0 else label[:1].lower() + label[1:]


# What sentences say of the API, and what pages say instead; in this order.
_WORDS: Final[tuple[tuple[str, Told], ...]] = (
    (r"Set active to true first\.", "Press Enable on its page first."),
    (r", or end it with DELETE /webhooks/:id/old-secret\.", ", or press End the old secret now."),
    (r": PUT /me with acceptTerms true\.", ". You find them on your profile."),
    (r": PUT /me with callerName\.", ". Write it on your profile."),
    (r", or by the link that POST /crm/connections/\{id\}/authorize gives", ""),
    (r" GET /crm/connections lists (yours|them)\.", ""),
    (r"Calls with an sk_test_ key work\.", "Place a test call meanwhile."),
    (r"call it with an sk_test_ key", "make it a test call"),
    (r"set SANDBOX_AUTH_TOKEN and start the sandbox", "set up the sandbox"),
    (
        rf"hours needs ((?:(?:{'|'.join(_HOURS)})(?:, )?)+)\. Leave it out",
        lambda found: f"{_of_hours(found)}. Leave zone and times empty",
    ),
    (r"since can be (\S+) at the earliest", r"choose a time from \1 on"),
    (r"the beginning \(since\)", "the beginning"),
    (r"or omit it to", "or leave it empty to"),
    (r"must be in E\.164 format: a plus and", "must be written with its country: a plus and"),
    (r"^email must be an e-mail address", "This is no e-mail address"),
    (r"^events is empty\. Events are: .*", "Choose at least one event."),
    (r"Leave it out, or name at least one\.", "Name at least one."),
    (r"leave loginUrl out", "leave the login address empty"),
    (r"leave username out", "leave the user name empty"),
    (r"\w+ is not a cursor .*", "This page of the list is not there. Begin with the newest."),
    (r"cursor is not one that .*", "This page of the list is not there. Begin with the newest."),
    ("|".join(rf"\b{re.escape(name)}\b" for name in _FIELDS), _of_field),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """What a page says of an error, and beside which field, if one is to blame."""

    message: str
    field: str | None = None
    code: str = ""
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def in_an_owners_words(error: AppError) -> Refusal:
    """An error as a page tells it."""
    blamed = _BLAMED.get(error.code, error.field)
    return Refusal(spoken(error.message, blamed), blamed, error.code, error.details)


def spoken(message: str, field: str | None = None) -> str:
    """A sentence of a verb as an owner reads it. The name of the `field` at its beginning is left to `beside`."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message if field and message.startswith(f"{field} ") else message[:1].upper() + message[1:]


def beside(refusal: Refusal, field: str, label: str) -> str:
    """What a page says beside this field, by its label there; nothing if another is to blame."""
    if refusal.field != field:
        return ""
    named, _, rest = refusal.message.partition(" ")
    return f"{label} {rest}" if named == field else refusal.message
