"""What the address of a page asks for. What cannot be read of it is told beside its field, and does not count."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.cursors import place
from app.dashboard.refusals import Refusal, spoken
from app.dashboard.times import day, moment
from app.errors import InvalidRequest
from app.models.base import Table

LONGEST_SHOWN: Final = 300

Read = TypeVar("Read")
Span = tuple[datetime | None, datetime | None]


class Address:
    """`typed` is what the fields show, `counts` what of it could be read, as a link of the page goes on with it, and
    `errors` says by field why the rest could not.
    """

    def __init__(self, query: MultiDict[str, str]) -> None:
        self._query = query
        self.typed: dict[str, Any] = {}
        self.counts: dict[str, Any] = {}
        self.errors: dict[str, Refusal] = {}

    def one(self, name: str, read: Callable[[str], Read]) -> Read | None:
        """What a field holds, as `read` has it, which may raise InvalidRequest; None for nothing."""
        text = self._query.get(name, "").strip()
        if not text:
            return None
        shown = self.typed[name] = text.replace("\x00", "")[:LONGEST_SHOWN]
        try:
            found = read(text)
        except InvalidRequest as error:
            self._refuse(name, error.message)
            return None
        self.counts[name] = shown
        return found

    def choice(self, name: str, known: Collection[str]) -> str | None:
        """The one of `known` that was chosen."""
        return self.one(name, partial(_among, known=known))

    def several(self, name: str, known: Sequence[str]) -> list[str]:
        """Those of `known` that were chosen."""
        given = {value for value in self._query.getlist(name) if value}
        if given - set(known):
            self._refuse(name, _choose(known))
        found = self.typed[name] = [value for value in known if value in given]
        if found:
            self.counts[name] = found
        return found

    def id(self, name: str) -> UUID | None:
        """An id, as a link names it."""
        return self.one(name, _id)

    def days(self) -> Span:
        """When the day `from` begins, and when the day `to` has ended, in UTC."""
        since, last = (self.one(name, partial(_day, field=name)) for name in ("from", "to"))
        if since and last and since > last:
            self._refuse("to", "This day lies before the first one.")
            last = None
        return since, last + timedelta(days=1) if last else None

    def moments(self) -> Span:
        """The times `since` and `until`, in UTC."""
        since, until = (self.one(name, partial(moment, field=name)) for name in ("since", "until"))
        if since and until and since >= until:
            self._refuse("until", "Choose a time after the beginning.")
            until = None
        return since, until

    def cursor(self, table: type[Table]) -> str | None:
        """Behind which row of `table` a page begins; it is no filter."""
        text = self._query.get("cursor")
        if not text:
            return None
        try:
            place(table, text)
        except InvalidRequest as error:
            self._refuse("cursor", error.message)
            return None
        return text

    def _refuse(self, name: str, why: str) -> None:
        self.counts.pop(name, None)
        self.errors[name] = Refusal(spoken(why, name), name)


def _among(text: str, known: Collection[str]) -> str:
    if text not in known:
        raise InvalidRequest(_choose(known))
    return text


def _choose(known: Collection[str]) -> str:
    return f"Choose among {', '.join(known)}."


def _day(text: str, field: str) -> datetime:
    begins = day(text, field)
    if not 2000 <= begins.year <= 2100:
        raise InvalidRequest("Choose a day of this century.", field=field)
    return begins


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidRequest("Choose one of the list.") from None
