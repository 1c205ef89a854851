"""An account's connections to CRMs."""

from uuid import UUID

from app.config import Settings


def gone(connection_id: UUID) -> None:
    """A connection that was leaving has left: what it was granted is erased."""
    raise NotImplementedError


def lost(connection_id: UUID, reason: str, settings: Settings) -> None:
    """The CRM has taken the authorisation back: the connection is broken, and its owner is told, once."""
    raise NotImplementedError
