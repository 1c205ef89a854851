"""What follows from a piece of work for a CRM. Pure; seconds."""

from dataclasses import dataclass
from typing import Final, Literal

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused, Revoked
from app.webhooks.schedule import delay_after

BARRED_SECONDS: Final = 10.0  # where a CRM names no time
REVOKED_SECONDS: Final = 5.0  # a broken connection's work is not claimed: this is for who reads the table meanwhile


@dataclass(frozen=True, slots=True)
class Over:
    """It is done with: `result` is what came of it, `error` and `code` why nothing did."""

    status: Literal["succeeded", "failed", "skipped"]
    result: str | None = None
    error: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """It is to be done again in some seconds, for the reason of `error` and `code`; `counted` if that was a try."""

    seconds: float
    error: str | None = None
    code: str | None = None
    counted: bool = False


Verdict = Over | Again


def done(result: str | None = None) -> Over:
    return Over("succeeded", result)


def skipped(code: str, sentence: str) -> Over:
    return Over("skipped", error=sentence, code=code)


def failed(code: str, sentence: str) -> Over:
    return Over("failed", error=sentence, code=code)


def what_follows(failure: CrmFailed, tries: int, *, scale: float) -> Verdict:
    """What follows from a failure after so many counted tries before it; `scale` stretches the schedule of retries.

    A CRM that takes no requests for now, and an authorisation that was taken back, do not count: nothing was tried.
    """
    match failure:
        case Barred():
            seconds = BARRED_SECONDS if failure.seconds is None else failure.seconds
            return Again(seconds, failure.detail, "crm_barred")
        case Later():
            delay = delay_after(tries + 1, scale=scale, retry_after=failure.seconds)
            if delay is None:
                return failed("crm_unreachable", failure.detail)
            return Again(delay, failure.detail, "crm_unreachable", counted=True)
        case Revoked():
            return Again(REVOKED_SECONDS * scale, failure.detail, "crm_revoked")
        case Gone():
            return skipped("record_gone", failure.detail)
        case Refused():
            return failed("crm_refused", failure.detail)
    raise TypeError(f"{type(failure).__name__} is no failure of a CRM's that anything follows from")
