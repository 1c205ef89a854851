"""Streamable HTTP: many clients, each with a key of its own."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import uvicorn
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mio_hub_mcp.server import Context, server
from mio_hub_mcp.settings import LOOPBACK, Settings, WrongSetting, is_key

PATH: Final = "/mcp"
_BODY_BYTES: Final = 256 * 1024
_SESSIONS: Final = 1000
# A wait may last an hour; a server that is told to stop does not.
_STOP_SECONDS: Final = 3
_MISSING: Final = {
    "error": "Send your API key of Mio Hub, in the header X-API-Key or as Authorization: Bearer.",
    "code": "unauthenticated",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and which Host and Origin headers are let in; on loopback its own names always are."""

    host: str
    port: int
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()


def serve(settings: Settings, listening: Listening) -> None:
    """Run until a signal. Raises WrongSetting."""
    app = application(settings, listening)
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    print(f"Listening on http://{host}:{listening.port}{PATH}", file=sys.stderr)
    config = uvicorn.Config(
        app,
        listening.host,
        listening.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    uvicorn.Server(config).run()


def application(settings: Settings, listening: Listening) -> ASGIApp:
    """The ASGI application. Raises WrongSetting for what would open somebody's account to strangers."""
    local = listening.host in LOOPBACK
    if settings.api_key and not local:
        raise WrongSetting(
            f"MIO_API_KEY must not be set when listening on {listening.host}: whoever reaches this server could call "
            "with it. Let each client send its own key."
        )
    if not local and not listening.allowed_hosts:
        raise WrongSetting(f"Listening on {listening.host} needs --allowed-host: the name by which clients reach it.")
    app = server(settings, _key_of).streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=_BODY_BYTES,
        max_sessions=_SESSIONS,
        transport_security=_let_in(listening, _own_names(local)),
    )
    app.add_middleware(_Keyed, fallback=settings.api_key)
    return app


def _own_names(local: bool) -> Sequence[str]:
    return ("127.0.0.1:*", "localhost:*", "[::1]:*") if local else ()


def _let_in(listening: Listening, own: Sequence[str]) -> TransportSecuritySettings:
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*own, *listening.allowed_hosts],
        allowed_origins=[*(f"http://{name}" for name in own), *listening.allowed_origins],
    )


class _Keyed:
    """Lets in only requests that have a key, and makes its holder the user: a session is then that holder's alone."""

    def __init__(self, app: ASGIApp, fallback: str | None) -> None:
        self._app, self._fallback = app, fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            key = _sent(Headers(scope=scope)) or self._fallback
            if key is None or not is_key(key):
                refused = JSONResponse(_MISSING, 401, headers={"WWW-Authenticate": 'Bearer realm="Mio Hub"'})
                return await refused(scope, receive, send)
            digest = hashlib.sha256(key.encode()).hexdigest()
            scope["user"] = AuthenticatedUser(AccessToken(token=key, client_id=digest, scopes=[]))
        return await self._app(scope, receive, send)


def _sent(headers: Headers) -> str | None:
    if key := headers.get("X-API-Key", "").strip():
        return key
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _key_of(context: Context) -> str | None:
    user = context.request.scope.get("user") if context.request else None
    return user.access_token.token if isinstance(user, AuthenticatedUser) else None
