"""The worker is killed with SIGKILL at each step of placing and finishing: nobody is rung twice, nothing is lost."""

import random
import time

import pytest

from tests.faults.conftest import Faulty
from tests.faults.locking import locked
from tests.hub import Hub, wait_until

pytestmark = pytest.mark.xdist_group("faults")


def state(hub: Hub, call_id: str) -> str:
    found: str = hub.rows("SELECT dial_state FROM call WHERE id = %s", (call_id,))[0]["dial_state"]
    return found


def test_killed_after_the_claim_the_call_is_dialled_once(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    hub.stop("worker")
    call = hub.call(key, "+15556000001")
    with locked(hub, "do_not_call"):  # begin_dialling reads it, claim does not
        hub.start_worker()
        wait_until(lambda: state(hub, call["id"]) == "claimed")
        hub.kill_worker()
    hub.start_worker()
    assert hub.wait_call(call["id"], key)["status"] == "completed"
    assert faulty.rung("+15556000001") == 1


def test_killed_right_before_the_request_reaches_the_carrier_the_call_is_not_dialled_again(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    gone: list[bool] = []

    def kill_and_lose_the_request() -> None:
        hub.kill_worker()
        gone.append(True)
        raise ConnectionAbortedError

    faulty.gate.once("/Calls.json", before=kill_and_lose_the_request)
    call = hub.call(key, "+15556000002")
    wait_until(lambda: bool(gone))
    hub.start_worker()
    ended = hub.wait_call(call["id"], key)
    assert (ended["status"], ended["endReason"]) == ("failed", "dial_unknown")
    assert faulty.rung("+15556000002") == 0


def test_killed_before_the_carriers_answer_arrives_the_call_is_adopted(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    faulty.gate.once("/Calls.json", after=faulty.revive)
    call = hub.call(key, "+15556000003")
    assert hub.wait_call(call["id"], key)["status"] == "completed"
    assert faulty.rung("+15556000003") == 1


def test_killed_before_the_answer_of_a_carrier_that_never_calls_back_the_call_is_found_and_ended(
    faulty: Faulty,
) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    faulty.gate.once("/Calls.json", after=faulty.revive)
    call = hub.call(key, "+15550100013")
    ended = hub.wait_call(call["id"], key)
    assert (ended["status"], ended["endReason"]) == ("failed", "carrier_silent")
    assert faulty.rung("+15550100013") == 1


def test_killed_while_the_summary_is_made_the_call_is_finished_once(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    hub.stop("worker")
    call = hub.call(key, "+15556000004")
    hub.start_worker()
    wait_until(lambda: hub.get(f"/calls/{call['id']}", key).json["transcript"])
    wait_until(lambda: hub.rows("SELECT 1 FROM call WHERE id = %s AND relay_closed_at IS NOT NULL", (call["id"],)))
    faulty.revive()
    ended = hub.wait_call(call["id"], key)
    assert ended["summary"]
    assert faulty.completed_events(call["id"]) == 1


def test_killed_in_the_middle_of_settling_nothing_is_half_done(faulty: Faulty) -> None:
    hub, holder = faulty.hub, faulty.hub.account()
    call = hub.call(holder.live_key, "+15556000005")
    with locked(hub, "ledger_entry"):
        wait_until(
            lambda: hub.rows(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%''release''%%'"
            ),
            seconds=20,
        )
        hub.kill_worker()
        still = hub.get(f"/calls/{call['id']}", holder.live_key).json
        assert (still["status"], still["summary"]) == ("in-progress", None)
    hub.start_worker()
    ended = hub.wait_call(call["id"], holder.live_key)
    assert faulty.completed_events(call["id"]) == 1
    account = hub.get("/me", holder.live_key).json
    assert (account["balance"], account["available"]) == (500 - ended["cost"], 500 - ended["cost"])


def test_killed_again_and_again_at_random_every_call_ends_and_nobody_is_rung_twice(faulty: Faulty) -> None:
    hub, key, chance = faulty.hub, faulty.hub.account().test_key, random.Random(7)
    numbers = [f"+1555610{number:04d}" for number in range(24)]
    calls = [hub.call(key, number)["id"] for number in numbers]
    for _ in range(5):
        time.sleep(chance.uniform(0.1, 0.9))
        faulty.revive()
    ended = [hub.wait_call(call_id, key, seconds=45) for call_id in calls]
    assert [faulty.rung(number) for number in numbers if faulty.rung(number) > 1] == []
    assert {call["status"] for call in ended} <= {"completed", "failed"}
    assert {call["endReason"] for call in ended if call["status"] == "failed"} <= {"dial_unknown"}
    assert [faulty.completed_events(call_id) for call_id in calls] == [1] * len(calls)


def test_redis_away_a_call_is_accepted_and_dialled_when_it_is_back(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    hub.stop_redis()
    call = hub.call(key, "+15556000006")
    assert call["status"] == "initiated"
    hub.start_redis()
    assert hub.wait_call(call["id"], key)["status"] == "completed"
    assert faulty.rung("+15556000006") == 1


def test_a_redis_that_has_lost_everything_costs_nothing(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    hub.kill("redis")
    hub.start_redis()
    call = hub.call(key, "+15556000007")
    assert hub.wait_call(call["id"], key)["status"] == "completed"


def test_a_voice_process_that_dies_in_mid_call_leaves_no_call_open(faulty: Faulty) -> None:
    hub, key = faulty.hub, faulty.hub.account().test_key
    call = hub.call(key, "+15550100009")
    wait_until(lambda: hub.get(f"/calls/{call['id']}", key).json["transcript"])
    hub.kill("voice")
    hub.start("voice")
    ended = hub.wait_call(call["id"], key)
    assert ended["status"] in ("completed", "failed")
    assert faulty.completed_events(call["id"]) == 1
