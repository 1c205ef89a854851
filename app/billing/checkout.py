"""Stripe Checkout through the official library: open a session, look at one, hear events. Nothing else imports it."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import requests
import stripe

from app.billing.payments import CURRENCY, Session
from app.billing.tariff import dollars
from app.config import Settings
from app.errors import AppError, InvalidRequest, NotFound, Unavailable

log = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 4.0
READ_SECONDS: Final = 10.0
RETRIES: Final = 1
AT_ONCE: Final = 4  # requests to Stripe: when it is slow, the others of our threads go on serving
TOLERANCE_SECONDS: Final = 300
_SESSION_EVENTS: Final = frozenset(
    f"checkout.session.{what}" for what in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
_TAKEN_BACK: Final = frozenset({"charge.refunded", "charge.dispute.created", "charge.dispute.funds_withdrawn"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

stripe.enable_telemetry = False


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money that Stripe has given back, or may have to: `payment` is Stripe's name for the payment intent."""

    what: str
    payment: str
    cents: int


class Checkout:
    """Stripe, as the settings name it. It has `read_seconds` to answer."""

    def __init__(self, settings: Settings, *, read_seconds: float = READ_SECONDS) -> None:
        self._timeout = (CONNECT_SECONDS, read_seconds)
        self._key = settings.stripe_secret_key
        self._secret = settings.stripe_webhook_secret
        self._base = settings.stripe_base_url.rstrip("/")
        self._host = settings.stripe_checkout_host
        self._room = threading.BoundedSemaphore(AT_ONCE)

    @property
    def ready(self) -> bool:
        """Whether owners can pay by it."""
        return bool(self._key)

    @property
    def live(self) -> bool:
        """Whether it is about real money, as the key says."""
        return "_live_" in self._key

    @property
    def origin(self) -> str:
        """Where its page is."""
        return f"{'http' if self._host.partition(':')[0] in _LOOPBACK else 'https'}://{self._host}"

    def open(self, account: str, cents: int, *, once: str, paid_url: str, back_url: str) -> Session:
        """A new session for this amount; asked again with the same `once`, the same session.

        Who has paid is led to `paid_url` with the session's id as `session`, who gives up to `back_url`.
        Raises Unavailable.
        """
        options: stripe.RequestOptions = {"idempotency_key": f"top-up-{account}-{cents}-{once}"}
        leads = {"success_url": f"{paid_url}?session={{CHECKOUT_SESSION_ID}}", "cancel_url": back_url}
        with self._client() as client:
            made = client.v1.checkout.sessions.create(_asked(account, cents) | leads, options)  # type: ignore[arg-type]
        session = _session(made.to_dict())
        if not self._leads_to_stripe(session.url):
            log.error("Stripe's page for payment %s is not at STRIPE_CHECKOUT_HOST (%s)", session.id, self._host)
            raise Unavailable("Payments are not set up as they should be. Tell who runs this hub.")
        return session

    def look(self, session_id: str) -> Session:
        """A session as it stands. Raises Unavailable, and NotFound where Stripe does not know it."""
        with self._client() as client:
            return _session(client.v1.checkout.sessions.retrieve(session_id).to_dict())

    def hear(self, payload: bytes, signature: str) -> Session | Reversal | None:
        """What a signed event tells; None for what does not concern us. Raises InvalidRequest unless Stripe sent it."""
        try:
            if not signature.isascii():  # the library cannot compare it
                raise ValueError("signature")
            event = stripe.Webhook.construct_event(payload, signature, self._secret, TOLERANCE_SECONDS)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise InvalidRequest("This is no event that Stripe has signed for this hub just now.") from error
        told = event.to_dict()
        return _told(str(told.get("type")), told["data"]["object"])

    def _leads_to_stripe(self, url: str) -> bool:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" == self.origin

    @contextmanager
    def _client(self) -> Iterator[stripe.StripeClient]:
        if not self._room.acquire(timeout=CONNECT_SECONDS):
            raise Unavailable("Stripe is slow to answer just now. Nothing was paid. Try again in a minute.")
        try:
            with requests.Session() as session:
                session.trust_env = False  # a .netrc would replace our Authorization
                http = stripe.RequestsClient(timeout=self._timeout, session=session)
                yield stripe.StripeClient(
                    self._key, base_addresses={"api": self._base}, max_network_retries=RETRIES, http_client=http
                )
        except stripe.StripeError as error:
            _explain(error)
        finally:
            self._room.release()


def _asked(account: str, cents: int) -> dict[str, Any]:
    about = {"mio_hub_account": account}
    return {
        "mode": "payment",
        "client_reference_id": account,
        "metadata": about,
        "payment_intent_data": {"metadata": about, "description": f"Mio Hub: {dollars(cents)} of call credit"},
        "adaptive_pricing": {"enabled": False},  # what is paid is what is credited, in our currency
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": cents,
                    "product_data": {"name": "Mio Hub call credit"},
                },
            }
        ],
    }


def _session(found: Mapping[str, Any], *, refused: bool = False) -> Session:
    return Session(
        id=str(found.get("id") or ""),
        account=str(found.get("client_reference_id") or ""),
        cents=int(found.get("amount_total") or 0),
        currency=str(found.get("currency") or ""),
        live=bool(found.get("livemode")),
        paid=found.get("payment_status") == "paid",
        expired=found.get("status") == "expired",
        url=str(found.get("url") or ""),
        refused=refused,
    )


def _told(kind: str, about: Mapping[str, Any]) -> Session | Reversal | None:
    if kind in _SESSION_EVENTS:
        return _session(about, refused=kind.endswith("async_payment_failed"))
    if kind in _TAKEN_BACK:
        cents = about.get("amount_refunded") or about.get("amount") or 0
        return Reversal(kind, str(about.get("payment_intent") or about.get("id") or ""), int(cents))
    return None


def _explain(error: stripe.StripeError) -> NoReturn:
    """What an owner is told of an error of Stripe's; the operator finds Stripe's own words in the log."""
    told: AppError
    if isinstance(error, stripe.InvalidRequestError) and error.code == "resource_missing":
        told = NotFound("No such payment.")
    elif isinstance(error, stripe.APIConnectionError | stripe.RateLimitError | stripe.APIError):
        log.warning("Stripe is not to be had: %s", error.user_message)
        told = Unavailable("Stripe cannot be reached just now. Nothing was paid. Try again in a minute.")
    else:
        log.error("Stripe refuses: %s (%s)", error.user_message, error.code)
        told = Unavailable("Stripe refuses this payment, and nothing was paid. Tell who runs this hub.")
    raise told from None
