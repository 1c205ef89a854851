"""Senders are killed, Redis and PostgreSQL restarted: no event is lost, none is early, few come twice."""

import random
import time

import pytest

from tests.faults.conftest import IN_FLIGHT, Show
from tests.faults.invariants import check
from tests.faults.locking import locked
from tests.faults.receivers import HEALTHY
from tests.faults.trial import ALL_TEMPERS, Site, Trial
from tests.hub import wait_until

pytestmark = [pytest.mark.xdist_group("fault-deliveries"), pytest.mark.timeout(120)]


def test_killed_after_the_claim_and_before_the_send_everything_is_sent_once(site: Site, show: Show) -> None:
    with site.receivers.shut() as url:
        trial = Trial(site, ["prompt"], url=url)
        trial.record(40)
        trial.wait_claimed(IN_FLIGHT)
        trial.kill_sender()
        assert site.receivers.seen == []
    site.hub.start_worker()
    trial.wait_delivered(seconds=20)
    assert show(check(trial))["requests"] == 40


def test_killed_while_the_receivers_work_on_it_everything_that_was_in_flight_comes_again(
    site: Site, show: Show
) -> None:
    trial = Trial(site, ["prompt"])
    with site.receivers.holding() as held:
        trial.record(40)
        wait_until(lambda: len(held) == IN_FLIGHT)
        trial.kill_sender()
    site.hub.start_worker()
    trial.wait_delivered(seconds=20)
    figures = show(check(trial))
    assert (figures["in flight"], figures["duplicates"]) == (IN_FLIGHT, IN_FLIGHT)


def test_killed_between_the_answer_and_the_commit_nothing_is_half_written(site: Site, show: Show) -> None:
    trial = Trial(site, ["prompt"])
    with locked(site.hub, "attempt"):
        trial.record(40)
        wait_until(lambda: site.hub.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'attempt'::regclass"))
        site.hub.kill_worker()
    trial.bury()
    assert {delivery["status"] for delivery in trial.deliveries()} == {"pending"}
    assert trial.attempts() == []
    site.hub.start_worker()
    trial.wait_delivered(seconds=20)
    figures = show(check(trial))
    assert figures["duplicates"] == figures["in flight"] > 0


def test_killed_again_and_again_with_a_backlog_and_endpoints_of_every_temper(site: Site, show: Show) -> None:
    trial, chance = Trial(site, ALL_TEMPERS), random.Random(11)
    site.hub.stop("worker")
    trial.record(500)
    site.hub.start_worker()
    for _ in range(7):
        trial.record(20)
        trial.kill_sender_at_work(chance)
        site.hub.start_worker()
    trial.wait_delivered(seconds=60)
    figures = show(check(trial))
    assert figures["deliveries"] > 3000
    assert figures["in flight"] > 0


def test_a_redis_that_is_emptied_stopped_and_started_again_costs_neither_an_event_nor_a_duplicate(
    site: Site, show: Show
) -> None:
    trial = Trial(site, ALL_TEMPERS)
    trial.record(150)
    site.flush_redis()
    trial.record(30)
    site.hub.stop_redis()
    trial.record(30)
    site.hub.start_redis()
    trial.record(30)
    trial.wait_delivered(seconds=30)
    assert show(check(trial))["duplicates"] == 0


def test_a_postgresql_that_is_restarted_costs_no_duplicate(site: Site, show: Show) -> None:
    trial = Trial(site, ALL_TEMPERS)
    trial.record(150)
    trial.restart_database(away=1.0)
    trial.record(30)
    trial.restart_database(away=0.0)
    trial.wait_delivered(seconds=30)
    assert show(check(trial))["duplicates"] == 0


def test_a_postgresql_that_crashes_costs_at_most_what_was_in_flight_twice(site: Site, show: Show) -> None:
    trial = Trial(site, ALL_TEMPERS)
    trial.record(150)
    for _ in range(3):
        time.sleep(0.5)
        trial.crash_database()
        trial.record(20)
    trial.wait_delivered(seconds=30)
    show(check(trial))


def test_killed_between_the_commit_and_the_doorbell_an_event_is_found_all_the_same(site: Site, show: Show) -> None:
    trial = Trial(site, HEALTHY)
    trial.record(1)
    trial.wait_delivered(seconds=10)
    assert trial.record(5, die=True) < 0
    trial.wait_delivered(seconds=10)
    assert show(check(trial))["duplicates"] == 0
