"""Starts programs in stages, keeps them running, and stops them in the reverse order."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from app.dev.children import Child, Program, last_words, turn_log
from app.dev.errors import CannotStart
from app.dev.guard import Guard

START_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.05
LONGEST_BACK_OFF: Final = 30.0
STEADY_SECONDS: Final = 60.0


class Stopped(Exception):
    """A person asked to stop while something was being waited for."""


@dataclass(slots=True)
class _Place:
    """Where a child runs; who has died often waits longer for the next start."""

    program: Program
    child: Child
    deaths: int = 0
    restart_at: float | None = None


class Supervisor:
    """The children of this process. `say` is told what a person should know; `stopped` says how often a stop was
    asked for: once stops cleanly, twice at once. `lock` is not let go before the last child is gone.
    """

    def __init__(
        self,
        say: Callable[[str], None] = lambda _: None,
        stopped: Callable[[], int] = lambda: 0,
        lock: IO[str] | None = None,
    ) -> None:
        self._say = say
        self._stopped = stopped
        self._stages: list[list[_Place]] = []
        self._guard = Guard(lock)

    def start(self, *programs: Program) -> None:
        """Start the programs side by side, as a new stage. `wait` waits for them."""
        self._stages.append([])
        self.join(*programs)

    def join(self, *programs: Program) -> None:
        """Start the programs as part of the stage that was started last. Their logs begin anew."""
        for program in programs:
            program.log.write_bytes(b"")
            self._stages[-1].append(_Place(program, Child(program)))
            self._tell_guard()

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Until every program serves. Raises CannotStart with the last lines of the log of one that does not."""
        until = time.monotonic() + seconds
        for place in self._places():
            while not place.child.ready():
                if time.monotonic() > until:
                    name = place.program.name
                    raise CannotStart(f"{name} was not ready in {seconds:.0f} s.\n{last_words(place.program)}")
                self.pause(LOOK_SECONDS)

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped as soon as a stop was asked for."""
        until = time.monotonic() + seconds
        while not self._stopped() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
        if self._stopped():
            raise Stopped

    def tend(self) -> None:
        """Start again what has ended by itself, later each time it does, and keep logs from growing without end."""
        now = time.monotonic()
        for place in self._places():
            turn_log(place.program)
            if place.restart_at is not None:
                if now >= place.restart_at:
                    self._restart(place)
            elif (code := place.child.exit_code) is not None:
                self._mourn(place, code, now)

    def stop(self) -> None:
        """Stop every stage, the last one first; a child that does not go in its time is killed."""
        while self._stages:
            stage = self._stages[-1]
            for place in stage:
                place.child.ask_to_stop()
            for place in stage:
                self._see_off(place)
            self._stages.pop()
            self._tell_guard()
        self._guard.dismiss()

    def _see_off(self, place: _Place) -> None:
        until = time.monotonic() + place.program.stop_seconds
        while place.child.exit_code is None:
            if self._stopped() > 1 or time.monotonic() > until:
                place.child.kill()
                break
            time.sleep(LOOK_SECONDS / 5)

    def _mourn(self, place: _Place, code: int, now: float) -> None:
        steady = now - place.child.started_at > STEADY_SECONDS
        place.deaths = 1 if steady else place.deaths + 1
        delay = min(0.5 * 2 ** (place.deaths - 1), LONGEST_BACK_OFF)
        place.restart_at = now + delay
        name, log = place.program.name, place.program.log
        self._say(f"{name} ended with code {code}; it starts again in {delay:.1f} s (log: {log})")

    def _restart(self, place: _Place) -> None:
        place.restart_at = None
        place.child = Child(place.program)
        self._tell_guard()

    def _places(self) -> Iterator[_Place]:
        for stage in self._stages:
            yield from stage

    def _tell_guard(self) -> None:
        self._guard.watch(
            [(place.program.stop_signal, place.child.pid) for place in stage if place.child.exit_code is None]
            for stage in reversed(self._stages)
        )


@contextmanager
def supervised(*programs: Program) -> Iterator[Supervisor]:
    """The programs, running and ready, until the block ends."""
    supervisor = Supervisor()
    try:
        supervisor.start(*programs)
        supervisor.wait()
        yield supervisor
    finally:
        supervisor.stop()
