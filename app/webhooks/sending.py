"""One attempt: compose, sign, send. Used by the sender and by test sends alike."""

import time

from app.config import Settings
from app.models.webhook import Delivery, Event, Webhook
from app.vault import Vault
from app.webhooks.events import body
from app.webhooks.request import Outcome, Poster
from app.webhooks.signing import headers


class Sending:
    """Turns a delivery into a signed request and its outcome. Touches no database."""

    def __init__(self, settings: Settings, vault: Vault, poster: Poster | None = None) -> None:
        self._vault = vault
        self._poster = poster or Poster(
            timeout_seconds=settings.webhook_timeout_seconds, allow_loopback=settings.webhook_allow_http_loopback
        )

    def attempt(self, webhook: Webhook, delivery: Delivery, event: Event) -> Outcome:
        timestamp = int(time.time())
        payload = body(event, timestamp)
        signed = headers(
            self._vault.open(webhook.secret).decode(),
            delivery_id=str(delivery.id),
            event=event.type,
            timestamp=timestamp,
            body=payload,
        )
        return self._poster.post(webhook.url, signed, payload)
