"""What HubSpot's webhooks tell: a batch of up to 100 events, of several portals, at least once and in any order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.crm.hubspot.objects import key_of
from app.crm.platform import Arrivals, Change
from app.errors import InvalidRequest

_CREATED: Final = "creation"
_CHANGED: Final = "propertyChange"
_ERASED: Final = "privacyDeletion"


def hear(events: Any, app_id: str, arrivals: Arrivals) -> None:
    """Take a batch of events; those of portals that are not connected, and of no use to us, are passed over.

    HubSpot tells the whole batch again where we fail in the midst of it: each change is taken once. Raises
    InvalidRequest for what is no batch.
    """
    if not isinstance(events, list):
        raise InvalidRequest("A batch of events is a list.")
    of_portals: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for event in events:
        if isinstance(event, dict) and event.get("portalId") and event.get("objectId"):
            of_portals[str(event["portalId"])].append(event)
    for portal, told in of_portals.items():
        _hear_portal(portal, told, app_id, arrivals)


def change_of(event: Mapping[str, Any], app_id: str) -> Change | None:
    """The change that an event tells of; None for any other event.

    Its key is what is the same when it is told again, by the same subscription or another: an event's id is not unique
    by HubSpot's own word.
    """
    object, kind = _subject(event)
    if object is None or kind not in (_CREATED, _CHANGED):
        return None
    name = str(event.get("propertyName") or "") if kind == _CHANGED else ""
    return Change(
        key=f"{kind}:{object}:{event['objectId']}:{name}:{event.get('occurredAt')}",
        object=object,
        record_id=str(event["objectId"]),
        trigger="created" if kind == _CREATED else "changed",
        property=name or None,
        ours=_is_ours(event, app_id),
    )


def erased_of(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """The record whose data was erased for a person's privacy, by its object's key and its id."""
    object, kind = _subject(event)
    return (object, str(event["objectId"])) if object and kind == _ERASED else None


def _hear_portal(portal: str, events: Iterable[Mapping[str, Any]], app_id: str, arrivals: Arrivals) -> None:
    connection = arrivals.connection_of(portal)
    if connection is None:
        return
    for object, record_id in dict.fromkeys(filter(None, map(erased_of, events))):
        arrivals.note_erased(connection, object, record_id)
    if changes := [change for event in events if (change := change_of(event, app_id))]:
        arrivals.note_changes(connection, changes)


def _subject(event: Mapping[str, Any]) -> tuple[str | None, str]:
    """The object and the kind of an event: `contact.creation`, or `object.creation` with the object's id beside it."""
    object, _, kind = str(event.get("subscriptionType") or "").partition(".")
    return key_of(event.get("objectTypeId") if object == "object" else object), kind


def _is_ours(event: Mapping[str, Any], app_id: str) -> bool:
    """Whether our own app made the change. An event names the app that is told, and the one that changed."""
    ours = {app_id, str(event.get("appId") or "")} - {""}
    return event.get("changeSource") == "INTEGRATION" and str(event.get("sourceId")) in ours
