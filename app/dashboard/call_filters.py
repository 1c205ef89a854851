"""The filters of the list of calls, as its address holds them. What cannot be read is told beside its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.calls.lifecycle import STATUSES
from app.calls.searching import Wanted
from app.calls.sought import read
from app.config import Mode
from app.cursors import place
from app.dashboard.times import day
from app.errors import InvalidRequest
from app.models.call import Call

ANSWERS: Final = ("human", "voicemail", "unknown")

LONGEST_SHOWN: Final = 300

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Filters:
    """`typed` is what the fields show, `errors` by field what could not be read of it and so does not count."""

    mode: Mode
    typed: Mapping[str, Any]
    wanted: Wanted
    cursor: str | None
    errors: Mapping[str, InvalidRequest] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many filters there are."""
        return sum(bool(value) for value in self.typed.values())

    @property
    def newest(self) -> str:
        """The address of the first page."""
        return self._at("calls.index")

    @property
    def rows(self) -> str:
        """The address of the first page's rows alone."""
        return self._at("calls.rows")

    def after(self, cursor: str) -> str:
        """The address of the page behind `cursor`."""
        return self._at("calls.index", cursor=cursor)

    def _at(self, endpoint: str, **more: str) -> str:
        given: dict[str, Any] = {name: value for name, value in self.typed.items() if value}
        return url_for(endpoint, **{**given, **more, "mode": self.mode})


def filters(query: MultiDict[str, str], mode: Mode) -> Filters:
    """What an address asks for."""
    reader = _Reader(query)
    statuses = reader.several("status", STATUSES)
    answers = reader.several("answered", ANSWERS)
    since = reader.one("from", lambda text: _day(text, "from"))
    last = reader.one("to", lambda text: _day(text, "to"))
    if since and last and since > last:
        reader.errors["to"] = InvalidRequest("This day lies before the first one.", field="to")
        last = None
    wanted = Wanted(
        statuses=statuses,
        answered_by=answers,
        since=since,
        until=last + timedelta(days=1) if last else None,
        sought=reader.one("q", read),
    )
    cursor = query.get("cursor") if reader.one("cursor", lambda text: place(Call, text)) else None
    typed = {"q": reader.text("q"), "status": statuses, "answered": answers} | {
        name: reader.text(name) for name in ("from", "to")
    }
    return Filters(mode, typed, wanted, cursor, reader.errors)


class _Reader:
    def __init__(self, query: MultiDict[str, str]) -> None:
        self._query = query
        self.errors: dict[str, InvalidRequest] = {}

    def text(self, name: str) -> str:
        """What was typed, as far as a field shows it."""
        return self._query.get(name, "").replace("\x00", "").strip()[:LONGEST_SHOWN]

    def one(self, name: str, read: Callable[[str], Read]) -> Read | None:
        if not self._query.get(name):
            return None
        try:
            return read(self._query[name])
        except InvalidRequest as error:
            self.errors[name] = InvalidRequest(error.message, field=name)
            return None

    def several(self, name: str, known: tuple[str, ...]) -> list[str]:
        given = {value for value in self._query.getlist(name) if value}
        if given - set(known):
            self.errors[name] = InvalidRequest(f"Choose among {', '.join(known)}.", field=name)
        return [value for value in known if value in given]


def _day(text: str, field: str) -> datetime:
    """When a day begins, in UTC. Raises InvalidRequest."""
    begins = day(text, field)
    if not 2000 <= begins.year <= 2100:
        raise InvalidRequest("Choose a day of this century.", field=field)
    return begins
