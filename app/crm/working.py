"""The crm lane: starts the calls that CRMs ask for, and tells CRMs how they ended."""

from collections.abc import Mapping

from app.calls.ports import Answerer
from app.config import Mode, Settings
from app.crm.platform import Platform


class CrmWorker:
    """Works the lane with a bounded crew of threads.

    `platforms` holds the CRMs by key, `answerers` the model of each mode that has one.
    """

    def __init__(
        self, settings: Settings, platforms: Mapping[str, Platform], answerers: Mapping[Mode, Answerer]
    ) -> None:
        self._settings = settings
        self._platforms = platforms
        self._answerers = answerers

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        return 1.0

    def close(self) -> None:
        """Wait for what is under way."""
