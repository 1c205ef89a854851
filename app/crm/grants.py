"""What a CRM has granted: sealed at rest, renewed ahead of time and by one at a time."""

from app.config import Settings
from app.crm.platform import Door, Grant, Platform
from app.models.crm import CrmConnection
from app.vault import Vault


def sealed(grant: Grant, vault: Vault) -> bytes:
    """A grant as `crm_connection.credentials` keeps it."""
    raise NotImplementedError


def opened(connection: CrmConnection, vault: Vault) -> Grant:
    """The grant of a connection that has one, however old. Raises Revoked when there is none."""
    raise NotImplementedError


def fresh(
    connection: CrmConnection, platform: Platform, door: Door, settings: Settings, vault: Vault, *, force: bool = False
) -> Grant:
    """A grant that is good for some minutes yet. Raises Revoked and Later.

    With `force` the one that `connection` carries is no good: it is renewed unless somebody just did.
    """
    raise NotImplementedError
