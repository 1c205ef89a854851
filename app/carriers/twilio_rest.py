"""Twilio's REST API, or the sandbox's: one request for each verb, never repeated."""

from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from app.calls.ports import CarrierCall, CarrierError, CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.carriers.addresses import CallAddresses
from app.carriers.vocabulary import ALREADY_OVER, THROTTLED, call_status, refusal
from app.config import MODES, CarrierSettings, Mode, Settings

TIMEOUT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 2.0
CLOCK_SKEW: Final = timedelta(seconds=2)


class TwilioCarrier:
    """`app.calls.ports.Carrier` on one carrier account.

    Every request opens a connection of its own: one that is reused may have been closed by the other side, which
    would leave in doubt whether a call was placed.
    """

    def __init__(self, settings: CarrierSettings, mode: Mode, *, ring_seconds: int, max_seconds: int) -> None:
        self._settings = settings
        self._mode: Mode = mode
        self._ring_seconds = ring_seconds
        self._max_seconds = max_seconds
        http = TwilioHttpClient(pool_connections=False, timeout=TIMEOUT_SECONDS)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)
        self._client.api.base_url = settings.base_url.rstrip("/")

    def place(self, call_id: UUID, to_number: str) -> str:
        at = CallAddresses(self._settings.callback_url, self._mode, call_id)
        try:
            placed = self._client.calls.create(
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
        except (TwilioException, RequestException, ValueError) as error:
            _translate(error)
        if not placed.sid:
            raise CarrierInDoubt("dial_unknown", "the carrier's answer names no call")
        return str(placed.sid)

    def look_up(self, sid: str) -> CarrierCall | None:
        try:
            return _carrier_call(self._client.calls(sid).fetch())
        except TwilioRestException as error:
            if error.status == 404:
                return None
            _translate(error)
        except (TwilioException, RequestException, ValueError) as error:
            _translate(error)

    def find(self, to_number: str, since: datetime) -> list[CarrierCall]:
        earliest = since.replace(microsecond=0) - CLOCK_SKEW
        try:
            listed = self._client.calls.list(to=to_number, from_=self._settings.from_number, limit=50)
        except (TwilioException, RequestException, ValueError) as error:
            _translate(error)
        found = [_carrier_call(instance) for instance in listed]
        return [call for call in found if call.created_at is None or call.created_at >= earliest]

    def hang_up(self, sid: str) -> None:
        try:
            self._client.calls(sid).update(status="completed")
        except TwilioRestException as error:
            if error.code != ALREADY_OVER and error.status != 404:
                _translate(error)
        except (TwilioException, RequestException, ValueError) as error:
            _translate(error)


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


def _carrier_call(instance: CallInstance) -> CarrierCall:
    created = instance.date_created
    status = call_status(str(instance.status or ""))
    return CarrierCall(
        sid=str(instance.sid),
        status=status,
        created_at=created.astimezone(UTC) if created else None,
        duration=int(instance.duration) if instance.duration else None,
        answered=status == "in-progress" or bool(instance.start_time and status == "completed"),
    )


def _translate(error: Exception) -> NoReturn:
    """Raise our word for what went wrong: refused, certainly not sent, or in doubt."""
    raise _translated(error) from error


def _translated(error: Exception) -> CarrierError:
    if isinstance(error, TwilioRestException):
        if error.status == 429 or error.code in THROTTLED:
            return CarrierNotReached(f"throttled ({error.code})", RETRY_SECONDS)
        if error.status >= 500:
            return CarrierInDoubt("carrier_error", f"answered {error.status} ({error.code})")
        if error.status in (401, 403) and refusal(error.code) == "carrier_rejected":
            return CarrierRefused("carrier_account", f"answered {error.status} ({error.code})")
        return CarrierRefused(refusal(error.code), f"answered {error.status} ({error.code}): {error.msg}")
    if _never_sent(error):
        return CarrierNotReached("no connection to the carrier", RETRY_SECONDS)
    return CarrierInDoubt("dial_unknown", f"{type(error).__name__}: {error}")


def _never_sent(error: Exception) -> bool:
    """Whether no connection came about, so that nothing can have been asked of the carrier."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, ConnectionFailed) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)
