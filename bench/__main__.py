"""`python -m bench [api] [finish] [footprint] [voice] [webhooks]`: all of them without a name.

A part of one is asked for as `webhooks:backlog`; the others are latency, dead and growth. `crm` (its parts are action
and arrivals), `dashboard`, `live` and `connectors`, which needs Node parts, are measured by name alone.
"""

import sys

from bench import api, connectors, crm, dashboard, finish, footprint, live, voice, webhooks
from bench.report import machine

BENCHMARKS = {
    "api": api.main,
    "finish": finish.main,
    "footprint": footprint.main,
    "voice": voice.main,
    "webhooks": webhooks.main,
}
PARTS = {
    **{f"webhooks:{name}": part for name, part in webhooks.SECTIONS.items()},
    **{f"crm:{name}": part for name, part in crm.SECTIONS.items()},
    "connectors": connectors.main,
    "crm": crm.main,
    "dashboard": dashboard.main,
    "live": live.main,
}


def main() -> int:
    wanted, known = sys.argv[1:] or list(BENCHMARKS), BENCHMARKS | PARTS
    if unknown := set(wanted) - set(known):
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    print(machine())
    for name in wanted:
        known[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
