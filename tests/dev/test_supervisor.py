"""Starting, tending and stopping children."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.dev.children import Program
from app.dev.errors import CannotStart
from app.dev.supervisor import Stopped, Supervisor, supervised
from tests.dev.programs import DEAF, SERVES, program
from tests.hub import wait_until

# Says when it was asked to stop, in a file that all share.
_NOTES = """
import signal, sys, time
def note(*_):
    open({path!r}, "a").write({name!r} + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, note)
print("serving", flush=True)
time.sleep(600)
"""


def _noting_pid(folder: Path) -> str:
    return f"import os; open({str(folder / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n'); "


def noted(folder: Path) -> Program:
    """A program that notes its process id before it serves."""
    return program(folder, _noting_pid(folder) + SERVES)


def _pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def _gone(pid: int) -> bool:
    """Whether the process has ended, be it that nobody has asked for its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_was_started_is_gone_after_the_stop(tmp_path: Path) -> None:
    with supervised(noted(tmp_path)):
        (pid,) = _pids(tmp_path)
        assert not _gone(pid)
    assert _gone(pid)


def test_the_stage_that_was_started_last_stops_first(tmp_path: Path) -> None:
    notes = tmp_path / "notes"

    def noting(name: str) -> Program:
        return program(tmp_path, _NOTES.format(path=str(notes), name=name), name)

    supervisor = Supervisor()
    supervisor.start(noting("service"))
    supervisor.start(noting("server"))
    supervisor.start(noting("worker"))
    supervisor.wait()
    supervisor.stop()
    assert notes.read_text().split() == ["worker", "server", "service"]


def test_a_program_that_ends_at_its_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.start(program(tmp_path, "import sys; print('the disk is full'); sys.exit(3)", ready=lambda _: False))
    with pytest.raises(CannotStart, match=r"program ended with code 3\.\n  the disk is full"):
        supervisor.wait()
    supervisor.stop()


def test_a_program_that_never_serves_is_told(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.start(program(tmp_path, ready=lambda _: False))
    with pytest.raises(CannotStart, match="program was not ready in 0 s"):
        supervisor.wait(seconds=0.2)
    supervisor.stop()


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    supervisor.start(noted(tmp_path))
    supervisor.wait()
    os.kill(_pids(tmp_path)[0], signal.SIGKILL)

    def twice() -> bool:
        supervisor.tend()
        return len(_pids(tmp_path)) == 2

    wait_until(twice)
    supervisor.stop()
    assert "program ended with code -9; it starts again in 0.5 s" in said[0]
    assert all(_gone(pid) for pid in _pids(tmp_path))


def test_a_log_that_has_grown_too_long_begins_anew(tmp_path: Path) -> None:
    talks = "import time\nwhile True: print('x' * 100, flush=True); time.sleep(0.001)"
    supervisor = Supervisor()
    supervisor.start(program(tmp_path, talks, log_bytes=2000))
    log, before = tmp_path / "program.log", tmp_path / "program.log.1"
    wait_until(lambda: log.stat().st_size > 2000)
    supervisor.tend()
    wait_until(lambda: log.stat().st_size > 0)
    supervisor.stop()
    assert before.stat().st_size > 2000
    assert log.read_text().startswith("x")


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    with supervised(program(tmp_path, _noting_pid(tmp_path) + DEAF, stop_seconds=0.2)):
        (pid,) = _pids(tmp_path)
    assert _gone(pid)


def test_a_second_interrupt_does_not_wait(tmp_path: Path) -> None:
    supervisor = Supervisor(stopped=lambda: 2)
    supervisor.start(program(tmp_path, DEAF, stop_seconds=600))
    wait_until(lambda: "serving" in (tmp_path / "program.log").read_text())
    supervisor.stop()


def test_waiting_ends_when_a_stop_is_asked_for(tmp_path: Path) -> None:
    supervisor = Supervisor(stopped=lambda: 1)
    supervisor.start(program(tmp_path, ready=lambda _: False))
    with pytest.raises(Stopped):
        supervisor.wait()
    supervisor.stop()


def test_no_child_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from app.dev.supervisor import supervised\n"
        "from tests.dev.test_supervisor import noted\n"
        f"with supervised(noted(Path({str(tmp_path)!r}))) as supervisor:\n"
        "    supervisor.pause(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as killed:
        wait_until(lambda: _pids(tmp_path))
        killed.kill()
    wait_until(lambda: _gone(_pids(tmp_path)[0]))
