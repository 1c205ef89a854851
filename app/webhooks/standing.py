"""How attempts change a delivery, and the standing of its webhook. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from app.webhooks.outcome import Outcome
from app.webhooks.schedule import delay_after, delay_after_fault

FAILURES_TO_WARN: Final = 5
FAILURES_TO_DISABLE: Final = 10
GONE: Final = 410

# What a callback is tried again for; anything else that it answers is its last word.
_CALLBACK_STATUSES: Final = frozenset({409, 425, 429})
_CALLBACK_ERRORS: Final = frozenset({"dns", "refused", "reset", "timeout", "http_5xx"})

Status = Literal["pending", "succeeded", "failed"]


class Progress(NamedTuple):
    """Where a delivery stands: its status, the failed tries of this round, the faults on our side.

    `delay` is the seconds until the next try of a pending one.
    """

    status: Status
    failures: int
    faults: int
    delay: float | None = None


def progress(outcome: Outcome, before: Progress, *, once: bool, callback: bool, scale: float) -> Progress:
    """Where a delivery stands after one more attempt. `once` is for samples, which are not tried again."""
    _, failures, faults, _ = before
    if outcome.delivered:
        return Progress("succeeded", failures, faults)
    if outcome.ours and not once:
        faults += 1
        delay = delay_after_fault(faults, scale=scale)
    else:
        failures += 1
        final = once or (callback and not _worth_another_try(outcome))
        delay = None if final else delay_after(failures, scale=scale, retry_after=outcome.retry_after)
    return Progress("failed" if delay is None else "pending", failures, faults, delay)


def _worth_another_try(outcome: Outcome) -> bool:
    return outcome.error in _CALLBACK_ERRORS or outcome.status_code in _CALLBACK_STATUSES


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook has done of late: `failures` failed attempts in a row, the first of them at `failing_since`."""

    failures: int = 0
    failing_since: datetime | None = None


class Tried(NamedTuple):
    """An attempt that counts: its outcome, when it ended, and whether it was the first retry after a 410."""

    outcome: Outcome
    at: datetime
    after_gone: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from some attempts: the new standing, whether to warn, and why to disable (None: do not)."""

    standing: Standing
    warn: bool = False
    disable: str | None = None


def judge(standing: Standing, attempts: Iterable[Tried], *, span: timedelta) -> Verdict:
    """Count attempts in the order in which they ended. Failures on our side are no failures of the webhook.

    Ten failures in a row disable once they span `span`; a 410 that the first retry repeats disables at once.
    """
    warn, disable = False, None
    for tried in attempts:
        if tried.outcome.delivered:
            standing, warn, disable = Standing(), False, None
        elif not tried.outcome.ours:
            standing = Standing(standing.failures + 1, standing.failing_since or tried.at)
            warn = warn or standing.failures == FAILURES_TO_WARN
            disable = disable or _reason(standing, tried, span)
    return Verdict(standing, warn, disable)


def _reason(standing: Standing, tried: Tried, span: timedelta) -> str | None:
    if tried.after_gone and tried.outcome.status_code == GONE:
        return "The endpoint answered 410 Gone, and again on the first retry."
    lasted = max(tried.at - (standing.failing_since or tried.at), timedelta())
    if standing.failures >= FAILURES_TO_DISABLE and lasted >= span:
        return f"{standing.failures} attempts in a row failed; the last: {tried.outcome.detail}."
    return None
