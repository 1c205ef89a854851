"""The ways to CRMs for whoever answers a request, and holds no database connection while a CRM is asked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from app.config import Settings
from app.crm import wire
from app.crm.platform import Line, Platform
from app.crm.rules import Means
from app.models.crm import CrmConnection
from app.vault import Vault


def means_of(
    platforms: Mapping[str, Platform],
    settings: Settings,
    vault: Vault,
    lent: Callable[[], AbstractContextManager[None]],
) -> Means:
    """What rules are checked and tried with; `lent` gives the request's database connection back for a while."""

    @contextmanager
    def line(connection: CrmConnection, purpose: str) -> Iterator[Line]:
        opened = wire.line(connection, platforms[connection.platform], settings, vault, purpose=purpose)
        with lent():
            yield opened

    return Means(platforms, line)
