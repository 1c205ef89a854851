"""The phone of who types in the sandbox, over the sandbox's extension of the carrier's API."""

from typing import Any, Final, Literal
from urllib.parse import quote

from requests import RequestException, Response, Session
from requests.adapters import HTTPAdapter

from app.calls.ports import HandsetAct, HandsetAway, HandsetRefused, HandsetState
from app.config import CarrierSettings, Settings

TIMEOUTS: Final = (1.0, 3.0)  # seconds to connect, and to read
CONNECTIONS: Final = 16

_REASONS: Final[dict[int, Literal["unusable", "not_now", "too_much"]]] = {
    400: "unusable",
    404: "not_now",
    409: "not_now",
    429: "too_much",
}


class SandboxHandset:
    """`app.calls.ports.Handset`, for several threads at once. Nothing is sent twice."""

    def __init__(self, settings: CarrierSettings) -> None:
        self._root = f"{settings.base_url.rstrip('/')}/sandbox/calls"
        self._session = Session()
        self._session.trust_env = False
        self._session.auth = (settings.account_sid, settings.auth_token)
        self._session.mount("http", HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))

    def look(self, sid: str) -> HandsetState:
        return self._ask("GET", f"/{quote(sid, safe='')}")

    def do(self, sid: str, act: HandsetAct, words: str = "") -> HandsetState:
        body = {"speech": {"text": words}, "keys": {"keys": words}}.get(act, {})
        return self._ask("POST", f"/{quote(sid, safe='')}/{act}", body)

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> HandsetState:
        try:
            answer = self._session.request(
                method, self._root + path, json=body, timeout=TIMEOUTS, allow_redirects=False
            )
            return _read(answer)
        except (RequestException, ValueError, KeyError, TypeError) as error:
            raise HandsetAway(type(error).__name__) from error


def _read(answer: Response) -> HandsetState:
    told: dict[str, Any] = answer.json()
    if answer.status_code in _REASONS:
        raise HandsetRefused(_REASONS[answer.status_code], str(told["message"]))
    if answer.status_code != 200:
        raise HandsetAway(f"status {answer.status_code}")
    return HandsetState(told["stage"], told["agentSpeaks"] is True)


def handset(settings: Settings) -> SandboxHandset | None:
    """The sandbox's, where one is configured."""
    carrier = settings.carrier("test")
    return None if carrier is None else SandboxHandset(carrier)
