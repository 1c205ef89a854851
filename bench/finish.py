"""From the end of a call to the receipt of its webhook. The sandbox's model sums up at once: no time is taken off."""

import time
from collections.abc import Sequence
from datetime import datetime

from app.dev.client import Client
from app.dev.receiver import Receiver
from bench.hub import running
from bench.report import line, title

CALLS = 60


def main() -> None:
    title(f"From the end of a call to its webhook, {CALLS} calls one after another and {CALLS} at once")
    with running(SANDBOX_SPEED="20", ACCOUNT_CONCURRENT_CALLS="100", ACCOUNT_CALLS_PER_SECOND="50") as hub:
        receiver = Receiver(0)
        client = Client(hub.plan.url, hub.keys.test)
        receiver.secret = client.post("/webhooks", {"url": receiver.url})["secret"]
        single = [_one(client, receiver, number) for number in range(CALLS)]
        _print("one after another", single)
        for number in range(CALLS):
            _place(client, 500 + number)
        _print("at once", [_receipt(receiver) for _ in range(CALLS)])
        receiver.close()


def _one(client: Client, receiver: Receiver, number: int) -> float:
    _place(client, number)
    return _receipt(receiver)


def _place(client: Client, number: int) -> None:
    client.post("/calls", {"phoneNumber": f"+1555300{number:04d}", "instructions": "Ask for the opening hours."})


def _receipt(receiver: Receiver) -> float:
    """Milliseconds from the call's `endedAt` to the receipt."""
    receipt = receiver.receipts.get(timeout=60)
    ended = datetime.fromisoformat(receipt.event["call"]["endedAt"]).timestamp()
    return (time.time() - ended) * 1000


def _print(name: str, latencies: Sequence[float]) -> None:
    ordered = sorted(latencies)
    line(name, f"p50 {ordered[len(ordered) // 2]:.0f} ms", f"p95 {ordered[int(len(ordered) * 0.95)]:.0f} ms")


if __name__ == "__main__":
    main()
