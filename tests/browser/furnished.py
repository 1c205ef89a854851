"""An account in which something has happened: what every page has to show."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Furnished:
    """`ids` names a call that was talked on, one that is scheduled, a webhook, and a delivery that failed."""

    url: str
    token: str
    ids: Mapping[str, str]
