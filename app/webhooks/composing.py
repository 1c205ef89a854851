"""One attempt as a request: its body, signed with the secrets of its endpoint."""

import time
from functools import lru_cache
from typing import Final

from app.vault import Vault
from app.webhooks.claiming import Claimed, slots
from app.webhooks.events import body
from app.webhooks.signing import Signer
from app.webhooks.wire import Posting

REMEMBERED: Final = 10_000


class Composer:
    """Composes attempts. Opened secrets are remembered by what they were sealed as."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._signer = lru_cache(REMEMBERED)(self._make_signer)

    def posting(self, delivery: Claimed) -> Posting[Claimed]:
        """The request of an attempt that is sent now. Raises ConfigurationError when a secret cannot be opened."""
        signed_at = int(time.time())
        timestamp = str(signed_at)
        payload = body(delivery.event_id, delivery.event_type, delivery.data, timestamp, sample=delivery.sample)
        headers = self._signer(delivery.secret, delivery.old_secret).headers(
            delivery_id=delivery.id, event=delivery.event_type, timestamp=timestamp, body=payload
        )
        url = delivery.url or self._vault.open(delivery.callback_url or b"").decode()
        return Posting(delivery._replace(signed_at=signed_at), url, headers, payload, slots(payload))

    def _make_signer(self, secret: bytes, old_secret: bytes | None) -> Signer:
        """During a rotation the old secret still signs `X-Mio-Signature`."""
        sealed = (old_secret, secret) if old_secret else (secret,)
        return Signer([self._vault.open(one).decode() for one in sealed])
