"""The crm lane: starts the calls that CRMs ask for, and tells CRMs how they ended."""

from app.config import Settings


class CrmWorker:
    """Works the lane with a bounded crew of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        return 1.0

    def close(self) -> None:
        """Wait for what is under way."""
