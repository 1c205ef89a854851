"""Tell, through Redis, that something has changed, for whoever looks at it. It may be lost: nothing rests on it."""

from uuid import UUID


def announce(account_id: UUID, *topics: str) -> None:
    """Tell of `topics`, like `call:<id>`, once the present transaction is committed. Never raises."""
