"""How a delivery and a webhook fare under any order of outcomes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks.outcome import Outcome
from app.webhooks.schedule import MOST_FAULTS, RETRY_DELAYS
from app.webhooks.standing import FAILURES_TO_DISABLE, FAILURES_TO_WARN, Progress, Standing, Tried, judge, progress
from tests.webhooks.support import FAILED, GONE, OK, OURS

OUTCOMES = st.sampled_from([OK, FAILED, GONE, OURS])
START = datetime(2026, 3, 20, tzinfo=UTC)
NEVER = timedelta(days=1000)


def follow(outcomes: Sequence[Outcome], *, callback: bool = False) -> list[Progress]:
    """Where a delivery stands after each outcome, up to its end."""
    reached = [Progress("pending", 0, 0)]
    for outcome in outcomes:
        if reached[-1].status == "pending":
            reached.append(progress(outcome, reached[-1], once=False, callback=callback, scale=1.0))
    return reached[1:]


@given(st.lists(OUTCOMES, min_size=1, max_size=40))
def test_a_delivery_ends_with_a_success_or_after_eleven_failures(outcomes: list[Outcome]) -> None:
    *before, last = follow(outcomes)
    assert all(step.status == "pending" and step.delay is not None for step in before)
    if last.status == "succeeded":
        assert last.delay is None
    if last.status == "failed":
        assert last.failures == 1 + len(RETRY_DELAYS)


@given(st.lists(OUTCOMES, max_size=40))
def test_a_delivery_waits_at_least_as_long_as_the_schedule_says(outcomes: list[Outcome]) -> None:
    for step, outcome in zip(follow(outcomes), outcomes, strict=False):
        if step.status == "pending" and not outcome.ours:
            assert (step.delay or 0) >= RETRY_DELAYS[step.failures - 1]


def test_faults_of_ours_end_too() -> None:
    steps = follow([OURS] * (MOST_FAULTS + 5))
    assert (len(steps), steps[-1].status, steps[-1].failures) == (MOST_FAULTS + 1, "failed", 0)


@pytest.mark.parametrize("outcome", [FAILED, OURS, GONE])
def test_a_sample_is_not_tried_again(outcome: Outcome) -> None:
    assert progress(outcome, Progress("pending", 0, 0), once=True, callback=False, scale=1.0).status == "failed"


@pytest.mark.parametrize(
    ("status", "error", "again"),
    [
        (409, "http_4xx", True), (425, "http_4xx", True), (429, "http_4xx", True), (500, "http_5xx", True),
        (503, "http_5xx", True), (None, "timeout", True), (None, "refused", True), (None, "reset", True),
        (400, "http_4xx", False), (401, "http_4xx", False), (404, "http_4xx", False), (410, "http_4xx", False),
        (302, "http_3xx", False), (None, "blocked_address", False),
    ],
)  # fmt: skip
def test_a_callback_is_tried_again_only_for_what_may_pass(status: int | None, error: str, again: bool) -> None:
    [step] = follow([Outcome(status, error, "no", 5)], callback=True)
    assert (step.status == "pending") is again


def tried(outcomes: Sequence[Outcome], minutes: float = 1) -> list[Tried]:
    return [Tried(outcome, START + timedelta(minutes=minutes * place)) for place, outcome in enumerate(outcomes)]


@given(st.lists(OUTCOMES, max_size=40), st.integers(0, 40))
def test_it_makes_no_difference_in_which_batches_attempts_are_counted(outcomes: list[Outcome], cut: int) -> None:
    attempts = tried(outcomes)
    whole = judge(Standing(), attempts, span=NEVER)
    first = judge(Standing(), attempts[:cut], span=NEVER)
    assert judge(first.standing, attempts[cut:], span=NEVER).standing == whole.standing


@given(st.lists(OUTCOMES, max_size=40))
def test_a_row_of_failures_counts_what_came_since_the_last_success(outcomes: list[Outcome]) -> None:
    since = outcomes[len(outcomes) - outcomes[::-1].index(OK) :] if OK in outcomes else outcomes
    standing = judge(Standing(), tried(outcomes), span=NEVER).standing
    assert standing.failures == sum(not outcome.ours for outcome in since if not outcome.delivered)


@given(st.integers(1, 30), st.floats(0.1, 20))
def test_failures_disable_once_there_are_ten_and_they_span_an_hour(number: int, minutes: float) -> None:
    verdict = judge(Standing(), tried([FAILED] * number, minutes), span=timedelta(hours=1))
    long_enough = timedelta(minutes=minutes * (number - 1)) >= timedelta(hours=1)
    assert (verdict.disable is not None) is (number >= FAILURES_TO_DISABLE and long_enough)


def test_a_warning_comes_once_in_a_row_of_failures() -> None:
    standing, warnings = Standing(), 0
    for attempt in tried([FAILED] * 9):
        verdict = judge(standing, [attempt], span=NEVER)
        standing, warnings = verdict.standing, warnings + verdict.warn
    assert (FAILURES_TO_WARN, warnings) == (5, 1)


def test_a_success_in_the_same_batch_speaks_for_the_webhook() -> None:
    verdict = judge(Standing(9, START - timedelta(hours=2)), tried([FAILED, OK]), span=timedelta(hours=1))
    assert (verdict.disable, verdict.standing) == (None, Standing())
