"""No process is left behind, however its supervisor went.

A SIGKILL cannot be handled, so a small shell waits on a pipe that only the supervisor holds open: when it closes,
the children listed last get their signal, stage by stage. It works the same on Linux and macOS.
"""

import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from typing import IO

_SCRIPT = """
while read -r line; do stages=$line; done
for stage in $stages; do
    children=$(echo "$stage" | tr , ' ')
    for child in $children; do kill -"${child%%:*}" "${child##*:}"; done
    for child in $children; do
        looks=0
        while kill -0 "${child##*:}" && [ $((looks += 1)) -le 50 ]; do sleep 0.1; done
    done
done
"""


class Guard:
    """Knows which processes to end when this one is gone. `holds` is a lock that is kept until they are, too."""

    def __init__(self, holds: IO[str] | None = None) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            pass_fds=() if holds is None else (holds.fileno(),),
        )

    def watch(self, stages: Iterable[Iterable[tuple[signal.Signals, int]]]) -> None:
        """From now on these, as (signal, process id), and no others are ended after this process, stage by stage."""
        self._tell(" ".join(",".join(f"{number.value}:{pid}" for number, pid in stage) for stage in stages))

    def dismiss(self) -> None:
        """End the guard; it ends nobody."""
        self._tell("")
        with suppress(BrokenPipeError):
            self._pipe.close()
        self._shell.wait()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._shell.stdin is not None  # noqa: S101 - it was made with a pipe
        return self._shell.stdin

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):
            self._pipe.write(line.encode() + b"\n")
            self._pipe.flush()
