"""One HTTP request to the carrier, sent once, and what became of it."""

from collections.abc import Mapping
from typing import Final

from requests import RequestException, Response, Session
from requests.adapters import HTTPAdapter
from twilio.http.response import Response as TwilioResponse

from app.carriers import failures

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
CONNECTIONS: Final = 16


class TwilioHttp:
    """Stands in for the twilio library's own client, which would wait for ever and log every number that is dialled.

    Safe for several threads. With `keep_alive` connections are used again; without, every request opens its own:
    one that the other side has just closed would leave in doubt whether the request was carried out.
    Raises the errors of `app.calls.ports` for anything but a 2xx.
    """

    is_async = False

    def __init__(self, *, keep_alive: bool, read_seconds: float = READ_SECONDS) -> None:
        self._kept = _session() if keep_alive else None
        self._timeouts = (CONNECT_SECONDS, read_seconds)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> TwilioResponse:
        """As the library calls it; `timeout` and `allow_redirects` are ours to decide."""
        asked = {"params": params, "data": data, "headers": headers, "auth": auth}
        try:
            answer = self._send(method, url, asked)
        except RequestException as error:
            raise failures.of_silence(error) from error
        if not 200 <= answer.status_code < 300:
            raise failures.of_answer(answer.status_code, answer.text, answer.headers.get("Retry-After"))
        return TwilioResponse(answer.status_code, answer.text, answer.headers)

    def _send(self, method: str, url: str, asked: Mapping[str, object]) -> Response:
        if self._kept is not None:
            return self._ask(self._kept, method, url, asked)
        with _session() as session:
            return self._ask(session, method, url, asked)

    def _ask(self, session: Session, method: str, url: str, asked: Mapping[str, object]) -> Response:
        return session.request(
            method,
            url,
            timeout=self._timeouts,
            allow_redirects=False,
            **asked,  # type: ignore[arg-type]
        )


def _session() -> Session:
    session = Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
    return session
