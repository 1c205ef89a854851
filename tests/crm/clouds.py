"""The CRMs that the hub knows, and the stand-in for each one's cloud, found by its key."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from app.config import Settings
from app.crm.platform import Platform
from app.crm.registry import platforms
from tests.crm.stand_in import StandIn

Clouds = dict[str, StandIn]

_NO_SETTINGS: Final = Settings(database_url="", redis_url="", encryption_keys="")
PLATFORMS: Final[dict[str, Platform]] = platforms(_NO_SETTINGS)
MISSING: Final = (
    "{key} has no stand-in: write a class StandIn in tests/crm/{key}/stand_in.py, with what tests/crm/stand_in.py"
    " lists, that speaks the CRM's own protocol over HTTP."
)


@cache
def has_stand_in(key: str) -> bool:
    """Whether somebody has written what stands for the CRM's cloud in tests."""
    return find_spec(f"tests.crm.{key}") is not None and find_spec(f"tests.crm.{key}.stand_in") is not None


@contextmanager
def standing() -> Iterator[Clouds]:
    """A cloud of each CRM that has a stand-in, by its key."""
    with ExitStack() as stack:
        yield {key: stack.enter_context(_stand_in(key)) for key in PLATFORMS if has_stand_in(key)}


def settings_of(clouds: Clouds) -> dict[str, Any]:
    """The settings that lead a hub to all of them."""
    return {name: value for cloud in clouds.values() for name, value in cloud.settings.items()}


def _stand_in(key: str) -> StandIn:
    made: StandIn = import_module(f"tests.crm.{key}.stand_in").StandIn()
    return made
