"""`python -m app.dev.run [FOLDER]`: everything on this machine, and a demo call. What `make run` does.

FOLDER keeps its state; var/ if it is left out.
"""

import os
import sys
import time
from pathlib import Path
from typing import Final

from app.config import ConfigurationError
from app.dev import demo_keys, ports
from app.dev.client import Client
from app.dev.demo import DemoFailed, show
from app.dev.errors import CannotStart
from app.dev.interrupts import Interrupts
from app.dev.occupancy import occupied
from app.dev.plan import Plan, plan
from app.dev.processes import ROOT
from app.dev.receiver import Receiver
from app.dev.start import start
from app.dev.supervisor import Stopped, Supervisor
from app.dev.terminal import Terminal

_TEND_SECONDS: Final = 0.5


def main() -> int:
    """Run until Ctrl-C; the exit code."""
    interrupts = Interrupts(follow_parent="MAKELEVEL" in os.environ)
    terminal = Terminal(sys.stdout, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    try:
        wanted = plan(os.environ, Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "var").resolve())
        with occupied(wanted.folder) as lock:
            ports.require_free(wanted.ports)
            _run(wanted, Supervisor(terminal.line, interrupts.count, lock), terminal)
    except (CannotStart, ConfigurationError) as error:
        print(f"\n{error.message}", file=sys.stderr)
        return 1
    return 0


def _run(wanted: Plan, supervisor: Supervisor, terminal: Terminal) -> None:
    try:
        terminal.line("Starting PostgreSQL, Redis, the API, the voice process, the sandbox and the worker …")
        began = time.monotonic()
        settings = start(wanted, supervisor)
        terminal.line(f"All of them serve, after {time.monotonic() - began:.1f} s.")
        _serve(wanted, supervisor, terminal, live=settings.live_ready)
    except Stopped:
        terminal.line("\nStopping …")
    finally:
        supervisor.stop()
    terminal.line("Stopped.")


def _serve(wanted: Plan, supervisor: Supervisor, terminal: Terminal, *, live: bool) -> None:
    """Show the demo, say what to try next, and keep everything running until a stop is asked for.

    `live` says whether the live key can ring phones.
    """
    keys = demo_keys.read(wanted.folder)
    assert keys is not None  # noqa: S101 - `start` has made them

    def pause(seconds: float) -> None:
        supervisor.tend()
        supervisor.pause(seconds)

    receiver = Receiver(wanted.receiver.number) if wanted.demo else None
    if receiver:
        try:
            show(Client(wanted.url, keys.test), receiver, wanted.folder, terminal, pause)
        except DemoFailed as failure:
            terminal.line(f"\nThe demo stopped: {failure}. The logs in {wanted.log} may say why.")
    terminal.next_steps(wanted.url, keys, wanted.folder / "demo.env", wanted.log, live=live)
    while True:
        pause(_TEND_SECONDS)
        if receiver:
            _show_later(receiver, terminal)


def _show_later(receiver: Receiver, terminal: Terminal) -> None:
    """A line for each webhook of the calls that a person makes after the demo."""
    while not receiver.receipts.empty():
        terminal.later_webhook(receiver.receipts.get())


if __name__ == "__main__":
    sys.exit(main())
