"""`python -m bench [api] [finish] [footprint] [voice]`: all of them without a name."""

import sys

from bench import api, finish, footprint, voice
from bench.report import machine

BENCHMARKS = {"api": api.main, "finish": finish.main, "footprint": footprint.main, "voice": voice.main}


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(wanted) - set(BENCHMARKS):
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    print(machine())
    for name in wanted:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
