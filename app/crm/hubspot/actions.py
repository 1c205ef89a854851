"""A workflow's step that asks for a call: reading it, and answering it.

HubSpot takes a 2xx as an answer, tells a person of a 4xx in the workflow's history alone and goes on without any
output, and asks again after a 429, a 5xx or none. So a step that a person has to mend is answered by a 200 that ends it
as failed, with `error` and `error_code` among the outputs: the workflow can branch on them, and its history shows them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.crm.hubspot.objects import OBJECTS, key_of
from app.crm.hubspot.telling import QUESTIONS, fields_of, refused
from app.crm.platform import ActionAsked, Arrivals, Ending
from app.errors import InvalidRequest
from app.times import now

# How many characters each input may have: those of `schemas/crm.call.create.json`.
LONGEST: Final = {"phone_number": 200, "instructions": 5000, "first_message": 1000, "name": 200} | {
    f"question_{number}": 300 for number in range(1, QUESTIONS + 1)
}
LONGEST_WAIT_MINUTES: Final = 10_080
_USUAL_WAIT_MINUTES: Final = 1440
# How much longer than for our deadline the step waits: our answer at the deadline may have to be tried again.
_GRACE_SECONDS: Final = 900


def act(asked: Any, arrivals: Arrivals) -> dict[str, Any]:
    """Store what a step asks for, and tell it to wait; or tell it at once why there will be no call.

    What a portal asks for whose authorisation was taken back waits too, until it is connected anew. Raises
    InvalidRequest where it is no step of HubSpot's at all.
    """
    if not isinstance(asked, dict) or not isinstance(asked.get("callbackId"), str) or not asked["callbackId"]:
        raise InvalidRequest("This is no request of a workflow's step: it has no callbackId.", field="callbackId")
    connection = arrivals.connection_of(portal_of(asked))
    if connection is None:
        return _answer(refused("This HubSpot portal is not connected. Connect it, and start anew.", "not_connected"))
    try:
        action = action_of(asked)
    except InvalidRequest as wrong:
        return _answer(refused(wrong.message, wrong.code, test=connection.mode == "test"))
    return _wait(arrivals.enrol_action(connection, action))


def portal_of(asked: Mapping[str, Any]) -> str:
    """The id of the portal that a request comes from. Raises InvalidRequest."""
    origin = asked.get("origin")
    portal = origin.get("portalId") if isinstance(origin, dict) else None
    if isinstance(portal, bool) or not isinstance(portal, int | str) or not str(portal):
        raise InvalidRequest("This request does not say which portal it comes from.", field="origin.portalId")
    return str(portal)


def action_of(asked: Mapping[str, Any]) -> ActionAsked:
    """What a step asks for. Raises InvalidRequest with a sentence for the person who built the workflow."""
    object, record_id = _record_of(asked)
    texts = _texts(asked.get("inputFields") or asked.get("fields") or {})
    return ActionAsked(
        key=asked["callbackId"],
        object=object,
        record_id=record_id,
        number=_number(texts, object),
        instructions=_needed(texts, "instructions", "instructions_missing", "no instructions"),
        first_message=_bounded(texts, "first_message"),
        name=_bounded(texts, "name"),
        country=_country(texts.get("country", "")),
        questions=_questions(texts),
        wait_seconds=_wait_minutes(texts.get("longest_wait_minutes", "")) * 60,
    )


def _record_of(asked: Mapping[str, Any]) -> tuple[str, str]:
    enrolled = asked.get("object")
    enrolled = enrolled if isinstance(enrolled, dict) else {}
    object, record_id = key_of(enrolled.get("objectType")), enrolled.get("objectId")
    if object is None or isinstance(record_id, bool) or not isinstance(record_id, int | str) or not str(record_id):
        raise InvalidRequest("Calls are about contacts, companies, deals and tickets.", code="object_unsupported")
    return object, str(record_id)


def _texts(fields: Any) -> dict[str, str]:
    """The inputs as texts: HubSpot sends numbers as numbers or as texts, and null for what was left out."""
    if not isinstance(fields, dict):
        raise InvalidRequest("The step's inputs cannot be read.", code="invalid_input")
    return {
        name: str(value).strip()
        for name, value in fields.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _needed(texts: Mapping[str, str], name: str, code: str, lack: str) -> str:
    if not texts.get(name):
        raise InvalidRequest(f"The step has {lack}.", code=code)
    return _bounded(texts, name)


def _number(texts: Mapping[str, str], object: str) -> str:
    """The number to call. A deal or a ticket seldom has one: left empty, it is that of its contact."""
    if OBJECTS[object].person:
        return _needed(texts, "phone_number", "number_missing", "no phone number: the record may have none")
    return _bounded(texts, "phone_number")


def _bounded(texts: Mapping[str, str], name: str) -> str:
    text = texts.get(name, "")
    if len(text) > LONGEST[name]:
        said = name.replace("_", " ").capitalize()
        raise InvalidRequest(f"{said} may have {LONGEST[name]:,} characters at most.", code="input_too_long")
    return text


def _questions(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The questions, each in its place; those after the last are left out."""
    asked = [_bounded(texts, f"question_{number}") for number in range(1, QUESTIONS + 1)]
    while asked and not asked[-1]:
        asked.pop()
    return tuple(asked)


def _country(text: str) -> str:
    country = text.upper()
    if not re.fullmatch(r"([A-Z]{2})?", country):
        raise InvalidRequest("Country is a code of two letters, such as US or DE.", code="country_invalid")
    return country


def _wait_minutes(text: str) -> int:
    if not text:
        return _USUAL_WAIT_MINUTES
    minutes = int(float(text)) if re.fullmatch(r"[0-9]{1,9}(\.0+)?", text) else 0
    if not 1 <= minutes <= LONGEST_WAIT_MINUTES:
        raise InvalidRequest(
            f"Longest wait is a whole number of minutes from 1 to {LONGEST_WAIT_MINUTES:,}.", code="wait_invalid"
        )
    return minutes


def _wait(deadline: datetime) -> dict[str, Any]:
    seconds = max(0, int((deadline - now()).total_seconds())) + _GRACE_SECONDS
    return {"outputFields": {"hs_execution_state": "BLOCK", "hs_expiration_duration": f"PT{seconds}S"}}


def _answer(ending: Ending) -> dict[str, Any]:
    return {"outputFields": fields_of(ending)}
