"""The words of the document that stand in no schema and at no route."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    description: str


# By the first part of an operation's path.
TAGS: Final = {
    "me": Tag("Account", "The account that an API key belongs to."),
    "calls": Tag("Calls", "Place calls, wait for their end, read what was said."),
    "webhooks": Tag("Webhooks", "Endpoints of yours that hear of events. Every request to them is signed."),
    "deliveries": Tag("Deliveries", "What was sent to an endpoint, each attempt of it, and one more."),
    "events": Tag("Events", "Every event in order, for those who cannot receive webhooks."),
    "crm": Tag("CRMs", "Connect a CRM: its workflows start calls, and find what came of them on its records."),
    "do-not-call": Tag("Do not call", "Numbers that are never called. Callees who ask for it are listed too."),
    "erasures": Tag("Erasures", "Forget the calls to a number."),
}

TITLE: Final = "Mio Hub"
SUMMARY: Final = "Trigger AI phone calls from code, automation platforms and CRMs."
VERSION: Final = "1.0.0"

DESCRIPTION: Final = """\
One request with a number and instructions: the hub rings, talks, and sends a signed webhook with transcript, summary, \
cost and duration.

## Authentication

Pass your API key in the `X-API-Key` header. A key that starts with `sk_test_` calls the people of a sandbox: nobody's \
phone rings, and it costs nothing. `+15550100002` is busy there, `+15550100003` does not answer, `+15550100004` is a \
voicemail, any other number is a person who helps. A key that starts with `sk_live_` rings phones.

## Conventions

- Bodies are JSON in UTF-8, with names in camelCase. A field that does not exist is refused; an optional field that is \
`null` counts as left out.
- Times are ISO 8601 in UTC, money is whole cents, durations are whole seconds, phone numbers are E.164.
- Lists come in pages, calls newest first: `data` is one, and `nextCursor`, given as `cursor`, leads to the next.
- Repeat a `POST` with the same `Idempotency-Key`, and it gives its first answer again, for seven days: nobody is \
rung twice.
- Every answer carries `X-Request-Id`.

## Errors

Every error is `{"error": "<what to do>", "code": "<stable>", "field": "<if one is to blame>"}`. Decide by `code`: \
`error` is for people.

| status | meaning |
| --- | --- |
| 400 | The request cannot be used; `field` names what is to blame. |
| 401 | The API key is missing or not valid. |
| 402 | The balance does not cover the first minute. |
| 403 | Not allowed: the account is paused, the number is on the do-not-call list, or a live key is needed. |
| 404 | There is no such thing in this account. |
| 405 | The address does not take that method. |
| 409 | Not now: another call to the number is under way, or the like. |
| 413 | The body is larger than 64 KiB; that of a batch, than 6,400 KiB. |
| 414, 431 | The address or the headers are longer than 8 KiB. |
| 415 | The body is not declared as JSON. |
| 429 | Too much in too short a time: wait for `Retry-After` seconds. |
| 500 | Our fault; quote `requestId` to support. |
| 503 | A part that the request needs is missing or down: try again. |
"""
