"""How a call reads on HubSpot's timeline: its properties and its body. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from typing import Final

from app.crm.platform import CallNote, Ending
from app.times import iso

# The property of HubSpot's calls that holds our call's id: no two calls have the same.
CALL_ID: Final = "mio_call_id"
_TITLE_AT_MOST: Final = 250
# Characters of HTML. The conversation has what the other parts leave of the body.
_BODY_AT_MOST: Final = 65_536
_SUMMARY_AT_MOST: Final = 20_000
_ANSWER_AT_MOST: Final = 4_000
_INSTRUCTIONS_AT_MOST: Final = 8_000
_TURN_AT_MOST: Final = 8_000
_REST_AT_MOST: Final = 100

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
    parts = [*_summary(note.ending), *_page(note.page_url), *_asked(note)]
    room = _BODY_AT_MOST - sum(map(len, parts)) - _REST_AT_MOST
    return "".join((*parts, *_conversation(note.turns, room)))


def _title(note: CallNote) -> str:
    whom = note.callee or note.to_number
    return f"AI call to {whom}: {_OUTCOMES[note.ending.outcome]}"[:_TITLE_AT_MOST]


def _summary(ending: Ending) -> Iterator[str]:
    yield f"<p>{_text(ending.summary, _SUMMARY_AT_MOST)}</p>"
    for number, answer in enumerate(ending.answers, start=1):
        if answer:
            yield f"<p><strong>Answer {number}:</strong> {_text(answer, _ANSWER_AT_MOST)}</p>"
    if ending.test:
        yield "<p>A test call: no phone rang.</p>"


def _page(url: str) -> Iterator[str]:
    if url:
        shown = escape(url)
        yield f'<p><a href="{shown}">{shown}</a></p>'


def _asked(note: CallNote) -> Iterator[str]:
    if note.instructions:
        yield f"<p><strong>Instructions</strong><br>{_text(note.instructions, _INSTRUCTIONS_AT_MOST)}</p>"


def _conversation(turns: Sequence[tuple[str, str]], room: int) -> Iterator[str]:
    if not turns:
        return
    heading = "<p><strong>Conversation</strong></p>"
    yield heading
    room -= len(heading)
    for number, (role, text) in enumerate(turns):
        told = f"<p><strong>{_SPEAKERS.get(role, role)}:</strong> {_text(text, _TURN_AT_MOST)}</p>"
        room -= len(told)
        if room < 0:
            yield f"<p>… and {len(turns) - number} more turns.</p>"
            return
        yield told


def _text(text: str, longest: int) -> str:
    """Text as HTML that shows it as it is, cut where it would have more than `longest` characters of HTML."""
    shown = [_shown(character) for character in text[:longest]]
    fitting = bisect_right(list(accumulate(map(len, shown))), longest)
    return "".join(shown[:fitting]) + ("…" if fitting < len(text) else "")


def _shown(character: str) -> str:
    return "<br>" if character == "\n" else escape(character)
