"""HubSpot's objects that can be called about, and what its records look like. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.crm.platform import ObjectKind, Record

OBJECTS: Final = {
    kind.key: kind
    for kind in (
        ObjectKind("contact", "contacts", numbers=("mobilephone", "phone"), names=("firstname", "lastname")),
        ObjectKind("company", "companies", numbers=("phone",), names=("name",)),
        ObjectKind("deal", "deals", numbers=(), names=(), person=False),
        ObjectKind("ticket", "tickets", numbers=(), names=(), person=False),
    )
}
# How requests of HubSpot's name an object: workflow actions, webhooks, and its id for it.
_KEYS: Final = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket"}
# By which property an object's records tell when they changed last.
CHANGED: Final = {"contact": "lastmodifieddate"}
CHANGED_ELSE: Final = "hs_lastmodifieddate"
# What HubSpot itself changes on a record when a call is put on it or reported on.
QUIET: Final = frozenset(
    (
        "hs_count_is_worked",
        "hs_first_engagement_object_id",
        "hs_first_outreach_date",
        "hs_is_unworked",
        "hs_last_activity_date",
        "hs_last_logged_call_date",
        "hs_last_sales_activity_date",
        "hs_last_sales_activity_timestamp",
        "hs_last_sales_activity_type",
        "hs_lastactivitydate",
        "hs_lastcontacted",
        "hs_lastmodifieddate",
        "hs_num_times_contacted",
        "hs_sa_first_engagement_date",
        "hs_sa_first_engagement_descr",
        "hs_sa_first_engagement_object_type",
        "hs_time_to_first_engagement",
        "hs_updated_by_user_id",
        "lastmodifieddate",
        "notes_last_contacted",
        "notes_last_updated",
        "num_contacted_notes",
        "num_notes",
    )
)


def key_of(name: object) -> str | None:
    """Our key for what HubSpot calls `CONTACT`, `contact` or `0-1`; None for an object that cannot be called."""
    key = _KEYS.get(str(name), str(name).lower())
    return key if key in OBJECTS else None


def record_of(object: str, answer: Mapping[str, Any], related: Mapping[str, Record] | None = None) -> Record:
    """A record from HubSpot's JSON for it. Its `id` is the present one of a record that was merged."""
    properties = answer.get("properties") or {}
    texts = {name: str(value) for name, value in properties.items() if value not in (None, "")}
    return Record(object, str(answer["id"]), texts, related or {})


def person_ids(answer: Mapping[str, Any], person: str) -> Sequence[str]:
    """The ids of the persons a record belongs to, as HubSpot orders them."""
    found = ((answer.get("associations") or {}).get(OBJECTS[person].name) or {}).get("results") or []
    return tuple(dict.fromkeys(str(each["id"]) for each in found))
