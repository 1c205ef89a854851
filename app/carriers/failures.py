"""What a failed request to the carrier means for a call: refused, certainly not placed, or in doubt. Pure."""

import json
import math
from ssl import SSLCertVerificationError
from typing import Final

from requests.exceptions import ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError
from urllib3.exceptions import SSLError as TlsFailed

from app.calls.ports import CarrierError, CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.carriers.vocabulary import THROTTLED, refusal

RETRY_SECONDS: Final = 2.0
SHORTEST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 30.0
REQUEST_TIMEOUT: Final = 408

_NO_REQUEST_MADE: Final = (ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema)
_NO_CONNECTION_MADE: Final = (NewConnectionError, ConnectTimeoutError, ProxyError)


class Refusal(CarrierRefused):
    """With what the carrier said: the HTTP `status` and its error `code`, None where it gave none."""

    def __init__(self, status: int, code: int | None) -> None:
        super().__init__(refusal(code, status), _said(status, code))
        self.status = status
        self.code = code


def of_answer(status: int, body: str, retry_after: str | None) -> CarrierError:
    """The meaning of an answer that is not 2xx; `retry_after` is the header of that name.

    Nothing was done for a request that was throttled (https://www.twilio.com/docs/api/errors/20429). A 4xx is a
    refusal, but for 408. Behind anything else the request may have been carried out all the same.
    """
    code = _code(body)
    if status == 429 or code in THROTTLED:
        return CarrierNotReached(_said(status, code), _wait(retry_after))
    if 400 <= status < 500 and status != REQUEST_TIMEOUT:
        return Refusal(status, code)
    return CarrierInDoubt("carrier_error" if status >= 500 else "dial_unknown", _said(status, code))


def of_silence(error: RequestException) -> CarrierError:
    """The meaning of a request without an answer."""
    name = type(error).__name__
    if _never_sent(error):
        return CarrierNotReached(f"no connection to the carrier: {name}", RETRY_SECONDS)
    return CarrierInDoubt("dial_unknown", f"no answer from the carrier: {name}")


def _never_sent(error: RequestException) -> bool:
    """Whether no connection came about, so that nothing can have been asked of the carrier."""
    if isinstance(error, _NO_REQUEST_MADE):
        return True
    failed = error.args[0].reason if error.args and isinstance(error.args[0], MaxRetryError) else None
    return isinstance(failed, _NO_CONNECTION_MADE) or _distrusted(failed)


def _distrusted(failed: Exception | None) -> bool:
    """Whether the other side's certificate was not accepted; other failures of TLS can come at any time."""
    cause = failed.args[0] if isinstance(failed, TlsFailed) and failed.args else None
    return isinstance(cause, SSLCertVerificationError)


def _code(body: str) -> int | None:
    """Twilio's error code in an error's body, of its older form or of RFC 9457."""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, int) else None


def _wait(retry_after: str | None) -> float:
    """The seconds of a Retry-After header, within reason; a date there counts as none."""
    try:
        seconds = float(retry_after or RETRY_SECONDS)
    except ValueError:
        return RETRY_SECONDS
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT) if math.isfinite(seconds) else RETRY_SECONDS


def _said(status: int, code: int | None) -> str:
    return f"the carrier answered {status} (error {code or 'unnamed'})"
