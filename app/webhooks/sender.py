"""The webhooks lane: claims deliveries that are due, sends them, records each attempt."""

from typing import Final
from uuid import uuid4

from app.config import Settings
from app.crew import Crew
from app.db import db, rows
from app.models.webhook import Delivery, Event, Webhook
from app.vault import Vault
from app.webhooks.recording import record
from app.webhooks.sending import Sending

THREADS: Final = 32
PER_WEBHOOK: Final = 4
LEASE_MARGIN_SECONDS: Final = 20

# Of each webhook only as many as may be in flight for it; first tries come before retries.
_CLAIM = """
WITH ranked AS (
    SELECT d.id, d.attempts, d.due_at,
        row_number() OVER (PARTITION BY d.webhook_id ORDER BY d.attempts > 0, d.due_at) AS place,
        (SELECT count(*) FROM delivery f WHERE f.webhook_id = d.webhook_id AND f.status = 'pending'
         AND f.lease_until > now()) AS in_flight
    FROM (
        SELECT * FROM delivery WHERE status = 'pending' AND due_at <= now()
        AND (lease_until IS NULL OR lease_until < now()) ORDER BY due_at LIMIT 2000
    ) d
), picked AS (
    SELECT delivery.id FROM delivery JOIN ranked USING (id)
    WHERE ranked.place + ranked.in_flight <= %(per_webhook)s
      AND delivery.status = 'pending' AND (delivery.lease_until IS NULL OR delivery.lease_until < now())
    ORDER BY ranked.attempts > 0, ranked.due_at LIMIT %(room)s FOR UPDATE OF delivery SKIP LOCKED
)
UPDATE delivery SET lease_until = now() + %(lease)s * interval '1 second', claim_token = %(token)s
WHERE id IN (SELECT id FROM picked) RETURNING *
"""


class Sender:
    """Works the lane with a bounded pool of threads. A webhook that is slow holds only its own few of them."""

    def __init__(self, settings: Settings, vault: Vault) -> None:
        self._settings = settings
        self._sending = Sending(settings, vault)
        self._crew = Crew("send", THREADS)

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        room = self._crew.room
        if room <= 0:
            return 0.02
        with db.connection_context():
            claimed = self._claim(room)
        for delivery, webhook, event in claimed:
            self._crew.start(self._send, delivery, webhook, event)
        return 0.02 if self._crew.busy else 1.0

    def close(self) -> None:
        """Wait for what is under way."""
        self._crew.close()

    def _claim(self, room: int) -> list[tuple[Delivery, Webhook, Event]]:
        lease = self._settings.webhook_timeout_seconds + LEASE_MARGIN_SECONDS
        claimed = [
            Delivery(**values)
            for values in rows(_CLAIM, {"room": room, "per_webhook": PER_WEBHOOK, "lease": lease, "token": uuid4()})
        ]
        if not claimed:
            return []
        webhooks = {w.id: w for w in Webhook.select().where(Webhook.id.in_([d.webhook_id for d in claimed]))}
        events = {e.id: e for e in Event.select().where(Event.id.in_([d.event_id for d in claimed]))}
        return [(d, webhooks[d.webhook_id], events[d.event_id]) for d in claimed if d.webhook_id in webhooks]

    def _send(self, delivery: Delivery, webhook: Webhook, event: Event) -> None:
        outcome = self._sending.attempt(webhook, delivery, event)
        with db.connection_context():
            record(webhook, delivery, outcome, self._settings)
