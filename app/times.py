"""Times as the API writes and reads them: ISO 8601 in UTC with milliseconds and a Z."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def today() -> datetime:
    """When the present day began, in UTC."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def iso(moment: datetime | None) -> str | None:
    """`2026-03-20T18:30:00.000Z`, or None for None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse(text: str) -> datetime:
    """An aware time from ISO 8601 with a zone. Raises ValueError when it is no date or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC)
