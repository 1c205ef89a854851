"""Authorisation by Salesforce: the web server flow with PKCE, the JWT bearer flow, refreshing, revoking."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

import jwt

from app.config import Settings
from app.crm.failures import CrmFailed, Later, Refused, Revoked
from app.crm.platform import Door, Grant
from app.crm.salesforce import hosts
from app.crm.salesforce.failing import told
from app.crm.salesforce.ids import long_id
from app.errors import InvalidRequest, Unavailable

_SANDBOXES: Final = (".sandbox.my.salesforce.com", ".scratch.my.salesforce.com")
SCOPES: Final = "api refresh_token"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Salesforce takes an assertion that ends within three minutes, by its own clock.
_ASSERTION: Final = timedelta(seconds=150)
# It does not say how long a token lasts: as the organisation has set it. One that has ended before is refused with 401.
_TOKEN: Final = timedelta(hours=1)
_TAKEN_BACK: Final = frozenset(
    {"invalid_grant", "inactive_user", "inactive_org", "invalid_app_access", "OAUTH_APP_BLOCKED"}
)
_PASSING: Final = frozenset({"rate_limit_exceeded", "unknown_error", "temporarily_unavailable"})
_NOT_APPROVED: Final = "hasn't approved this consumer"
_TO_APPROVE: Final = (
    "Let an administrator pre-authorise the app for this user, or sign in once by the link of a connection without a"
    " username."
)
_ODD: Final = "Salesforce's answer names no organisation and address that can be trusted."


def authorize_url(settings: Settings, login: str, state: str, challenge: str) -> str:
    """Where a person authorises us."""
    fields = {
        "response_type": "code",
        "client_id": settings.salesforce_client_id,
        "redirect_uri": _redirect_uri(settings),
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{login}/services/oauth2/authorize?{urlencode(fields)}"


def exchange(door: Door, settings: Settings, login: str, code: str, verifier: str) -> Grant:
    """The grant for a code. Raises InvalidRequest in words for the person, Later."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _redirect_uri(settings),
        "code_verifier": verifier,
    }
    try:
        return _grant(settings, _token(door, login, fields | _client(settings)), None)
    except (Refused, Revoked) as refused:
        raise InvalidRequest(f"Salesforce did not accept the authorisation: {refused.detail}") from None


def grant_by_key(door: Door, settings: Settings, login: str, username: str) -> Grant:
    """A grant for a user who has approved the app, by our private key.

    Raises InvalidRequest (`username`) in words, Unavailable when the key cannot be used, Later.
    """
    try:
        return _by_key(door, settings, login, username)
    except (Refused, Revoked) as refused:
        said = f"Salesforce did not let {username} in: {refused.detail}"
        if _NOT_APPROVED in refused.detail:
            said = f"Salesforce says that {username} has not approved this app. {_TO_APPROVE}"
        raise InvalidRequest(said, field="username") from None


def refresh(door: Door, settings: Settings, login: str, username: str | None, grant: Grant) -> Grant:
    """A new access token of the same organisation, with the refresh token that is good from now on. Raises Revoked."""
    if grant.refresh_token is None:
        if username is None:
            raise Revoked("There is no refresh token.")
        fresh = _by_key(door, settings, login, username)
    else:
        fields = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        fresh = _grant(settings, _token(door, login, fields | _client(settings)), grant.refresh_token)
    if fresh.external_id != grant.external_id:
        raise Revoked("Salesforce answered for another organisation.")
    return fresh


def revoke(door: Door, login: str, grant: Grant) -> None:
    """Take the authorisation back; a refresh token goes with all its access tokens. Twice is no error."""
    try:
        door.form(f"{login}/services/oauth2/revoke", {"token": grant.refresh_token or grant.access_token})
    except Refused as refused:
        if refused.status_code != 400:  # it answers so for a token that is good no more
            raise


def _by_key(door: Door, settings: Settings, login: str, username: str) -> Grant:
    fields = {"grant_type": JWT_BEARER, "assertion": assertion(settings, login, username)}
    return _grant(settings, _token(door, login, fields), None)


def assertion(settings: Settings, login: str, username: str) -> str:
    """That we act for a user, signed (RS256). Raises Unavailable when there is no key to sign with."""
    claims = {
        "iss": settings.salesforce_client_id,
        "sub": username,
        "aud": audience(settings, login),
        "exp": int((datetime.now(UTC) + _ASSERTION).timestamp()),
    }
    try:
        return jwt.encode(claims, settings.salesforce_private_key.replace("\\n", "\n"), algorithm="RS256")
    except (ValueError, jwt.InvalidKeyError):
        raise Unavailable("This hub's key for Salesforce (SALESFORCE_PRIVATE_KEY) cannot be read.") from None


def audience(settings: Settings, login: str) -> str:
    """Whom an assertion is for: the server of all production organisations or that of all sandboxes, no My Domain."""
    sandbox = settings.salesforce_sandbox_login_url.rstrip("/")
    is_sandbox = login == sandbox or (urlsplit(login).hostname or "").endswith(_SANDBOXES)
    return sandbox if is_sandbox else settings.salesforce_login_url.rstrip("/")


def _token(door: Door, login: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        answer = door.form(f"{login}/services/oauth2/token", fields).json
    except Refused as refused:
        _raise(refused)
    if not isinstance(answer, dict):
        raise Later("Salesforce's answer about a token is not JSON.")
    return answer


def _raise(refused: Refused) -> NoReturn:
    code, message = told(refused.answer)
    detail = f"{message or code or refused.detail}"[:300]
    kind: type[CrmFailed] = Refused
    if code in _TAKEN_BACK:
        kind = Revoked
    elif code in _PASSING:
        kind = Later
    raise kind(detail, refused.status_code) from None


def _grant(settings: Settings, answer: Mapping[str, Any], refresh_token: str | None) -> Grant:
    """What an answer grants. `id` is an address whose path is /id/<organisation>/<user>."""
    token, renewed = answer.get("access_token"), answer.get("refresh_token") or refresh_token
    base_url = hosts.origin(settings, str(answer.get("instance_url") or ""))
    path = urlsplit(str(answer.get("id") or "")).path.split("/")
    organisation = long_id(path[2]) if len(path) == 4 and path[1] == "id" else None
    if not isinstance(token, str) or not token or base_url is None or organisation is None:
        raise Refused(_ODD)
    return Grant(
        access_token=token,
        refresh_token=str(renewed) if renewed else None,
        expires_at=datetime.now(UTC) + _TOKEN,
        external_id=organisation,
        external_name=urlsplit(base_url).hostname or base_url,
        base_url=base_url,
    )


def _client(settings: Settings) -> dict[str, str]:
    return {"client_id": settings.salesforce_client_id, "client_secret": settings.salesforce_client_secret}


def _redirect_uri(settings: Settings) -> str:
    return f"{settings.api_url}/crm/salesforce/authorized"
