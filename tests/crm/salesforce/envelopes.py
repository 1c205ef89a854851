"""Outbound messages as Salesforce writes them, by the description of its service."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from tests.crm.salesforce.organisation import ID, checked

SESSION: Final = "00D5g000004XyZa!AQ4AQSecretSession"


@dataclass(frozen=True, slots=True)
class Notified:
    """A record in a message; a field that is None is nil."""

    key: str
    name: str
    fields: Mapping[str, Any]


def notification_id(key: object) -> str:
    """An id of a notification, the same for the same key."""
    return checked("04l" + hashlib.sha256(str(key).encode()).hexdigest()[:12])


def envelope(notified: Sequence[Notified], *, organisation: str = ID, prefix: str = "sf") -> bytes:
    """A message with these records, however many."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{organisation}</OrganizationId><ActionId>04k5g0000008ZkzAAE</ActionId>"
        f"<SessionId>{SESSION}</SessionId>"
        "<EnterpriseUrl>https://example.my.salesforce.com/services/Soap/c/65.0/00D5g</EnterpriseUrl>"
        "<PartnerUrl>https://example.my.salesforce.com/services/Soap/u/65.0/00D5g</PartnerUrl>"
        f"{''.join(_notification(one, prefix) for one in notified)}"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _notification(one: Notified, prefix: str) -> str:
    fields = "".join(_field(prefix, name, value) for name, value in one.fields.items())
    return (
        f"<Notification><Id>{one.key}</Id>"
        f'<sObject xsi:type="{prefix}:{one.name}" xmlns:{prefix}="urn:sobject.enterprise.soap.sforce.com">'
        f"{fields}</sObject></Notification>"
    )


def _field(prefix: str, name: str, value: object) -> str:
    if value is None:
        return f'<{prefix}:{name} xsi:nil="true"/>'
    text = str(value).lower() if isinstance(value, bool) else escape(str(value), {"\r": "&#13;"})
    return f"<{prefix}:{name}>{text}</{prefix}:{name}>"
