"""How a call reads on HubSpot's timeline: its properties and its body. Pure."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from app.crm.platform import CallNote, Ending
from app.times import iso

# The property of HubSpot's calls that holds our call's id: no two calls have the same.
CALL_ID: Final = "mio_call_id"
_BODY_AT_MOST: Final = 65_536
_SUMMARY_AT_MOST: Final = 10_000
_TITLE_AT_MOST: Final = 250

_STATUSES: Final = {
    "completed": "COMPLETED",
    "no-answer": "NO_ANSWER",
    "busy": "BUSY",
    "failed": "FAILED",
    "canceled": "CANCELED",
}
# The outcomes that every portal has, by HubSpot's id for them; the others say nothing about a person.
_DISPOSITIONS: Final = {
    "reached": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "no_answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
}
_OUTCOMES: Final = {
    "reached": "reached",
    "voicemail": "voicemail",
    "no_answer": "no answer",
    "busy": "busy",
    "failed": "failed",
    "canceled": "canceled",
    "refused": "not made",
    "timed_out": "not ended in time",
}
_SPEAKERS: Final = {"agent": "Agent", "human": "Callee"}


def properties_of(note: CallNote) -> dict[str, str]:
    """A call's properties: texts alone, as HubSpot takes them; times ISO 8601, the duration in milliseconds."""
    ending = note.ending
    properties = {
        CALL_ID: str(note.call_id),
        "hs_timestamp": iso(note.started_at) or "",
        "hs_call_title": _title(note),
        "hs_call_body": body_of(note),
        "hs_call_duration": str(ending.duration * 1000),
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": _STATUSES.get(ending.status, "FAILED"),
        "hs_call_disposition": _DISPOSITIONS.get(ending.outcome, ""),
        "hs_call_from_number": note.from_number,
        "hs_call_to_number": note.to_number,
    }
    return {name: text for name, text in properties.items() if text}


def body_of(note: CallNote) -> str:
    """A call in HTML: what came of it, the answers, who said what, and what the agent was to do.

    Everything is escaped, and as many turns are told as there is room for: HubSpot refuses more than 65,536 characters.
    """
    parts = [*_summary(note.ending), *_asked(note)]
    room = _BODY_AT_MOST - sum(map(len, parts)) - 200
    return "".join((*parts, *_conversation(note.turns, room)))


def _title(note: CallNote) -> str:
    whom = note.callee or note.to_number
    return f"AI call to {whom}: {_OUTCOMES[note.ending.outcome]}"[:_TITLE_AT_MOST]


def _summary(ending: Ending) -> Iterator[str]:
    yield f"<p>{_text(ending.summary, _SUMMARY_AT_MOST)}</p>"
    answers = [f"<li>{_text(answer, 2000)}</li>" for answer in ending.answers if answer]
    if answers:
        yield f"<p><strong>Answers</strong></p><ul>{''.join(answers)}</ul>"
    if ending.test:
        yield "<p>A test call: no phone rang.</p>"


def _asked(note: CallNote) -> Iterator[str]:
    if note.instructions:
        yield f"<p><strong>Instructions</strong><br>{_text(note.instructions, 5000)}</p>"


def _conversation(turns: Iterable[tuple[str, str]], room: int) -> Iterator[str]:
    told = [f"<p><strong>{_SPEAKERS.get(role, role)}:</strong> {_text(text, 4000)}</p>" for role, text in turns]
    if told:
        yield "<p><strong>Conversation</strong></p>"
    for number, part in enumerate(told):
        room -= len(part)
        if room < 0:
            yield f"<p>… and {len(told) - number} more turns.</p>"
            return
        yield part


def _text(text: str, longest: int) -> str:
    """Text as HTML that shows it as it is, of at most `longest` characters before that."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return escape(cut).replace("\n", "<br>")
