"""What the shared tests need of a stand-in for a CRM's cloud.

Each CRM has one in `tests/crm/<key>/stand_in.py`, a class `StandIn` with a constructor without arguments and what is
below. It speaks the CRM's own protocol over real HTTP, written from the CRM's documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class Written:
    """A call on a record's timeline, as the CRM has it: our call id, its texts, and the records it stands on."""

    call_id: str
    text: str
    record_ids: tuple[str, ...]


class StandIn(Protocol):
    """The cloud of one CRM with one portal or organisation in it, whose id is `external_id`.

    `person` is the key of the object that stands for people here (`contact`), `number_property` and `name_property`
    its properties for a number and a first name. `settings` lead a hub here.
    """

    external_id: str
    person: str
    number_property: str
    name_property: str
    settings: Mapping[str, Any]

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def told(self, connection: Mapping[str, Any]) -> None:
        """What the hub's API said of a connection here when it was made, the address for a CRM's messages among it."""

    def grant(self, authorize_url: str) -> str:
        """A person opens the link and agrees: the address at ours to which the CRM leads the browser back."""

    def deny(self, authorize_url: str) -> str:
        """A person opens the link and does not agree: likewise."""

    def add(self, object: str, **properties: str) -> str:
        """A new record; its id."""

    def delete(self, object: str, record_id: str) -> None: ...

    def written(self) -> list[Written]:
        """Every call on every timeline, duplicates as such."""

    def people(self) -> int:
        """How many persons there are."""

    def change(self, hub_url: str, object: str, record_id: str, *, key: str, trigger: str, property: str = "") -> int:
        """Tell the hub at `hub_url` of a change, signed as the CRM does it; the status of the hub's answer.

        The same `key` is the same change told again.
        """

    def start(self, hub_url: str, record_id: str, number: str, *, key: str, instructions: str = "Ask.") -> int:
        """A workflow's step asks the hub for a call and waits, signed as the CRM does it; the status of the answer.

        A CRM whose steps use the API instead raises NotImplementedError, and its tests of that are its own.
        """

    def endings(self) -> list[Mapping[str, Any]]:
        """What was told to waiting steps or flows, in order: the fields of `schemas/crm.ending.json`."""

    def expire(self) -> None:
        """Every access token is invalid from now on; refreshing gives a new one."""

    def revoke(self) -> None:
        """The authorisation is taken back: access tokens and refreshing fail as the CRM documents it."""

    def fail(self, status: int, *, times: int = 1, retry_after: int | None = None) -> None:
        """Answer so to the next `times` requests that are no authorisation, with the CRM's own body for it."""

    def lose_answer(self, path_part: str) -> None:
        """Carry out the next request whose path has this in it, and break the connection instead of answering."""

    def down(self) -> None:
        """Refuse connections until `up`, at the same port."""

    def up(self) -> None: ...

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and path of all requests so far."""

    @property
    def refreshes(self) -> int:
        """How often a token was refreshed."""
