"""One organisation's records, as the stand-in keeps them, and what its API says of them."""

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.crm.salesforce.soql import MalformedQuery, parse

ID: Final = "00D5g000004XyZaEAK"
EVENT: Final = "Call_Completed__e"
_KEY_PREFIXES: Final = {
    "Lead": "00Q", "Contact": "003", "Account": "001", "Opportunity": "006", "Case": "500",
    "OpportunityContactRole": "00K", "Task": "00T",
    "Organization": "00D", EVENT: "e01",
}  # fmt: skip
_SYSTEM: Final = {"Id": 18, "IsDeleted": 0, "CreatedDate": 0, "LastModifiedDate": 0}
_PERSON: Final = {"FirstName": 40, "LastName": 80, "Phone": 40, "MobilePhone": 40, "Email": 80, "MasterRecordId": 18}
_ANSWER: Final = {"Summary__c": 32768, "Error__c": 32768, **{f"Answer_{place}__c": 32768 for place in (1, 2, 3)}}
_SHORT: Final = (
    "Enrolment_Id__c", "Record_Id__c", "Call_Id__c", "Status__c", "Outcome__c", "Answered_By__c", "End_Reason__c",
    "Error_Code__c",
)  # fmt: skip
# The fields of each object with the most characters that each holds; 0 for what is no text.
FIELDS: Final[Mapping[str, Mapping[str, int]]] = {
    "Lead": _SYSTEM | _PERSON | {"Company": 255, "Status": 255, "IsConverted": 0, "ConvertedContactId": 18},
    "Contact": _SYSTEM | _PERSON | {"HomePhone": 40, "OtherPhone": 40, "AccountId": 18, "Score__c": 0, "Vip__c": 0},
    "Account": _SYSTEM | {"Name": 255, "Phone": 40, "MasterRecordId": 18},
    "Opportunity": _SYSTEM | {"Name": 120, "StageName": 255, "Amount": 0},
    "Case": _SYSTEM | {"Subject": 255, "ContactId": 18, "Status": 255},
    "OpportunityContactRole": _SYSTEM | {"OpportunityId": 18, "ContactId": 18, "IsPrimary": 0},
    "Task": _SYSTEM | {
        "WhoId": 18, "WhatId": 18, "Subject": 255, "TaskSubtype": 40, "Status": 255, "ActivityDate": 0,
        "Description": 32000, "CallType": 40, "CallDurationInSeconds": 0, "CallDisposition": 255, "CallObject": 255,
    },
    "Organization": _SYSTEM | {"TimeZoneSidKey": 40},
    EVENT: dict.fromkeys(_SHORT, 255) | _ANSWER | {"Duration__c": 0, "Cost__c": 0, "Test__c": 0},
}  # fmt: skip
_INDEXED: Final = {"Id", "Name", "CreatedDate", "WhoId", "WhatId"}
_WHO: Final = ("00Q", "003")


class ApiError(Exception):
    """An error as Salesforce answers it."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.body = [{"message": message, "errorCode": code} | ({"fields": list(fields)} if fields else {})]


class Organisation:
    """`hidden` is what the user who authorised us may not see: fields as "Contact.MobilePhone", objects as "Lead".

    Of the objects in `large` there are millions of records: a query that no index helps does not end in time.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in FIELDS}
        self.hidden: set[str] = set()
        self.installed = True
        self.large: set[str] = set()
        self._moment = datetime.now(UTC)
        self.add("Organization", {"TimeZoneSidKey": "America/Los_Angeles"})

    def add(self, name: str, values: Mapping[str, Any]) -> str:
        self._check(name, values)
        self._moment += timedelta(seconds=1)
        stamp = self._moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        made = new_id(_KEY_PREFIXES[name])
        flags = {"IsConverted": False} if name == "Lead" else {}
        empty = dict.fromkeys(FIELDS[name])
        given = {field: value for field, value in values.items() if value != ""}
        system = {"Id": made, "IsDeleted": False, "CreatedDate": stamp, "LastModifiedDate": stamp}
        self.rows[name][made] = empty | system | flags | given
        return made

    def delete(self, name: str, record_id: str, *, merged_into: str | None = None) -> None:
        self.rows[name][record_id] |= {"IsDeleted": True, "MasterRecordId": merged_into}

    def insert(self, name: str, values: Mapping[str, Any]) -> str:
        """What POST sobjects does. Raises ApiError."""
        if name not in FIELDS or (name == EVENT and not self.installed):
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        if name == "Task":
            self._check_links(values)
        return self.add(name, values)

    def query(self, text: str, *, deleted: bool) -> dict[str, Any]:
        """What GET query and queryAll do. Raises ApiError."""
        try:
            query = parse(text)
        except MalformedQuery as error:
            raise ApiError(400, "MALFORMED_QUERY", str(error)) from None
        if query.name not in FIELDS or query.name in self.hidden:
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{query.name}' is not supported.")
        for field in sorted(query.asked_of()):
            if field not in FIELDS[query.name] or f"{query.name}.{field}" in self.hidden:
                raise ApiError(400, "INVALID_FIELD", f"No such column '{field}' on entity '{query.name}'.")
        if query.name in self.large and not query.looked_at() & _INDEXED:
            raise ApiError(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
        rows = [row for row in self.rows[query.name].values() if (deleted or not row["IsDeleted"])]
        rows = [row for row in rows if query.where.holds(row)]
        if query.order:
            field, falling = query.order
            rows.sort(key=lambda row: str(row[field]), reverse=falling)
        about = {"attributes": {"type": query.name}}
        records = [about | {field: row[field] for field in query.fields} for row in rows[: query.limit]]
        return {"totalSize": len(records), "done": True, "records": records}

    def describe(self, name: str) -> dict[str, Any]:
        """What GET describe does. Raises ApiError."""
        if name not in FIELDS:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        shown = [field for field in FIELDS[name] if f"{name}.{field}" not in self.hidden]
        fields: list[dict[str, Any]] = [{"name": field, "type": "string"} for field in shown]
        return {"name": name, "fields": [*fields, {"name": "MailingAddress", "type": "address"}]}

    def _check(self, name: str, values: Mapping[str, Any]) -> None:
        for field, value in values.items():
            if field not in FIELDS[name]:
                raise ApiError(400, "INVALID_FIELD", f"No such column '{field}' on sobject of type {name}")
            most = FIELDS[name][field]
            if most and len(str(value).replace("\n", "\r\n").encode("utf-16-le")) // 2 > most:
                said = f"{field}: data value too large: {str(value)[:20]} (max length={most})"
                raise ApiError(400, "STRING_TOO_LONG", said, (field,))

    def _check_links(self, values: Mapping[str, Any]) -> None:
        for field in ("WhoId", "WhatId"):
            linked = values.get(field)
            if linked is None:
                continue
            row = next((rows[linked] for rows in self.rows.values() if linked in rows), None)
            if row is None or (linked[:3] in _WHO) != (field == "WhoId"):
                raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field,))
            if row["IsDeleted"]:
                raise ApiError(400, "ENTITY_IS_DELETED", "entity is deleted", (field,))
            if row.get("IsConverted"):
                raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", (field,))


def new_id(prefix: str) -> str:
    """An id as Salesforce makes them."""
    return checked(prefix + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12)))


def checked(short: str) -> str:
    """15 characters with the three behind them that keep upper from lower case."""
    cases = string.ascii_uppercase + "012345"
    bits = "".join("1" if char in string.ascii_uppercase else "0" for char in short)
    return short + "".join(cases[int(bits[at : at + 5][::-1], 2)] for at in (0, 5, 10))
