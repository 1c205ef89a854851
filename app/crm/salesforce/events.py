"""The platform event of our package, which tells flows how a call ended."""

from collections.abc import Mapping
from typing import Any, Final

from app.crm.failures import Gone, Refused
from app.crm.platform import Ending, Waiting
from app.crm.salesforce.api import Api
from app.crm.salesforce.failing import INVALID_TYPE, told
from app.crm.salesforce.texts import fitting

EVENT: Final = "Call_Completed__e"
SHORT: Final = 255
LONG: Final = 32_768
ANSWERS: Final = 3
NOT_INSTALLED: Final = (
    "The organisation has no platform event Call_Completed__e: install the package Mio Hub in Salesforce, and give"
    " the user who connected it its permission set Mio Hub Connection."
)


def publish(api: Api, waiting: Waiting, ending: Ending) -> str:
    """Tell of an ending. Twice does no harm: what has gone on waits no more. Raises Refused without our package."""
    try:
        api.publish(EVENT, fields_of(waiting, ending))
    except Gone:
        raise Refused(NOT_INSTALLED, 404) from None
    except Refused as refused:
        if told(refused.answer)[0] != INVALID_TYPE:
            raise
        raise Refused(NOT_INSTALLED, refused.status_code) from None
    return "published"


def fields_of(waiting: Waiting, ending: Ending) -> Mapping[str, Any]:
    """The event's fields: those of `schemas/crm.ending.json`, and which enrolment and record it is about."""
    short = {
        "Enrolment_Id__c": str(waiting.enrolment_id),
        "Record_Id__c": waiting.record_id or "",
        "Call_Id__c": str(ending.call_id or ""),
        "Status__c": ending.status,
        "Outcome__c": ending.outcome,
        "Answered_By__c": ending.answered_by,
        "End_Reason__c": ending.end_reason,
        "Error_Code__c": ending.refusal_code or "",
    }
    answers = [*ending.answers, *[""] * ANSWERS][:ANSWERS]
    long = {
        "Summary__c": ending.summary,
        "Error__c": ending.refusal or "",
        **{f"Answer_{place}__c": answer for place, answer in enumerate(answers, 1)},
    }
    numbers = {"Duration__c": ending.duration, "Cost__c": ending.cost, "Test__c": ending.test}
    return (
        {name: fitting(text, SHORT) for name, text in short.items()}
        | {name: fitting(text, LONG) for name, text in long.items()}
        | numbers
    )
