"""The filters of the list of calls, as its address holds them."""

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.calls.lifecycle import STATUSES
from app.calls.searching import Wanted
from app.calls.sought import read
from app.config import Mode
from app.dashboard.address import Address
from app.models.call import Call

ANSWERS: Final = ("human", "voicemail", "unknown")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list, and its addresses: they go on with what could be read."""

    mode: Mode
    asked: Address
    wanted: Wanted
    cursor: str | None

    @property
    def typed(self) -> dict[str, Any]:
        """What the fields show."""
        return self.asked.typed

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
        return url_for(endpoint, **{**self.asked.counts, **more, "mode": self.mode})


def filters(query: MultiDict[str, str], mode: Mode) -> Filters:
    """What an address asks for."""
    asked = Address(query)
    since, until = asked.days()
    wanted = Wanted(
        statuses=asked.several("status", STATUSES),
        answered_by=asked.several("answered", ANSWERS),
        since=since,
        until=until,
        sought=asked.one("q", read),
    )
    return Filters(mode, asked, wanted, asked.cursor(Call))
