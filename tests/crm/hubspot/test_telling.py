"""The ends of calls as workflows hear of them."""

import json

import pytest

from app.crm.failures import Barred, CrmFailed, Later, Refused
from app.crm.hubspot.platform import HubSpot
from app.crm.hubspot.telling import fields_of, outputs_of
from app.crm.platform import Waiting
from app.crm.reading import Expired
from tests.crm.hubspot.lines import PlainLine
from tests.crm.hubspot.notes import CALL_ID, ending, refusal
from tests.crm.hubspot.stand_in import StandIn
from tests.node_parts import ROOT

SCHEMA = json.loads((ROOT / "schemas" / "crm.ending.json").read_text())
TYPES = {"string": str, "integer": int, "boolean": bool}


def waiting(stand_in: StandIn, callback_id: str = "ap-62515-1-11-0") -> Waiting:
    stand_in.portal.waiting.add(callback_id)
    return Waiting(CALL_ID, callback_id, "contact", "614")


def test_an_ending_is_told_with_every_output_typed(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    assert hubspot.answer(line, waiting(stand_in), ending()) == "told"
    ((callback_id, told),) = stand_in.portal.completed
    assert callback_id == "ap-62515-1-11-0"
    assert told["outputFields"]["hs_execution_state"] == "SUCCESS"
    assert told["outputFields"]["duration"] == "95"
    assert told["typedOutputs"]["duration"] == 95
    assert told["typedOutputs"]["test"] is False


def test_the_outputs_are_those_of_the_schema(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    hubspot.answer(line, waiting(stand_in), ending())
    (told,) = stand_in.endings()
    assert set(told) == set(SCHEMA["properties"])
    assert [name for name, value in told.items() if type(value) is not TYPES[SCHEMA["properties"][name]["type"]]] == []


@pytest.mark.parametrize("answers", [(), ("One",), ("One", "", "Three"), ("1", "2", "3", "4")])
def test_every_answer_has_its_place(answers: tuple[str, ...]) -> None:
    told = outputs_of(ending(answers=answers))
    assert [told[f"answer_{number}"] for number in (1, 2, 3)] == [*answers, "", "", ""][:3]


def test_texts_are_written_as_hubspot_reads_them() -> None:
    told = fields_of(ending(test=True))
    assert told["test"] == "true"
    assert all(isinstance(text, str) for text in told.values())


def test_a_refused_call_ends_the_step_as_failed_and_says_why(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    hubspot.answer(line, waiting(stand_in), refusal())
    ((_, told),) = stand_in.portal.completed
    assert told["outputFields"]["hs_execution_state"] == "FAIL_CONTINUE"
    assert told["typedOutputs"]["error"] == "The number cannot be called."
    assert told["typedOutputs"]["error_code"] == "number_invalid"
    assert told["typedOutputs"]["call_id"] == ""


@pytest.mark.parametrize("status", ["timed_out", "failed", "busy", "no-answer", "canceled"])
def test_any_other_end_is_a_success_to_branch_on(status: str) -> None:
    assert fields_of(ending(status=status))["hs_execution_state"] == "SUCCESS"


def test_telling_twice_is_no_error(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    step = waiting(stand_in)
    hubspot.answer(line, step, ending())
    assert hubspot.answer(line, step, ending()) == "not waiting"
    assert len(stand_in.endings()) == 1


def test_a_step_that_is_told_to_be_complete_is_no_error(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    stand_in.fail(409)
    assert hubspot.answer(line, waiting(stand_in), ending()) == "told before"


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Barred), (500, Later), (502, Later), (400, Refused), (422, Refused)]
)
def test_what_fails_tells_what_follows(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, status: int, kind: type[CrmFailed]
) -> None:
    stand_in.fail(status)
    with pytest.raises(kind):
        hubspot.answer(line, waiting(stand_in), ending())
    assert stand_in.endings() == []


def test_an_expired_token_is_told_as_such(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    step = waiting(stand_in)
    stand_in.expire()
    with pytest.raises(Expired):
        hubspot.answer(line, step, ending())


def test_a_callback_id_cannot_lead_elsewhere(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    assert hubspot.answer(line, Waiting(CALL_ID, "a/../b?c", None, None), ending()) == "not waiting"
    assert stand_in.requests == [("POST", "/automation/v4/actions/callbacks/a%2F..%2Fb%3Fc/complete")]


def test_only_workflow_steps_wait(hubspot: HubSpot) -> None:
    assert [hubspot.waits(source) for source in ("action", "rule", "flow")] == [True, False, False]
