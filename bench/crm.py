"""CRMs: how soon a workflow's step is answered, and what becomes of ten thousand that ask at once.

The cloud is HubSpot's stand-in, its calls go to the sandbox, everything runs on the same machine.
"""

from collections.abc import Callable
from typing import Final

from bench import crm_rows
from bench.crm_load import actions, send_all
from bench.crm_stage import Stage, stage
from bench.load import Result, offer
from bench.report import line, title

RATE: Final = 50.0
SECONDS: Final = 20.0
LARGE, SMALL = 9_000, 1_000
CONNECTIONS: Final = 16
CALLS_PER_SECOND, ACCOUNT_CALLS_PER_SECOND = 20, 15
CONCURRENT, ACCOUNT_CONCURRENT = 40, 30


def main() -> None:
    for section in SECTIONS.values():
        section()


def action() -> None:
    """A step's request at a steady rate, beside a route that does nothing."""
    title(f"POST /crm/hubspot/action, signed, {RATE:.0f} a second for {SECONDS:.0f} s, with calls being made meanwhile")
    with stage(SANDBOX_SPEED="20") as on:
        offer(on.address, actions(on.large), rate=RATE, seconds=2)
        before = offer(on.address, _nothing, rate=RATE, seconds=SECONDS / 2)
        asked = offer(on.address, actions(on.large), rate=RATE, seconds=SECONDS)
        after = offer(on.address, _nothing, rate=RATE, seconds=SECONDS / 2)
    control = Result(
        before.seconds + after.seconds, before.latencies + after.latencies, before.statuses + after.statuses
    )
    _print("action", asked)
    _print("GET /healthz (control, before and after)", control)
    line("action : control, p95", f"{asked.percentile(0.95) / control.percentile(0.95):.1f}")


def arrivals() -> None:
    """Enrolments as fast as they come, of a large account and then of a small one."""
    title(
        f"{LARGE} enrolments of an account and then {SMALL} of another, over {CONNECTIONS} connections;"
        f" {CALLS_PER_SECOND} calls a second and {CONCURRENT} at once for the carrier,"
        f" {ACCOUNT_CALLS_PER_SECOND} and {ACCOUNT_CONCURRENT} for an account"
    )
    with stage(
        SANDBOX_SPEED="20",
        SANDBOX_CALLS_PER_SECOND=str(CALLS_PER_SECOND),
        ACCOUNT_CALLS_PER_SECOND=str(ACCOUNT_CALLS_PER_SECOND),
        CARRIER_CONCURRENT_CALLS=str(CONCURRENT),
        ACCOUNT_CONCURRENT_CALLS=str(ACCOUNT_CONCURRENT),
    ) as on:
        accepted = send_all(on.address, [(on.large, LARGE), (on.small, SMALL)], CONNECTIONS)
        line("accepted", f"{len(accepted.latencies)}", f"in {accepted.seconds:.1f} s ({_statuses(accepted)})")
        line("", f"{accepted.rate:.0f}/s", _percentiles(accepted))
        line("lost", f"{LARGE + SMALL - crm_rows.enrolments(on)}", "of those that were accepted")
        crm_rows.small_dialled(on, SMALL)
        _dialling(on)
        called = crm_rows.all_called(on)
        line(
            "all are calls after", f"{called:.0f} s", f"from the first one's arrival, {(LARGE + SMALL) / called:.0f}/s"
        )


def _dialling(on: Stage) -> None:
    turns = crm_rows.dialled(on)
    line("dialled while both waited", f"{turns.large + turns.small}", f"in {turns.seconds:.0f} s, {turns.rate:.1f}/s")
    line(
        "share of the small account", f"{turns.share:.0%}", f"of those; {SMALL / (LARGE + SMALL):.0%} of the enrolments"
    )
    _limit("calls in any second", crm_rows.most_in_a_second(on), CALLS_PER_SECOND)
    _limit("calls at once", crm_rows.most_at_once(on), CONCURRENT)
    _limit("calls in any second of one account", crm_rows.most_in_a_second(on, each=True), ACCOUNT_CALLS_PER_SECOND)
    _limit("calls at once of one account", crm_rows.most_at_once(on, each=True), ACCOUNT_CONCURRENT)


SECTIONS: Final[dict[str, Callable[[], None]]] = {"action": action, "arrivals": arrivals}


def _nothing(_: int) -> bytes:
    return b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"


def _print(name: str, result: Result) -> None:
    line(name, f"p95 {result.percentile(0.95):.1f} ms", f"{_percentiles(result)} ({_statuses(result)})")


def _percentiles(result: Result) -> str:
    return ", ".join(f"p{share} {result.percentile(share / 100):.1f} ms" for share in (50, 95, 99))


def _statuses(result: Result) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(result.statuses.items()))


def _limit(name: str, most: int, limit: int) -> None:
    line(name, f"{most}", f"of {limit} allowed{'' if most <= limit else ': EXCEEDED'}")


if __name__ == "__main__":
    main()
