"""The limits of an account as its profile shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.billing.tariff import dollars
from app.config import Settings
from app.models.account import Account

# What an account may have of its own, the setting that holds otherwise, and how it is called.
_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "concurrent_calls": ("account_concurrent_calls", "Calls at the same time"),
    "calls_per_second": ("account_calls_per_second", "Calls started a second"),
    "daily_calls": ("account_daily_calls", "Live calls a day"),
    "daily_spend_cents": ("account_daily_spend_cents", "Spent on live calls a day"),
    "callee_daily_calls": ("callee_daily_calls", "Live calls a day to one number"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """`own`: set for this account, and not what holds for all of the hub."""

    text: str
    value: str
    own: bool


def limits_of(account: Account, settings: Settings) -> list[Limit]:
    """All limits, those of the hub where the account has none of its own. Days are of UTC."""
    found = []
    for column, (setting, text) in _LIMITS.items():
        own = getattr(account, column)
        value: int = getattr(settings, setting) if own is None else own
        found.append(Limit(text, dollars(value) if column.endswith("cents") else f"{value:,}", own is not None))
    return found
