"""The hub's API over one pool of connections, for whoever's key it is."""

from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, Self

import anyio
import httpx2

from mio_hub_mcp import __version__
from mio_hub_mcp.refusal import Refusal

Fields = dict[str, Any]

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 1.0

_NEVER_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Hub:
    """Open while the block lasts. Every method raises Refusal."""

    def __init__(self, url: str, connections: int) -> None:
        """`url` ends in /api/v1; `connections` is how many requests are on the way at once."""
        self._client = httpx2.AsyncClient(
            base_url=url,
            headers={"User-Agent": f"mio-hub-mcp/{__version__}", "Accept": "application/json"},
            # No cookie that one client's request brings goes out with another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get(
        self, key: str, path: str, query: Mapping[str, Any] | None = None, *, wait: int = 0, has: str = "id"
    ) -> Fields:
        """What lies at `path`, with the field `has`; with `wait` the hub may take so many seconds longer to answer."""
        given = dict(query or {}) | ({"wait": wait} if wait else {})
        try:
            return await self._ask("GET", key, path, ANSWER_SECONDS + wait, has, params=given)
        except _Lost as lost:
            raise Refusal(str(lost), "hub_unreachable", retryable=True) from lost

    async def post(self, key: str, path: str, body: Fields, *, idempotency_key: str) -> Fields:
        """Have something done once at most: when the answer does not come, it is asked for again, once, under the same
        Idempotency-Key. If it is not known then either, the Refusal is `unknown`."""
        try:
            return await self._post(key, path, body, idempotency_key)
        except _Lost as lost:
            doubt = _unknown(lost)
        except Refusal as refusal:
            if refusal.code != "idempotency_in_progress":
                raise
            doubt = refusal
        await anyio.sleep(AGAIN_SECONDS)
        try:
            return await self._post(key, path, body, idempotency_key)
        except _Lost as lost:
            raise _unknown(lost) from lost
        except Refusal as refusal:
            # These are told before the hub looks whether it has carried out the first request, or not by the hub.
            before = refusal.retryable or refusal.code in ("unauthenticated", "not_the_hub")
            raise (doubt if before else refusal) from refusal

    async def _post(self, key: str, path: str, body: Fields, idempotency_key: str) -> Fields:
        headers = {"Idempotency-Key": idempotency_key}
        return await self._ask("POST", key, path, ANSWER_SECONDS, "id", headers=headers, json=body)

    async def _ask(
        self,
        method: str,
        key: str,
        path: str,
        seconds: float,
        has: str,
        headers: Mapping[str, str] | None = None,
        **given: Any,
    ) -> Fields:
        """Raises Refusal for what the hub refused or never heard of, _Lost for what it may have carried out."""
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            answer = await self._client.request(
                method, path, headers={"X-API-Key": key} | dict(headers or {}), timeout=timeout, **given
            )
        except _NEVER_SENT as error:
            raise Refusal("The hub cannot be reached.", "hub_unreachable", retryable=True) from error
        except httpx2.RequestError as error:
            raise _Lost("The hub has not answered.") from error
        return read(answer, has)


class _Lost(Exception):
    """A request that may have been carried out: no answer came, or none that says."""


def _unknown(lost: _Lost) -> Refusal:
    return Refusal(str(lost), "outcome_unknown", retryable=True, unknown=True)


def read(answer: httpx2.Response, has: str) -> Fields:
    """What an answer holds; without the field `has` it is not the hub's. Raises Refusal for one that refuses, _Lost for
    one that leaves it open."""
    try:
        content = answer.json()
    except ValueError:
        content = None
    if answer.is_success and isinstance(content, dict) and has in content:
        return content
    if answer.is_success or (answer.status_code >= 500 and answer.status_code != 503):
        raise _Lost(_sentence(content) or "The hub has not given an answer that can be read.")
    if not _sentence(content):
        return _refuse_stranger(answer)
    raise Refusal(
        content["error"],
        str(content.get("code", "error")),
        retryable=answer.status_code in (429, 503) or content.get("code") == "idempotency_in_progress",
        field=content.get("field"),
        call_id=content.get("callId"),
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
    )


def _sentence(content: Any) -> str | None:
    sentence = content.get("error") if isinstance(content, dict) else None
    return sentence if isinstance(sentence, str) else None


def _refuse_stranger(answer: httpx2.Response) -> Fields:
    status = answer.status_code
    if status in (429, 503):
        raise Refusal(f"The hub is not available ({status}).", "unavailable", retryable=True)
    advice = "Ask whoever set up this server whether MIO_URL is the address of a Mio Hub."
    raise Refusal(f"What answered ({status}) is no Mio Hub.", "not_the_hub", advice=advice)


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
