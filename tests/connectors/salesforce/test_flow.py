"""The flow that starts a call and waits: whatever happens, it goes on and says what came of it."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from tests.connectors.salesforce.package import apex, read, texts

NAME = "Mio_Hub_Call_And_Wait"
FLOW = read(f"{NAME}.flow-meta.xml")
KINDS = ("actionCalls", "assignments", "decisions", "waits")
NODES = {one.findtext("name") or "": one for kind in KINDS for one in FLOW.findall(kind)}
VARIABLES = {one.findtext("name") or "": one for one in FLOW.findall("variables")}
FORMULAS = {one.findtext("name") or "": one.findtext("expression") or "" for one in FLOW.findall("formulas")}
ACTIONS = FLOW.findall("actionCalls")
OUTPUTS = {name for name, one in VARIABLES.items() if one.findtext("isOutput") == "true"}

# Where a step leads to and what it sets on the way; None is the flow's end.
Step = tuple[str | None, frozenset[str]]


def target(element: Element | None) -> str | None:
    return None if element is None else element.findtext("targetReference")


def steps(node: Element) -> Iterator[Step]:
    """Every way out of an element."""
    set_here = frozenset(
        texts(node, "assignmentItems/assignToReference") + texts(node, "outputParameters/assignToReference")
    )
    if node.tag in ("actionCalls", "assignments"):
        yield target(node.find("connector")), set_here
    if node.find("faultConnector") is not None:
        yield target(node.find("faultConnector")), frozenset()
    if node.tag == "decisions":
        yield target(node.find("defaultConnector")), frozenset()
    for inner in [*node.findall("rules"), *node.findall("waitEvents")]:
        yield target(inner.find("connector")), frozenset(texts(inner, "outputParameters/assignToReference"))


def paths(name: str | None, been: tuple[str, ...] = (), known: frozenset[str] = frozenset()) -> Iterator[Step]:
    """Every way from an element to the end: its last element, and what is set by then. No element is passed twice."""
    if name is None:
        yield been[-1], known
    if name is None or name in been:
        return
    for following, newly in steps(NODES[name]):
        yield from paths(following, (*been, name), known | newly)


WAYS = list(paths(target(FLOW.find("start/connector"))))


def test_every_element_that_is_led_to_is_there() -> None:
    led_to = {one.findtext("targetReference") for one in FLOW.iter() if one.find("targetReference") is not None}
    assert led_to == set(NODES)


@pytest.mark.parametrize(("last", "known"), WAYS, ids=lambda found: found if isinstance(found, str) else "")
def test_every_way_ends_with_an_outcome(last: str, known: frozenset[str]) -> None:
    assert {"status", "outcome"} <= known


def test_there_is_an_end_for_the_event_the_deadline_a_refusal_and_a_fault() -> None:
    assert {last for last, _ in WAYS} == {"Take_Event", "Has_It_Ended", "Note_Timeout", "Note_Refusal", "Note_Fault"}


def test_what_may_fail_has_a_way_out_and_a_look_in_vain_is_no_end() -> None:
    ways = {
        name: target(one.find("faultConnector")) for name, one in NODES.items() if one.tag in ("actionCalls", "waits")
    }
    assert ways == {
        "Start_AI_Call": "Note_Fault",
        "Wait_for_the_End": "Note_Fault",
        "Get_AI_Call": "Is_the_Wait_Over",
    }


def test_the_event_gives_every_output() -> None:
    assert dict(WAYS)["Take_Event"] >= OUTPUTS


def test_it_waits_for_the_event_of_its_own_enrolment() -> None:
    (event,) = [one for one in FLOW.findall("waits/waitEvents") if one.findtext("eventType") == "Call_Completed__e"]
    assert texts(event, "inputParameters/name") == ["Enrolment_Id__c"]
    assert texts(event, "inputParameters/value/elementReference") == ["enrolmentId"]
    assert texts(event, "outputParameters/name") == ["Call_Completed__e"]


def test_it_looks_for_itself_each_hour_and_at_its_deadline() -> None:
    (alarm,) = [one for one in FLOW.findall("waits/waitEvents") if one.findtext("eventType") == "AlarmEvent"]
    assert texts(alarm, "inputParameters/name") == ["AlarmTime"]
    assert texts(alarm, "inputParameters/value/elementReference") == ["nextLook"]
    assert target(alarm.find("connector")) == "Get_AI_Call"
    hour = "{!$Flow.CurrentDateTime} + 1 / 24"
    assert FORMULAS["soonest"] == f"IF({{!deadline}} < {hour}, {{!deadline}}, {hour})"


def test_it_waits_on_until_its_deadline_and_no_longer() -> None:
    over = NODES["Is_the_Wait_Over"]
    assert texts(over, "rules/conditions/leftValueReference") == ["waitIsOver"]
    assert FORMULAS["waitIsOver"] == "{!deadline} <= {!$Flow.CurrentDateTime}"
    assert target(over.find("rules/connector")) == "Note_Timeout"
    assert target(over.find("defaultConnector")) == "Note_Next_Look"
    assert target(NODES["Note_Next_Look"].find("connector")) == "Wait_for_the_End"


def test_nothing_but_waiting_is_done_again() -> None:
    """Whatever leads in a circle goes by the wait, so that the call is started once."""
    assert "Wait_for_the_End" in following("Note_Next_Look")
    assert not {"Start_AI_Call", "Was_It_Started", "Note_Deadline"} & following("Wait_for_the_End")


def following(name: str) -> set[str]:
    """All that comes after an element."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = {then for then, _ in steps(NODES[waiting.pop()]) if then} - found
        found |= new
        waiting += new
    return found


def test_its_deadline_is_later_than_the_hubs() -> None:
    """The hub tells that the wait is over by the longest wait; the flow's own deadline must not come first."""
    assert "BLANKVALUE({!longestWaitMinutes}, 1440) + 15" in FORMULAS["lastMoment"]


def test_a_run_that_is_repeated_starts_one_call() -> None:
    assert "$Flow.InterviewGuid" in FORMULAS["runOfThisStep"]
    (start,) = [one for one in ACTIONS if one.findtext("actionName") == "MioHubStartCall"]
    given = {one.findtext("name"): one.findtext("value/elementReference") for one in start.findall("inputParameters")}
    assert given["deduplicationKey"] == "runOfThisStep"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda one: one.findtext("name"))
def test_an_action_is_given_and_gives_what_its_class_has(action: Element) -> None:
    source = apex(action.findtext("actionName") or "")
    signature = re.search(r"List<(\w+)> \w+\(List<(\w+)> requests\)", source)
    assert signature
    assert set(texts(action, "outputParameters/name")) <= variables_of(signature[1], source)
    assert set(texts(action, "inputParameters/name")) <= variables_of(signature[2], source)


def variables_of(name: str, source: str) -> set[str]:
    """The variables that flows see of a class, be it the action's own or one beside it."""
    inner = re.search(rf"public class {name} \{{(.*?)\n    \}}", source, re.DOTALL)
    body = inner[1] if inner else apex(name)
    return set(re.findall(r"@InvocableVariable\(.*?\)\s+public \w+ (\w+)", body, re.DOTALL))


def test_a_flow_that_is_run_by_apex_has_every_input_that_apex_gives() -> None:
    given = re.findall(r"'(\w+)' => \w+", apex("MioHubFlowRequest").partition("inputs()")[2])
    inputs = {name for name, one in VARIABLES.items() if one.findtext("isInput") == "true"}
    assert set(given) == inputs
    assert f"USUAL_FLOW = '{NAME}'" in apex("MioHubRunFlow")


def test_every_reference_is_to_something_that_is_there() -> None:
    referred = {one.text or "" for one in FLOW.iter() if one.tag in ("elementReference", "assignToReference")}
    referred |= set(texts(FLOW, "decisions/rules/conditions/leftValueReference"))
    referred |= set(re.findall(r"\{!([\w$.]+)\}", " ".join(FORMULAS.values())))
    own = {name.split(".")[0] for name in referred if not name.startswith("$Flow.")}
    assert own <= set(VARIABLES) | set(FORMULAS)
    assert {name for name in referred if name.startswith("$")} <= {
        "$Flow.CurrentDateTime",
        "$Flow.FaultMessage",
        "$Flow.InterviewGuid",
    }


def test_it_starts_by_itself_nowhere() -> None:
    assert FLOW.findtext("processType") == "AutoLaunchedFlow"
    assert FLOW.find("start/triggerType") is None
