"""The error codes of the API: the status of each, and what it means. Pure.

`common` are those that follow from what a route is; the others are declared at it (`operation(refuses=…)`).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    status: int
    meaning: str


CODES: Final = {
    "invalid_request": Code(400, "A field, a parameter or the body cannot be used; `field` names it."),
    "emergency_number": Code(400, "Emergency and service numbers cannot be called."),
    "premium_number": Code(400, "Premium-rate and satellite numbers cannot be called."),
    "sandbox_number": Code(400, "The number is one of the sandbox's: call it with an sk_test_ key."),
    "destination_not_allowed": Code(400, "The operator of this hub does not allow calls to such numbers."),
    "number_missing": Code(400, "There is no phone number in what was given as one."),
    "number_ambiguous": Code(400, "There is more than one phone number in what was given as one."),
    "number_invalid": Code(400, "The text cannot be read as a phone number of its country."),
    "unauthenticated": Code(401, "The X-API-Key header is missing, or its key is not valid."),
    "insufficient_balance": Code(402, "The balance does not cover the first minute. Add funds."),
    "account_paused": Code(403, "The account is paused: no calls are placed until it is resumed."),
    "terms_not_accepted": Code(403, "The calling terms have to be accepted before the first live call."),
    "caller_name_missing": Code(403, "The account needs a caller name before its first live call."),
    "do_not_call": Code(403, "The number is on your do-not-call list."),
    "link_needed": Code(
        403, "The account has no connection to the organisation of this user yet: connect it by a link first."
    ),
    "live_key_needed": Code(403, "This concerns live calls: it needs an sk_live_ key."),
    "not_found": Code(404, "There is no such thing in this account, or none that this key may see."),
    "method_not_allowed": Code(405, "The address does not take that method; the Allow header names those it takes."),
    "call_active": Code(409, "A call to this number is under way; `callId` is the one, where there is one to name."),
    "call_over": Code(409, "The call has ended already."),
    "delivery_pending": Code(409, "The delivery is still pending: it will be tried by itself."),
    "webhook_disabled": Code(409, "The webhook is disabled. Set active to true first."),
    "rotation_under_way": Code(409, "An earlier rotation still overlaps. Wait, or end it."),
    "too_many_webhooks": Code(409, "The account has as many webhooks as it may have."),
    "too_many_connections": Code(409, "The account has as many connections to CRMs as it may have."),
    "connection_not_active": Code(409, "The connection to the CRM is not authorised, or has been ended."),
    "other_portal": Code(409, "The connection belongs to another portal or organisation of the CRM."),
    "portal_taken": Code(409, "The portal or organisation is connected to another account."),
    "too_many_rules": Code(409, "The account has as many rules as it may have."),
    "nothing_failed": Code(409, "Nothing of the enrolment has failed: there is nothing to try again."),
    "crm_refused": Code(409, "The CRM refuses what it was asked; `error` says why."),
    "idempotency_conflict": Code(409, "This Idempotency-Key was used for another request. Use a new one."),
    "idempotency_in_progress": Code(409, "The first request with this Idempotency-Key is still under way."),
    "address_too_long": Code(414, "The address is longer than 8,190 bytes, its parameters included."),
    "body_too_large": Code(413, "The body is larger than 64 KiB; that of a batch, than 6,400 KiB."),
    "unsupported_media_type": Code(415, "The body is not declared as JSON: send Content-Type: application/json."),
    "limit_reached": Code(429, "Too many requests in too short a time. Wait for Retry-After seconds."),
    "queue_full": Code(429, "Too many calls of the account wait already."),
    "batches_under_way": Code(429, "Several batches of the account are being accepted already. Wait for a moment."),
    "daily_calls": Code(429, "The daily limit of live calls is reached."),
    "daily_spend": Code(429, "The daily limit of spending on live calls is reached."),
    "callee_daily_calls": Code(429, "The number was called as often today as the limit allows."),
    "internal": Code(500, "Something went wrong on our side; `requestId` finds it in our logs."),
    "unavailable": Code(503, "The hub cannot reach its database, or is very busy. Wait for Retry-After seconds."),
    "crm_not_configured": Code(503, "This hub is not set up for this CRM; `error` names the settings it lacks."),
    "crm_unavailable": Code(503, "The CRM cannot be asked now. Try again soon."),
    "carrier_not_configured": Code(503, "This hub has no carrier for calls of this key's mode."),
}

# Why a CRM's request got no call, or a rule would not call: in enrolments and their jobs, dry runs and what workflows
# are told. No answer has one of these as its own error.
REASONS: Final = {
    "value_missing": "The record lacks a value that the rule's words need, or the step came without instructions.",
    "text_too_long": "With the record's values the instructions or the first message are longer than a call's may be.",
    "conditions_not_met": "The record does not meet the conditions of the rule.",
    "called_lately": "The rule has called for this record within its onceWithinSeconds, or will call.",
    "rule_off": "The rule was switched off before the call was made.",
    "rule_gone": "The rule was deleted before the call was made.",
    "no_record": "The CRM has no record to try the rule with, or none with the number that was called.",
    "record_gone": "The record is not in the CRM any more.",
    "enrolment_settled": "The request has a call or a refusal already.",
    "not_connected": "The portal of the workflow is connected to no account.",
    "connection_ended": "The connection to the CRM was ended before the call was made.",
    "crm_unreachable": "The CRM did not answer as it should until the wait was over.",
    "crm_barred": "The CRM takes no requests for now, for its limits.",
    "crm_revoked": "The CRM has taken the authorisation back: the connection has to be authorised anew.",
    "too_late": "The wait for the call was over before it could be made.",
    "object_unsupported": "The workflow is about records that cannot be called.",
    "country_invalid": "The step's country is no code of two letters.",
    "wait_invalid": "The step's longest wait is no number of minutes that can be waited.",
    "input_too_long": "A text of the step is longer than it may be.",
    "invalid_input": "The step's inputs cannot be read.",
    "instructions_missing": "The step came without instructions.",
    "several_records": "Several people in the CRM have the number that was called: the call is put on none.",
    "not_logged": "The connection puts no calls on records any more.",
    "model_failed": "The model gave no answers to the questions.",
    "erased": "What the request was about was erased.",
    "internal_error": "Something went wrong on our side.",
}

_EVERYWHERE: Final = ("invalid_request", "unauthenticated", "limit_reached", "internal", "unavailable")
_WITH_BODY: Final = ("body_too_large", "unsupported_media_type")
_REPEATABLE: Final = ("idempotency_conflict", "idempotency_in_progress")


def common(method: str, *, names_something: bool, asks_something: bool) -> tuple[str, ...]:
    """What any route of a method refuses; `names_something` for one with an id or a number in its path,
    `asks_something` for one with query parameters.
    """
    codes: tuple[str, ...] = _EVERYWHERE
    codes += ("not_found",) if names_something else ()
    codes += ("address_too_long",) if asks_something else ()
    codes += _WITH_BODY if method in ("POST", "PUT") else ()
    return codes + (_REPEATABLE if method == "POST" else ())


def by_status(codes: tuple[str, ...]) -> dict[int, list[str]]:
    """Status to codes, in the order of statuses and, within one, of `CODES`."""
    found: dict[int, list[str]] = {}
    for name, code in CODES.items():
        if name in codes:
            found.setdefault(code.status, []).append(name)
    return dict(sorted(found.items()))
