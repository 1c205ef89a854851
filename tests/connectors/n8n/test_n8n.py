"""The n8n nodes do what every connector does."""

from tests.connectors.contract import Starts, Triggers, Waits


class TestN8n(Starts, Waits, Triggers):
    """In n8n's own engine; in a running n8n in `server`."""
