"""The worker is killed while a batch is under way, and while its last call is settled: its end is told once."""

import pytest

from tests.faults.conftest import Faulty
from tests.faults.locking import locked
from tests.hub import wait_until
from tests.receiving import Receiver

pytestmark = pytest.mark.xdist_group("faults")

OVER = "SELECT 1 FROM batch_item i JOIN call c ON c.id = i.call_id WHERE i.batch_id = %s AND c.outcome IS NOT NULL"
AT_IT = "SELECT 1 FROM pg_locks WHERE relation = 'batch_item'::regclass AND NOT granted"
TOLD = "SELECT type FROM event WHERE batch_id = %s"


def test_a_killed_worker_costs_a_batch_neither_a_call_nor_its_callback(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    numbers = [f"+1555601{n:04d}" for n in range(12)]
    calls = [{"phoneNumber": number, "instructions": "Ask for the opening hours."} for number in numbers]
    with Receiver() as receiver:
        batch = hub.post("/calls/batch", {"calls": calls, "callbackUrl": receiver.url}, key).json
        for count in (1, 6, 10):
            wait_until(lambda count=count: len(hub.rows(OVER, (batch["id"],))) >= count, seconds=30)  # type: ignore[misc]
            faulty.revive()
        told = receiver.next(40).event["batch"]
    assert [item["call"]["toNumber"] for item in told["calls"]] == numbers
    assert max(faulty.rung(number) for number in numbers) == 1
    assert hub.rows(TOLD, (batch["id"],)) == [{"type": "batch.completed"}]


def test_killed_while_the_last_call_is_settled_the_batch_ends_once(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    call = {"phoneNumber": "+15556020001", "instructions": "Ask for the opening hours."}
    with Receiver() as receiver:
        batch = hub.post("/calls/batch", {"calls": [call], "callbackUrl": receiver.url}, key).json
        with locked(hub, "batch_item"):  # read when everything else of a call has been settled
            wait_until(lambda: hub.rows(AT_IT))
            hub.kill_worker()
        assert hub.rows(TOLD, (batch["id"],)) == []
        hub.start_worker()
        told = receiver.next(40).event["batch"]
    assert (told["id"], told["calls"][0]["call"]["status"]) == (batch["id"], "completed")
    assert hub.rows(TOLD, (batch["id"],)) == [{"type": "batch.completed"}]
    assert faulty.rung("+15556020001") == 1
