"""POST /api/v1/calls in test mode: a durable commit each, beside a route that touches nothing."""

import itertools
import json
from collections.abc import Callable

from bench.hub import Running, running
from bench.load import Result, run
from bench.report import line, title

CONNECTIONS = 16
SECONDS = 10.0
_numbers = itertools.count(2_000_000_000)


def main() -> None:
    title(f"POST /api/v1/calls, {CONNECTIONS} connections, {SECONDS:.0f} s each, everything else on the same machine")
    with running(REQUESTS_PER_SECOND="1000000", SANDBOX_SPEED="1") as hub:
        address = ("127.0.0.1", hub.plan.api.number)
        run(address, _posts(hub), CONNECTIONS, 2.0)
        control = run(address, lambda _: b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n", CONNECTIONS, SECONDS / 2)
        posted = run(address, _posts(hub), CONNECTIONS, SECONDS)
        again = run(address, lambda _: b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n", CONNECTIONS, SECONDS / 2)
    _print("POST /calls", posted)
    _print("GET /healthz (control, before)", control)
    _print("GET /healthz (control, after)", again)
    line("POST /calls : control", f"{posted.rate / ((control.rate + again.rate) / 2):.2f}")


def _posts(hub: Running) -> Callable[[int], bytes]:
    def make(_: int) -> bytes:
        asked = {
            "phoneNumber": f"+1{next(_numbers)}",
            "instructions": "Call Joe's Pizza and order a large pepperoni for pickup at 7pm.",
            "firstMessage": "Hi, I'd like to place an order for pickup please.",
            "name": "Joe's Pizza",
        }
        body = json.dumps(asked).encode()
        head = (
            f"POST /api/v1/calls HTTP/1.1\r\nHost: hub\r\nX-API-Key: {hub.keys.test}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return make


def _print(name: str, result: Result) -> None:
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(result.statuses.items()))
    figures = f"p50 {result.percentile(0.5):.1f} ms, p99 {result.percentile(0.99):.1f} ms ({statuses})"
    line(name, f"{result.rate:.0f}/s", figures)


if __name__ == "__main__":
    main()
