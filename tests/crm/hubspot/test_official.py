"""What is sent to HubSpot about calls and workflow steps, held by Prism against HubSpot's own OpenAPI documents."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused
from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Line, Record, Waiting
from app.crm.reading import Expired
from tests.crm.hubspot import official
from tests.crm.hubspot.lines import PlainLine, settings_for
from tests.crm.hubspot.notes import CALL_ID, ending, note, refusal
from tests.crm.hubspot.prism import TOOLS, Prism
from tests.crm.hubspot.stand_in import StandIn
from tests.node_parts import needs_node_parts

SAM = Record("contact", "614", {})
STEP = Waiting(CALL_ID, "ap-62515-1-11-0", "contact", "614")
UPSERT = "/crm/v3/objects/calls/batch/upsert"
COMPLETE = "/automation/v4/actions/callbacks/ap-1/complete"


def needs_prism() -> None:
    needs_node_parts(TOOLS)
    official.needs_documents()


@pytest.fixture(scope="module")
def mock() -> Iterator[Prism]:
    """HubSpot as its documents alone tell it."""
    needs_prism()
    with Prism(official.together()) as running:
        yield running


@pytest.fixture
def checked(stand_in: StandIn) -> Iterator[PlainLine]:
    """A line to a portal on which all that the documents describe goes through Prism, there and back."""
    needs_prism()
    with Prism(official.together(), stand_in.url) as running:
        yield PlainLine(stand_in.url, stand_in.portal.token(), checked_at=running.url)


def write(hubspot: HubSpot, line: Line) -> Any:
    return hubspot.write_call(line, SAM, note())


def tell(hubspot: HubSpot, line: Line) -> Any:
    return hubspot.answer(line, STEP, ending())


def test_all_that_is_sent_and_answered_is_as_documented(
    hubspot: HubSpot, checked: PlainLine, stand_in: StandIn
) -> None:
    sam = Record("contact", stand_in.add("contact", firstname="Sam"), {})
    for _ in range(2):
        hubspot.write_call(checked, sam, note())
    stand_in.delete("contact", sam.id)
    with pytest.raises(Gone):
        hubspot.write_call(checked, sam, note())
    assert stand_in.written() == []
    for number, end in enumerate((ending(), refusal(), ending(status="timed_out", outcome="timed_out", summary=""))):
        stand_in.portal.waiting.add(f"ap-{number}")
        assert hubspot.answer(checked, Waiting(CALL_ID, f"ap-{number}", None, None), end) == "told"
    assert hubspot.answer(checked, STEP, ending()) == "not waiting"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Expired),
        (403, Refused),
        (409, Later),
        (422, Refused),
        (423, Later),
        (429, Barred),
        (477, Barred),
        (500, Later),
        (502, Later),
        (503, Later),
        (504, Later),
    ],
)
def test_every_refusal_of_a_call_tells_what_follows(
    hubspot: HubSpot, mock: Prism, stand_in: StandIn, status: int, kind: type[CrmFailed]
) -> None:
    stand_in.portal.call_properties["mio_call_id"] = {"name": "mio_call_id", "hasUniqueValue": True}
    line = refusing(mock, stand_in, status)
    with pytest.raises(CrmFailed) as failed:
        write(hubspot, line)
    assert type(failed.value) is kind
    assert failed.value.status_code == status


@pytest.mark.parametrize(
    ("status", "came"),
    [(401, Expired), (422, Refused), (429, Barred), (500, Later), (503, Later), (404, "not waiting")],
)
def test_every_refusal_of_an_answer_tells_what_follows(
    hubspot: HubSpot, mock: Prism, stand_in: StandIn, status: int, came: Any
) -> None:
    line = refusing(mock, stand_in, status)
    if isinstance(came, str):
        assert tell(hubspot, line) == came
        return
    with pytest.raises(CrmFailed) as failed:
        tell(hubspot, line)
    assert type(failed.value) is came


def test_an_answer_told_before_is_no_error(hubspot: HubSpot, mock: Prism, stand_in: StandIn) -> None:
    assert tell(hubspot, refusing(mock, stand_in, 409)) == "told before"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (UPSERT, {"inputs": [{"idProperty": "mio_call_id", "id": "1", "properties": {"hs_call_duration": 95000}}]}),
        (UPSERT, {"inputs": [{"idProperty": "mio_call_id", "properties": {}}]}),
        (COMPLETE, {"outputFields": {"status": "completed"}}),
        (COMPLETE, {"outputFields": {"duration": 95}, "typedOutputs": {}}),
    ],
)
def test_what_is_wrong_does_not_pass(mock: Prism, path: str, body: Any) -> None:
    with pytest.raises(Refused) as refused:
        PlainLine(mock.url, "token").ask("POST", path, json=body)
    assert refused.value.status_code == 422
    assert official.faults("POST", path, body)


def test_what_is_not_authorised_does_not_pass(mock: Prism) -> None:
    line = PlainLine(mock.url, "token", extra={"Authorization": ""})
    with pytest.raises(Expired):
        line.ask("POST", COMPLETE, json={"outputFields": {}, "typedOutputs": {}})


@pytest.mark.parametrize("do", [write, tell])
def test_without_prism_the_stand_in_holds_requests_against_the_documents(
    do: Callable[[HubSpot, Line], Any], stand_in: StandIn
) -> None:
    official.needs_documents()
    sent: list[tuple[str, str, Any]] = []
    do(HubSpot(settings_for(stand_in)), Recording(sent))
    described = [(method, path, body) for method, path, body in sent if official.describes(method, path)]
    assert described
    assert [fault for each in described for fault in official.faults(*each)] == []


class Recording(PlainLine):
    """A line that only keeps what is sent."""

    def __init__(self, sent: list[tuple[str, str, Any]]) -> None:
        super().__init__("http://127.0.0.1:9", "token", mode="test")
        self.unsent = sent

    def ask(self, method: str, path: str, *, json: Any) -> Any:
        return self.write(method, path, json=json, unsent=None)


def refusing(mock: Prism, stand_in: StandIn, status: int) -> PlainLine:
    """A line on which Prism answers so, once it finds the request right."""
    wanted = {"Prefer": f"code={status}"}
    return PlainLine(stand_in.url, stand_in.portal.token(), checked_at=mock.url, extra=wanted)
