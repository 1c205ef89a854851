"""Days and times as browsers write them into forms and addresses; all of them are of UTC. Pure."""

from datetime import UTC, datetime

from app.errors import InvalidRequest


def day(text: str, field: str) -> datetime:
    """When a day like `2026-03-20` begins. Raises InvalidRequest, which blames `field`."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidRequest("Write the day like 2026-03-20.", field=field) from error


def moment(text: str, field: str) -> datetime | None:
    """The time that a field holds, as `datetime-local` writes it or with a zone; None for none.

    Raises InvalidRequest, which blames `field`.
    """
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("Write date and time (UTC) like 2026-03-20T18:30.", field=field) from error
