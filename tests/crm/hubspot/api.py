"""HubSpot's HTTP API over a portal: paths, bodies and errors as HubSpot documents them."""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from tests.crm.hubspot import official
from tests.crm.hubspot.portal import OBJECTS, Call, Portal, Stored

CLIENT_ID: Final = "6f0a1c9e-5d1b-4b5e-9a0e-2f6c1b7d3a44"
CLIENT_SECRET: Final = "b1d6c8f0-13a7-4f0b-8e57-90c2f4f5a6e1"
APP_ID: Final = "33221100"
NOW: Final = "2026-03-20T18:30:00.000Z"

Told = tuple[int, Any]
_Handler = Callable[["Api", dict[str, str], dict[str, str], Any], Told]


class Api:
    """Answers requests. `violations` are those that HubSpot's documents do not allow."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.refreshes = 0
        self.violations: list[str] = []

    def authorised(self, token: str) -> Told | None:
        """What is answered to a request with this bearer token, if it is refused for it."""
        if token in self.portal.access_tokens:
            return None
        if token in self.portal.expired_tokens:
            return 401, error("The OAuth token used to make this call expired.", "EXPIRED_AUTHENTICATION")
        return 401, error("Authentication credentials not found.", "INVALID_AUTHENTICATION")

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Told:
        if found := official.faults(method, path, body):
            self.violations += [f"{method} {path}: {fault}" for fault in found]
            return 400, error(f"Invalid input JSON: {found[0]}", "VALIDATION_ERROR")
        for form, handler in _ROUTES:
            if match := form.fullmatch(f"{method} {path}"):
                return handler(self, {name: unquote(text) for name, text in match.groupdict().items()}, query, body)
        return 404, error(f"No route {method} {path}", "OBJECT_NOT_FOUND")


def error(message: str, category: str, **more: Any) -> dict[str, Any]:
    """HubSpot's usual body for what failed."""
    return {"status": "error", "message": message, "correlationId": _correlation(), "category": category, **more}


def oauth_error(code: str, message: str, status: str) -> dict[str, Any]:
    """The body of the authorisation server: the standard's fields beside HubSpot's older ones."""
    return {"error": code, "error_description": message, "status": status, "message": message}


def token(api: Api, _: dict[str, str], __: dict[str, str], form: Any) -> Told:
    if refused := _client(form):
        return refused
    if form.get("grant_type") == "refresh_token":
        if not api.portal.refresh_token or form.get("refresh_token") != api.portal.refresh_token:
            return 400, oauth_error("invalid_grant", "missing or invalid refresh token", "BAD_REFRESH_TOKEN")
        api.refreshes += 1
        return 200, _granted(api.portal)
    if api.portal.codes.pop(str(form.get("code")), None) != form.get("redirect_uri"):
        return 400, oauth_error("invalid_grant", "missing or unknown auth code", "BAD_AUTH_CODE")
    api.portal.refresh_token = "refresh-" + secrets.token_hex(12)
    return 200, _granted(api.portal)


def introspect(api: Api, _: dict[str, str], __: dict[str, str], form: Any) -> Told:
    if refused := _client(form):
        return refused
    if form.get("token") not in api.portal.access_tokens:
        return 200, {"active": False}
    known = {"active": True, "token_use": "access_token", "hub_id": int(api.portal.id), "app_id": int(APP_ID)}
    return 200, known | {"hub_domain": api.portal.domain, "client_id": CLIENT_ID, "token_type": "access"}


def revoke(api: Api, _: dict[str, str], __: dict[str, str], form: Any) -> Told:
    if refused := _client(form):
        return refused
    if not api.portal.refresh_token or form.get("token") != api.portal.refresh_token:
        return 400, oauth_error("invalid_grant", "missing or invalid refresh token", "BAD_REFRESH_TOKEN")
    api.portal.refresh_token = None
    return 204, None


def uninstall(api: Api, *_: Any) -> Told:
    api.portal.uninstall()
    return 204, None


def read_record(api: Api, path: dict[str, str], query: dict[str, str], _: Any) -> Told:
    stored = api.portal.find(OBJECTS[path["object"]], path["id"])
    if stored is None:
        return _not_found()
    asked = query.get("properties", "").split(",")
    answer = _record(stored, asked)
    if query.get("associations") == "contacts" and stored.persons:
        kinds = (f"{stored.object}_to_contact", f"{stored.object}_to_contact_unlabeled")
        results = [{"id": each, "type": kind} for each in stored.persons for kind in kinds]
        answer["associations"] = {"contacts": {"results": results}}
    return 200, answer


def search(api: Api, path: dict[str, str], _: dict[str, str], body: Any) -> Told:
    for name in {each["propertyName"] for group in body["filterGroups"] for each in group["filters"]}:
        if not api.portal.has_property(OBJECTS[path["object"]], name):
            return 400, error(f"There was a problem with the request. Unknown property {name}", "VALIDATION_ERROR")
    found = api.portal.search(OBJECTS[path["object"]], body["filterGroups"], body["sorts"], body["limit"])
    results = [_record(stored, body["properties"]) for stored in found]
    return 200, {"total": len(results), "results": results}


def list_properties(api: Api, path: dict[str, str], *_: Any) -> Told:
    return 200, {"results": api.portal.properties_of(OBJECTS[path["object"]])}


def read_call_property(api: Api, path: dict[str, str], *_: Any) -> Told:
    found = api.portal.call_properties.get(path["name"])
    return (200, found) if found else _not_found()


def add_group(api: Api, _: dict[str, str], __: dict[str, str], body: Any) -> Told:
    if body["name"] in api.portal.groups:
        return 409, error("The property group already exists.", "CONFLICT")
    api.portal.groups.add(body["name"])
    return 201, body


def add_call_property(api: Api, _: dict[str, str], __: dict[str, str], body: Any) -> Told:
    if body["groupName"] not in api.portal.groups:
        return 400, error("The property group does not exist.", "VALIDATION_ERROR")
    if body["name"] in api.portal.call_properties:
        return 409, error("A property with this name already exists.", "CONFLICT")
    api.portal.call_properties[body["name"]] = body
    return 201, body


def upsert_calls(api: Api, _: dict[str, str], __: dict[str, str], body: Any) -> Told:
    results = []
    for each in body["inputs"]:
        unique = api.portal.call_properties.get(each["idProperty"], {}).get("hasUniqueValue")
        if not unique:
            return 400, error(f"Property {each['idProperty']} is not unique", "VALIDATION_ERROR")
        if wrong := api.portal.wrong_in_call(each["properties"]):
            said = f"Property values were not valid: {json.dumps(wrong)}"
            return 400, error(said, "VALIDATION_ERROR")
        call, new = api.portal.upsert_call(each["idProperty"], each["id"], each["properties"])
        results.append(_call(call) | {"new": new})
    return 200, {"status": "COMPLETE", "results": results, "startedAt": NOW, "completedAt": NOW}


def read_call(api: Api, path: dict[str, str], *_: Any) -> Told:
    call = api.portal.calls.get(path["id"])
    return (200, _call(call)) if call else _not_found()


def delete_call(api: Api, path: dict[str, str], *_: Any) -> Told:
    api.portal.calls.pop(path["id"], None)
    return 204, None


def associate(api: Api, path: dict[str, str], *_: Any) -> Told:
    call, stored = api.portal.calls.get(path["call"]), api.portal.find(OBJECTS[path["object"]], path["id"])
    if call is None or stored is None:
        return _not_found()
    if (stored.object, stored.id) not in call.on:
        call.on.append((stored.object, stored.id))
    return 200, {"status": "COMPLETE", "results": [], "startedAt": NOW, "completedAt": NOW}


def complete(api: Api, path: dict[str, str], _: dict[str, str], body: Any) -> Told:
    if path["id"] not in api.portal.waiting:
        return _not_found()
    api.portal.waiting.discard(path["id"])
    api.portal.completed.append((path["id"], body))
    return 204, None


def _client(form: Any) -> Told | None:
    if form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET:
        return None
    return 400, oauth_error("invalid_client", "missing or invalid client id or secret", "BAD_CLIENT_ID")


def _granted(portal: Portal) -> dict[str, Any]:
    granted = {"token_use": "access_token", "token_type": "bearer", "expires_in": 1800, "hub_id": int(portal.id)}
    return granted | {"access_token": portal.token(), "refresh_token": portal.refresh_token}


def _record(stored: Stored, asked: list[str]) -> dict[str, Any]:
    names = {*asked, "hs_object_id"} - {""}
    properties = {name: (stored.properties | {"hs_object_id": stored.id}).get(name) for name in names}
    return {"id": stored.id, "properties": properties, "createdAt": NOW, "updatedAt": NOW, "archived": False}


def _call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "properties": call.properties, "createdAt": NOW, "updatedAt": NOW, "archived": False}


def _not_found() -> Told:
    return 404, error("resource not found", "OBJECT_NOT_FOUND")


def _correlation() -> str:
    return "aeb5f871-7f07-4993-9211-075dc63e7cbf"


_OBJECT: Final = r"(?P<object>contacts|companies|deals|tickets)"
_ROUTES: Final[list[tuple[re.Pattern[str], _Handler]]] = [
    (re.compile(form), handler)
    for form, handler in (
        (r"POST /oauth/2026-03/token", token),
        (r"POST /oauth/2026-03/token/introspect", introspect),
        (r"POST /oauth/2026-03/token/revoke", revoke),
        (r"DELETE /appinstalls/2026-03/external-install", uninstall),
        (rf"POST /crm/v3/objects/{_OBJECT}/search", search),
        (rf"GET /crm/v3/objects/{_OBJECT}/(?P<id>[^/]+)", read_record),
        (r"POST /crm/v3/objects/calls/batch/upsert", upsert_calls),
        (r"GET /crm/v3/objects/calls/(?P<id>[^/]+)", read_call),
        (r"DELETE /crm/v3/objects/calls/(?P<id>[^/]+)", delete_call),
        (r"GET /crm/v3/properties/calls/(?P<name>[^/]+)", read_call_property),
        (r"POST /crm/v3/properties/calls/groups", add_group),
        (r"POST /crm/v3/properties/calls", add_call_property),
        (rf"GET /crm/v3/properties/{_OBJECT}", list_properties),
        (rf"PUT /crm/v4/objects/calls/(?P<call>[^/]+)/associations/default/{_OBJECT}/(?P<id>[^/]+)", associate),
        (r"POST /automation/v4/actions/callbacks/(?P<id>[^/]+)/complete", complete),
    )
]
