"""The app itself and the changes it hears of. What a portal's people are asked to allow stands here."""

from typing import Any, Final

from connectors.generation.hubspot.place import APP, Place

Part = dict[str, Any]

# Each is needed by a request that the hub makes; a test has the table. A portal may leave the optional ones out: calls
# about those objects then say what is missing.
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

# HubSpot tells of a property only where an app has named it. These are what calls follow from in most portals.
CHANGES: Final = {
    "contact": (
        "lifecyclestage",
        "hs_lead_status",
        "hubspot_owner_id",
        "phone",
        "mobilephone",
        "recent_conversion_date",
    ),
    "company": ("lifecyclestage", "hs_lead_status", "hubspot_owner_id", "phone"),
    "deal": ("dealstage", "hubspot_owner_id", "amount", "closedate"),
    "ticket": ("hs_pipeline_stage", "hs_ticket_priority", "hubspot_owner_id"),
}

# HubSpot takes no fewer than six. More would not make the hub quicker: a request is stored, and its work done later.
_AT_ONCE: Final = 10


def app(place: Place) -> Part:
    """The app's file, as JSON values. It has no cards and no pages in HubSpot, so HubSpot need fetch nothing for it."""
    return {
        "uid": "mio_ai_calls",
        "type": "app",
        "config": {
            "name": APP,
            "description": "Places AI phone calls from workflows and puts what came of them on the record.",
            "distribution": "marketplace",
            "auth": {
                "type": "oauth",
                "redirectUrls": [place.inbound("authorized")],
                "requiredScopes": list(SCOPES),
                "optionalScopes": list(OPTIONAL_SCOPES),
                "conditionallyRequiredScopes": [],
            },
            "permittedUrls": {"fetch": [], "iframe": [], "img": []},
            "support": {
                "supportEmail": place.support_email,
                "documentationUrl": place.documentation_url,
                "supportUrl": place.support_url,
            },
        },
    }


def webhooks(place: Place) -> Part:
    """The file of what the app hears, as JSON values."""
    return {
        "uid": "mio_ai_calls_webhooks",
        "type": "webhooks",
        "config": {
            "settings": {"targetUrl": place.inbound("webhooks"), "maxConcurrentRequests": _AT_ONCE},
            "subscriptions": {
                "crmObjects": [one for key, properties in CHANGES.items() for one in _heard(key, properties)],
                "hubEvents": [{"subscriptionType": "contact.privacyDeletion", "active": True}],
            },
        },
    }


def _heard(key: str, properties: tuple[str, ...]) -> list[Part]:
    created = {"subscriptionType": "object.creation", "objectType": key, "active": True}
    return [created, *(_changed(key, name) for name in properties)]


def _changed(key: str, name: str) -> Part:
    return {"subscriptionType": "object.propertyChange", "objectType": key, "propertyName": name, "active": True}
