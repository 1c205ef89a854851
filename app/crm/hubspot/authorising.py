"""HubSpot's OAuth: the link, the code, refreshing, and leaving."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from app.config import Settings
from app.crm.failures import CrmFailed, Later, Refused, Revoked
from app.crm.platform import Answer, Door, Grant
from app.errors import InvalidRequest
from app.times import now

# What a portal has to grant, and what it may leave out: without it calls about those objects are refused. The app in
# `connectors/hubspot` asks for the same; HubSpot refuses a link that asks for others.
SCOPES: Final = (
    "oauth",
    "automation",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.write",
)
OPTIONAL_SCOPES: Final = (
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "tickets",
)
_GRANTS: Final = "/oauth/2026-03/token"
_INSTALL: Final = "/appinstalls/2026-03/external-install"
_REVOKED: Final = frozenset(("BAD_REFRESH_TOKEN", "invalid_grant"))
_OURS: Final = frozenset(("BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "invalid_client", "unauthorized_client"))


def redirect_uri(settings: Settings) -> str:
    """Where HubSpot leads the browser back to."""
    return f"{settings.api_url}/crm/hubspot/authorized"


def authorize_url(settings: Settings, state: str) -> str:
    """The link by which a person installs the app in a portal. HubSpot's web flow knows no PKCE."""
    fields = {
        "client_id": settings.hubspot_client_id,
        "redirect_uri": redirect_uri(settings),
        "scope": " ".join(SCOPES),
        "optional_scope": " ".join(OPTIONAL_SCOPES),
        "state": state,
    }
    return f"{settings.hubspot_authorize_url}?{urlencode(fields, quote_via=quote)}"


def exchange(settings: Settings, door: Door, code: str) -> Grant:
    """The grant for a code. Raises InvalidRequest where HubSpot does not take it."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri(settings)}
    try:
        given = door.form(_at(settings, _GRANTS), _ours(settings) | fields).json
        known = _known(settings, door, given["access_token"])
    except Refused as refused:
        raise _misconfigured(refused) or InvalidRequest(
            "HubSpot did not take the authorisation. Open the link anew, and finish within a few minutes.", field="code"
        ) from None
    if not known.get("hub_id"):  # a token that is no good any more is told by nothing else
        raise InvalidRequest("HubSpot has taken the authorisation back already. Open the link anew.", field="code")
    return _grant(settings, given, str(known["hub_id"]), str(known.get("hub_domain") or known["hub_id"]))


def refresh(settings: Settings, door: Door, grant: Grant) -> Grant:
    """A new access token. Raises Revoked when the app was uninstalled or the refresh token taken back."""
    fields = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token or ""}
    try:
        given = door.form(_at(settings, _GRANTS), _ours(settings) | fields).json
    except Refused as refused:
        raise _revoked(refused) or _misconfigured(refused) or refused from None
    renewed = {"refresh_token": grant.refresh_token} | {name: value for name, value in given.items() if value}
    return _grant(settings, renewed, grant.external_id, grant.external_name)


def leave(settings: Settings, door: Door, grant: Grant) -> None:
    """Uninstall the app from the portal (HubSpot tells its administrators), and revoke the refresh token.

    What was done before is no error: a portal without the app neither refreshes nor takes the token.
    """
    try:
        _uninstall(settings, door, grant)
    except Revoked:
        return
    fields = {"token": grant.refresh_token or "", "token_type_hint": "refresh_token"}
    try:
        door.form(_at(settings, f"{_GRANTS}/revoke"), _ours(settings) | fields)
    except Refused as refused:
        if misconfigured := _misconfigured(refused):
            raise misconfigured from None


def _uninstall(settings: Settings, door: Door, grant: Grant, *, renewed: bool = False) -> None:
    try:
        door.delete(_at(settings, _INSTALL), bearer=grant.access_token)
    except Refused as refused:
        if refused.status_code == 401 and not renewed:
            _uninstall(settings, door, refresh(settings, door, grant), renewed=True)
        elif refused.status_code not in (404, 410):
            raise


def _known(settings: Settings, door: Door, access_token: str) -> Mapping[str, Any]:
    """What HubSpot knows of a token: its portal, and the portal's domain."""
    fields = {"token": access_token, "token_type_hint": "access_token"}
    answer: Answer = door.form(_at(settings, f"{_GRANTS}/introspect"), _ours(settings) | fields)
    known: Mapping[str, Any] = answer.json
    return known


def _grant(settings: Settings, given: Mapping[str, Any], external_id: str, external_name: str) -> Grant:
    return Grant(
        access_token=str(given["access_token"]),
        refresh_token=str(given["refresh_token"]),
        expires_at=now() + timedelta(seconds=int(given["expires_in"])),
        external_id=external_id,
        external_name=external_name,
        base_url=settings.hubspot_base_url.rstrip("/"),
    )


def _revoked(refused: Refused) -> CrmFailed | None:
    if _REVOKED.isdisjoint(_words(refused)):
        return None
    return Revoked("HubSpot has taken the authorisation back: the app was uninstalled there.", refused.status_code)


def _misconfigured(refused: Refused) -> CrmFailed | None:
    """A fault of this hub's settings, which no connection is to suffer for: it is tried again until it is mended."""
    if _OURS.isdisjoint(_words(refused)):
        return None
    said = "HubSpot does not know this hub: HUBSPOT_CLIENT_ID or HUBSPOT_CLIENT_SECRET is wrong."
    return Later(said, refused.status_code, perhaps_done=False)


def _words(refused: Refused) -> set[str]:
    answer = refused.answer if isinstance(refused.answer, dict) else {}
    return {str(answer.get(name)) for name in ("error", "status", "category", "subCategory")}


def _ours(settings: Settings) -> dict[str, str]:
    return {"client_id": settings.hubspot_client_id, "client_secret": settings.hubspot_client_secret}


def _at(settings: Settings, path: str) -> str:
    return settings.hubspot_base_url.rstrip("/") + path
