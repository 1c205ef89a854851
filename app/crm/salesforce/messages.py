"""Outbound messages: SOAP in, and the words by which Salesforce knows that they were stored. Pure.

A message says of up to 100 records that a workflow rule or a flow has something to tell of them, with the fields that
were chosen for it. It comes until it is acknowledged, for a day, in any order, and may come again after that. Its
SessionId would let us act as a user: it is not even looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.crm.platform import Change, Record
from app.crm.salesforce.ids import long_id
from app.crm.salesforce.records import OBJECTS
from app.errors import InvalidRequest

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_NOTIFICATIONS: Final = 100
MOST_PARTS: Final = 200_000  # 100 records with 800 fields each, all of them nil by an attribute, and some more
LONGEST_TAG: Final = 128 * 1024  # bytes
_PIECE: Final = 64 * 1024
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_MESSAGE: Final = "{http://soap.sforce.com/2005/09/outbound}"
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_KEYS: Final = {kind.name: key for key, kind in OBJECTS.items()}
_TASK: Final = "Task"

ACK: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</soapenv:Body></soapenv:Envelope>"
)
ACK_TYPE: Final = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Message:
    """`organisation` is the id, of 18 characters, of who says to have sent it."""

    organisation: str
    changes: tuple[Change, ...]


def read(body: bytes) -> Message:
    """A message. Raises InvalidRequest for anything that is not wholly one: a part of a message is never taken."""
    if len(body) > MOST_BYTES:
        raise InvalidRequest(f"A message has at most {MOST_BYTES // 1024} KB.")
    notifications = _notifications(_parsed(body))
    found = notifications.findall(f"{_MESSAGE}Notification")
    if not 1 <= len(found) <= MOST_NOTIFICATIONS:
        raise InvalidRequest(f"A message has 1 to {MOST_NOTIFICATIONS} notifications; this one has {len(found)}.")
    organisation = _id(_only(notifications, f"{_MESSAGE}OrganizationId"))
    return Message(organisation, tuple(_change(notification) for notification in found))


class _Bounded(TreeBuilder):
    """Elements and attributes take up to a hundred times the bytes in memory that the smallest take in a body."""

    def __init__(self) -> None:
        super().__init__()
        self._left = MOST_PARTS

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._left -= 1 + len(attrs)
        if self._left < 0:
            raise InvalidRequest(f"A message has at most {MOST_PARTS:,} elements and attributes.")
        return super().start(tag, attrs)


def _parsed(body: bytes) -> Element:
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        for start in range(0, len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
            if start + _PIECE - parser.parser.CurrentByteIndex > LONGEST_TAG + _PIECE:
                raise InvalidRequest(f"A tag in a message has at most {LONGEST_TAG // 1024} KB.")
        root: Element = parser.close()
    except DefusedXmlException:
        raise InvalidRequest("A message has no document type and no entities.") from None
    except (ParseError, ValueError, LookupError):  # the latter two for an encoding that is none
        raise InvalidRequest("The message is not whole XML.") from None
    return root


def _notifications(root: Element) -> Element:
    if root.tag != f"{_SOAP}Envelope":
        raise InvalidRequest("The message is no SOAP envelope.")
    return _only(_only(root, f"{_SOAP}Body"), f"{_MESSAGE}notifications")


def _change(notification: Element) -> Change:
    key, record = _id(_only(notification, f"{_MESSAGE}Id")), _only(notification, f"{_MESSAGE}sObject")
    name = record.get(f"{_SCHEMA}type", "").rpartition(":")[2].strip()
    fields = dict(_fields(record))
    record_id = long_id(fields.get("Id", ""))
    if not name or record_id is None:
        raise InvalidRequest("A record in the message has no type or no Id.")
    object = _KEYS.get(name, name)
    return Change(
        key=key,
        object=object,
        record_id=record_id,
        trigger="message",
        ours=name == _TASK and _is_uuid(fields.get("CallObject", "")),
        record=Record(object, record_id, fields),
    )


def _fields(record: Element) -> Iterator[tuple[str, str]]:
    """Names without their namespace, and texts; what is nil, empty or has parts is left out."""
    for field in record:
        text = (field.text or "").strip()
        if text and not len(field) and field.get(f"{_SCHEMA}nil") not in ("true", "1"):
            yield field.tag.rpartition("}")[2], text


def _only(parent: Element, tag: str) -> Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise InvalidRequest(f"The message needs {tag.rpartition('}')[2]} once, and has it {len(found)} times.")
    return found[0]


def _id(element: Element) -> str:
    found = long_id((element.text or "").strip())
    if found is None:
        raise InvalidRequest(f"{element.tag.rpartition('}')[2]} in the message is no id of Salesforce's.")
    return found


def _is_uuid(text: str) -> bool:
    """What only our own tasks have for their CallObject: the id of a call."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
