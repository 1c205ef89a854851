"""Start and Wait in a running n8n: one step that starts a call and goes on with its result."""

from typing import Any

import pytest

from tests.connectors.contract import NEVER_ENDS_BY_ITSELF, NO_ANSWER, Connection, a_number, calls_of
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import (
    Execution,
    Node,
    looping,
    next_step,
    one_item_each,
    started_by_request,
)
from tests.hub import Holder, Hub, wait_until

INSTRUCTIONS = "Ask for the opening hours."


def waiting(n8n: N8n, ours: Ours, number: str, **more: Any) -> Execution:
    """One execution of a workflow that starts a call, waits for it, and takes its result to the next step."""
    step = ours.step(WAIT, phoneNumber=number, instructions=INSTRUCTIONS, additionalFields=more)
    return n8n.workflow(started_by_request(), step, next_step()).run({})


def test_the_next_step_has_transcript_and_summary(n8n: N8n, ours: Ours, connection: Connection, hub: Hub) -> None:
    execution = waiting(n8n, ours, a_number())
    [call] = execution.items("Next")
    told = hub.get(f"/calls/{call['id']}", connection.key).json
    assert {name: call[name] for name in told} == told
    assert {turn["role"] for turn in call["transcript"]} == {"agent", "human"}
    assert (execution.status, call["status"], call["timedOut"]) == ("success", "completed", False)


def test_that_nobody_answered_is_a_result(n8n: N8n, ours: Ours) -> None:
    [call] = waiting(n8n, ours, NO_ANSWER).items("Next")
    assert (call["status"], call["endReason"], call["timedOut"]) == ("no-answer", "no_answer", False)


def test_a_deadline_is_told_apart_from_a_result(n8n: N8n, ours: Ours) -> None:
    [call] = waiting(n8n, ours, NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=2).items("Next")
    assert call["timedOut"] is True
    assert call["status"] not in ("completed", "no-answer", "busy", "failed", "canceled")


def test_a_restart_of_n8n_does_not_end_the_wait(n8n: N8n, ours: Ours) -> None:
    step = ours.step(
        WAIT,
        phoneNumber=NEVER_ENDS_BY_ITSELF,
        instructions=INSTRUCTIONS,
        additionalFields={"callbackDeadlineSeconds": 5},
    )
    workflow = n8n.workflow(started_by_request(), step, next_step())
    workflow.activate()
    workflow.start({})
    wait_until(lambda: [found.status for found in workflow.executions()] == ["waiting"])
    n8n.restart()
    assert [call["timedOut"] for call in workflow.last(seconds=60).items("Next")] == [True]


def test_a_run_from_the_editor_waits_as_well(n8n: N8n, ours: Ours) -> None:
    manual = Node("Start", "n8n-nodes-base.manualTrigger")
    step = ours.step(WAIT, phoneNumber=a_number(), instructions=INSTRUCTIONS)
    workflow = n8n.workflow(manual, step, next_step())
    workflow.run_in_editor()
    assert [call["status"] for call in workflow.last().items("Next")] == ["completed"]


def test_a_loop_waits_for_one_call_after_the_other(n8n: N8n, ours: Ours, hub: Hub, holder: Holder) -> None:
    step = ours.step(WAIT, phoneNumber="={{ $json.phoneNumber }}", instructions=INSTRUCTIONS)
    content = looping([started_by_request(), one_item_each(of="people")], step, next_step())
    execution = n8n.save(content).run({"people": [{"phoneNumber": a_number()} for _ in range(3)]}, seconds=60)
    assert len(execution.runs("Mio Hub")) == 3
    assert {call["id"] for call in execution.items("Next")} == {str(call["id"]) for call in calls_of(hub, holder)}


def test_of_three_items_no_call_is_lost(n8n: N8n, ours: Ours, hub: Hub, holder: Holder) -> None:
    step = ours.step(WAIT, phoneNumber="={{ $json.phoneNumber }}", instructions=INSTRUCTIONS)
    workflow = n8n.workflow(started_by_request(), one_item_each(of="people"), step, next_step())
    execution = workflow.run({"people": [{"phoneNumber": a_number()} for _ in range(3)]})
    dialled = {str(call["id"]) for call in calls_of(hub, holder)}
    if execution.status == "success":
        assert {call["id"] for call in execution.items("Next")} == dialled
        assert len(dialled) == 3
    else:
        assert dialled == set()
        assert "Loop Over Items" in f"{execution.error['message']} {execution.error.get('description')}"


@pytest.mark.parametrize("number", ["15551234567", "+1 555 123 4567", "={{ '' }}"])
def test_what_is_no_number_fails_before_anything_waits(
    n8n: N8n, ours: Ours, hub: Hub, holder: Holder, number: str
) -> None:
    execution = waiting(n8n, ours, number)
    assert execution.status == "error"
    assert "number" in execution.error["message"].lower()
    assert calls_of(hub, holder) == []
