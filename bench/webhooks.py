"""Webhooks: latency at steady rates, a backlog beside a control, dead endpoints, and tables that grow."""

from collections.abc import Callable
from typing import Final

from bench.webhooks_backlog import backlog
from bench.webhooks_growth import growth
from bench.webhooks_latency import dead, steady

SECTIONS: Final[dict[str, Callable[[], None]]] = {
    "latency": steady,
    "backlog": backlog,
    "dead": dead,
    "growth": growth,
}


def main() -> None:
    for section in SECTIONS.values():
        section()


if __name__ == "__main__":
    main()
