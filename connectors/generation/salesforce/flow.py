"""A flow that starts a call and pauses until the hub tells of its end.

Made to be copied: flows cannot call one that pauses, so what is to happen after the call is put into a copy of it.

It waits for the enrolment's event rather than the call's, as there may be no call: a call that could not be made yet
has none, and one that is refused never gets one. The hub tells of an end by the longest wait at the latest.

An event that comes before the interview is saved is heard by nobody: where many flows start in one transaction, the
first has to wait for the last. So it looks for itself each hour, and some minutes after the longest wait for the last
time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from connectors.generation.contract import Field, field
from connectors.generation.markup import Content, document
from connectors.generation.salesforce.apex import ASKED, KEY, RECORD_ID, STATE, variable
from connectors.generation.salesforce.event import ENDING
from connectors.generation.salesforce.names import API_VERSION, EVENT, FOLDER, NAMESPACE, column

NAME: Final = "Mio_Hub_Call_And_Wait"
USUAL_WAIT_MINUTES: Final = 1440
MINUTES_OF_GRACE: Final = 15

Part = tuple[str, Content]

_TYPES: Final = {"integer": "Number", "boolean": "Boolean"}
_WAIT: Final = field("longestWaitMinutes", of="crm.call.create")
_ENROLMENT: Final = Field("enrolmentId", "Enrolment ID", "The id of the request for the call.", "text")
_INPUTS: Final = (RECORD_ID, *ASKED)
_OUTPUTS: Final = (_ENROLMENT, *ENDING)
_STARTED: Final = ("callId", "enrolmentId", "status", "error", "errorCode")
_DESCRIPTION: Final = (
    "Starts an AI phone call, waits until it has ended, and gives its outcome. Copy it, and put what is to happen "
    "after the call at its ends."
)


def files() -> dict[str, str]:
    return {f"{FOLDER}/flows/{NAME}.flow-meta.xml": document("Flow", NAMESPACE, _flow())}


def _flow() -> list[Part]:
    return [
        ("actionCalls", _get_call()),
        ("actionCalls", _start_call()),
        ("apiVersion", API_VERSION),
        *(("assignments", one) for one in _assignments()),
        ("decisions", _has_ended()),
        ("decisions", _is_over()),
        ("decisions", _was_started()),
        ("description", _DESCRIPTION),
        ("environments", "Default"),
        *(("formulas", one) for one in _formulas()),
        ("interviewLabel", "Mio Hub Call and Wait {!$Flow.CurrentDateTime}"),
        ("label", "Mio Hub Call and Wait"),
        *(("processMetadataValues", one) for one in _canvas()),
        ("processType", "AutoLaunchedFlow"),
        ("start", [("locationX", 440), ("locationY", 50), _to("Start_AI_Call")]),
        ("status", "Active"),
        *(("variables", one) for one in _variables()),
        ("waits", _wait()),
    ]


def _start_call() -> list[Part]:
    key: Part = ("inputParameters", [("name", "deduplicationKey"), ("value", [("elementReference", "runOfThisStep")])])
    outputs = [*((name, name) for name in _STARTED), ("started", "started")]
    return [
        *_node("Start_AI_Call", "Start AI Call", 440, 170),
        ("actionName", "MioHubStartCall"),
        ("actionType", "apex"),
        _to("Was_It_Started"),
        ("faultConnector", [("targetReference", "Note_Fault")]),
        key,
        *(_parameter(variable(one), variable(one)) for one in _INPUTS),
        *_kept(outputs),
    ]


def _get_call() -> list[Part]:
    outputs = [(variable(one), variable(one)) for one in STATE]
    return [
        *_node("Get_AI_Call", "Get AI Call", 700, 770),
        ("actionName", "MioHubGetCall"),
        ("actionType", "apex"),
        _to("Has_It_Ended"),
        ("faultConnector", [("targetReference", "Is_the_Wait_Over")]),
        _parameter("enrolmentId", "enrolmentId"),
        *_kept(outputs),
    ]


def _wait() -> list[Part]:
    ended: list[Part] = [
        ("name", "Call_Ended"),
        ("conditionLogic", "and"),
        _to("Take_Event"),
        ("eventType", EVENT),
        _parameter("Enrolment_Id__c", "enrolmentId"),
        ("label", "The call has ended"),
        ("outputParameters", [("assignToReference", "event"), ("name", EVENT)]),
    ]
    look: list[Part] = [
        ("name", "Time_to_Look"),
        ("conditionLogic", "and"),
        _to("Get_AI_Call"),
        ("eventType", "AlarmEvent"),
        _parameter("AlarmTime", "nextLook"),
        ("label", "It is time to look"),
    ]
    return [
        *_node("Wait_for_the_End", "Wait for the End", 440, 650),
        ("defaultConnectorLabel", "Default Path"),
        ("faultConnector", [("targetReference", "Note_Fault")]),
        ("waitEvents", ended),
        ("waitEvents", look),
    ]


def _was_started() -> list[Part]:
    return _decision("Was_It_Started", "Was It Started?", 440, 290, "started", "Note_Deadline", "Note_Refusal")


def _has_ended() -> list[Part]:
    return _decision("Has_It_Ended", "Has It Ended?", 700, 890, "hasEnded", None, "Is_the_Wait_Over")


def _is_over() -> list[Part]:
    return _decision("Is_the_Wait_Over", "Is the Wait Over?", 960, 890, "waitIsOver", "Note_Timeout", "Note_Next_Look")


def _assignments() -> Iterable[list[Part]]:
    timed_out: list[tuple[str, Part]] = [(name, ("stringValue", "timed_out")) for name in ("status", "outcome")]
    until: list[tuple[str, Part]] = [("deadline", _refer("lastMoment"))]
    yield _assignment("Note_Deadline", "Note Deadline", 440, 410, until, "Note_Next_Look")
    yield _assignment(
        "Note_Fault",
        "Note Fault",
        180,
        410,
        [
            ("error", _refer("$Flow.FaultMessage")),
            ("errorCode", ("stringValue", "flow_fault")),
            *((name, ("stringValue", "unknown")) for name in ("status", "outcome")),
        ],
    )
    soon: list[tuple[str, Part]] = [("nextLook", _refer("soonest"))]
    yield _assignment("Note_Next_Look", "Note Next Look", 440, 530, soon, "Wait_for_the_End")
    # Not started: the action's status says whether that is certain.
    yield _assignment("Note_Refusal", "Note Refusal", 700, 410, [("outcome", _refer("status"))])
    yield _assignment("Note_Timeout", "Note Timeout", 1220, 890, timed_out)
    yield _assignment(
        "Take_Event", "Take Event", 440, 770, [(variable(one), _refer(f"event.{column(one)}")) for one in ENDING]
    )


def _formulas() -> Iterable[list[Part]]:
    minutes = f"BLANKVALUE({{!{_WAIT.name}}}, {USUAL_WAIT_MINUTES}) + {MINUTES_OF_GRACE}"
    yield [
        ("name", "lastMoment"),
        ("dataType", "DateTime"),
        ("expression", f"{{!$Flow.CurrentDateTime}} + ({minutes}) / 1440"),
    ]
    hour = "{!$Flow.CurrentDateTime} + 1 / 24"
    yield [
        ("name", "soonest"),
        ("dataType", "DateTime"),
        ("expression", f"IF({{!deadline}} < {hour}, {{!deadline}}, {hour})"),
    ]
    yield [
        ("name", "waitIsOver"),
        ("dataType", "Boolean"),
        ("expression", "{!deadline} <= {!$Flow.CurrentDateTime}"),
    ]
    yield [
        ("name", "runOfThisStep"),
        ("dataType", "String"),
        ("expression", 'BLANKVALUE({!deduplicationKey}, {!$Flow.InterviewGuid}) & "/Start_AI_Call"'),
    ]


def _variables() -> Iterable[list[Part]]:
    inner: list[list[Part]] = [
        _variable(Field("deadline", "", "", "time")),
        _variable(Field("event", "", "", "object")),
        _variable(Field("hasEnded", "", "", "boolean")),
        _variable(Field("nextLook", "", "", "time")),
        _variable(Field("started", "", "", "boolean")),
    ]
    inputs = [_variable(replace(one, name=variable(one)), is_input=True) for one in (*_INPUTS, KEY)]
    outputs = [_variable(replace(one, name=variable(one)), is_output=True) for one in _OUTPUTS]
    return sorted([*inner, *inputs, *outputs], key=lambda one: str(one[0][1]).lower())


def _variable(found: Field, *, is_input: bool = False, is_output: bool = False) -> list[Part]:
    kinds = _TYPES | {"time": "DateTime", "object": "SObject"}
    described: list[Part] = [("description", found.help)] if found.help else []
    kind = kinds.get(found.kind, "String")
    more: list[Part] = [("objectType", EVENT)] if kind == "SObject" else [("scale", 0)] if kind == "Number" else []
    return [
        ("name", found.name),
        *described,
        ("dataType", kind),
        ("isCollection", False),
        ("isInput", is_input),
        ("isOutput", is_output),
        *more,
    ]


def _node(name: str, label: str, x: int, y: int) -> list[Part]:
    return [("name", name), ("label", label), ("locationX", x), ("locationY", y)]


def _assignment(
    name: str, label: str, x: int, y: int, items: Sequence[tuple[str, Part]], then: str | None = None
) -> list[Part]:
    assigned: list[Part] = [
        ("assignmentItems", [("assignToReference", to), ("operator", "Assign"), ("value", [value])])
        for to, value in items
    ]
    return [*_node(name, label, x, y), *assigned, *([_to(then)] if then else [])]


def _decision(name: str, label: str, x: int, y: int, flag: str, yes: str | None, no: str) -> list[Part]:
    condition: list[Part] = [
        ("leftValueReference", flag),
        ("operator", "EqualTo"),
        ("rightValue", [("booleanValue", True)]),
    ]
    rule: list[Part] = [
        ("name", f"{name}_Yes"),
        ("conditionLogic", "and"),
        ("conditions", condition),
        *([_to(yes)] if yes else []),
        ("label", "Yes"),
    ]
    return [
        *_node(name, label, x, y),
        ("defaultConnector", [("targetReference", no)]),
        ("defaultConnectorLabel", "No"),
        ("rules", rule),
    ]


def _canvas() -> Iterable[list[Part]]:
    values = {"BuilderType": "LightningFlowBuilder", "CanvasMode": "FREE_FORM_CANVAS"}
    values["OriginBuilderType"] = "LightningFlowBuilder"
    return [[("name", name), ("value", [("stringValue", value)])] for name, value in values.items()]


def _kept(outputs: Iterable[tuple[str, str]]) -> list[Part]:
    return [("outputParameters", [("assignToReference", to), ("name", name)]) for to, name in outputs]


def _parameter(name: str, reference: str) -> Part:
    return "inputParameters", [("name", name), ("value", [_refer(reference)])]


def _refer(name: str) -> Part:
    return "elementReference", name


def _to(name: str) -> Part:
    return "connector", [("targetReference", name)]
