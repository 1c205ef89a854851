"""Twilio's REST API, or the sandbox's: one request for each verb, never repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from app.calls.ports import CarrierCall, CarrierInDoubt
from app.carriers.addresses import CallAddresses
from app.carriers.failures import Refusal
from app.carriers.twilio_http import TwilioHttp
from app.carriers.vocabulary import ALREADY_OVER, call_status
from app.config import MODES, CarrierSettings, Mode, Settings

CLOCK_SKEW: Final = timedelta(seconds=2)  # and the carrier tells whole seconds
MOST_FOUND: Final = 50
NO_ENVIRONMENT: Final = {"": ""}  # not empty, or the library would take the process's own


class TwilioCarrier:
    """`app.calls.ports.Carrier` on one carrier account, for calls of one mode."""

    def __init__(self, settings: CarrierSettings, mode: Mode, *, ring_seconds: int, max_seconds: int) -> None:
        self._settings = settings
        self._mode: Mode = mode
        self._ring_seconds = ring_seconds
        self._max_seconds = max_seconds
        self._placing = _client(settings, keep_alive=False)
        self._asking = _client(settings, keep_alive=True)

    def place(self, call_id: UUID, to_number: str) -> str:
        at = CallAddresses(self._settings.callback_url, self._mode, call_id)
        with _understood():
            placed = self._placing.calls.create(
                to=to_number,
                from_=self._settings.from_number,
                url=at.url("answer"),
                status_callback=at.url("status"),
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=self._ring_seconds,
                time_limit=self._max_seconds,
                machine_detection="Enable",
                async_amd="true",
                async_amd_status_callback=at.url("amd"),
            )
        if not placed.sid:
            raise CarrierInDoubt("dial_unknown", "the carrier's answer names no call")
        return str(placed.sid)

    def look_up(self, sid: str) -> CarrierCall | None:
        try:
            with _understood():
                return _carrier_call(self._asking.calls(sid).fetch())
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def find(self, to_number: str, since: datetime) -> list[CarrierCall]:
        earliest = since - CLOCK_SKEW
        with _understood():
            listed = self._asking.calls.list(to=to_number, from_=self._settings.from_number, limit=MOST_FOUND)
            found = [_carrier_call(instance) for instance in listed]
        return [call for call in found if call.created_at is None or call.created_at >= earliest]

    def hang_up(self, sid: str) -> None:
        # "completed" ends a call that is queued or ringing too; "canceled" would miss one just answered.
        try:
            with _understood():
                self._asking.calls(sid).update(status="completed")
        except Refusal as refusal:
            if refusal.code != ALREADY_OVER and refusal.status != 404:
                raise


def carriers(settings: Settings) -> dict[Mode, TwilioCarrier]:
    """A carrier for each mode that has one."""
    found: dict[Mode, TwilioCarrier] = {}
    for mode in MODES:
        account = settings.carrier(mode)
        if account is not None:
            found[mode] = TwilioCarrier(
                account, mode, ring_seconds=settings.ring_seconds, max_seconds=settings.max_call_seconds
            )
    return found


def _client(settings: CarrierSettings, *, keep_alive: bool) -> Client:
    client = Client(
        settings.account_sid,
        settings.auth_token,
        http_client=TwilioHttp(keep_alive=keep_alive),
        environment=NO_ENVIRONMENT,
    )
    client.api.base_url = settings.base_url.rstrip("/")
    return client


@contextmanager
def _understood() -> Iterator[None]:
    """What the library cannot make sense of is an answer that tells us nothing."""
    try:
        yield
    except (TwilioException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CarrierInDoubt("dial_unknown", f"an answer that cannot be read: {type(error).__name__}") from error


def _carrier_call(instance: CallInstance) -> CarrierCall:
    created = instance.date_created
    status = call_status(str(instance.status or ""))
    duration = int(instance.duration) if instance.duration else None
    return CarrierCall(
        sid=str(instance.sid),
        status=status,
        created_at=created.astimezone(UTC) if created else None,
        duration=duration,
        answered=status == "in-progress" or (status == "completed" and bool(duration)),
    )
