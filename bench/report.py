"""How figures are printed: the machine first, then one line each."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """The machine in one line, as a reader needs it to place the figures."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = next((int(line.split()[1]) // 1024**2 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    return f"{os.cpu_count()} cores ({model}), {memory} GiB, {platform.system()}, Python {platform.python_version()}"


def line(name: str, figure: str, note: str = "") -> None:
    print(f"  {name:<44} {figure:>14}  {note}", flush=True)


def title(text: str) -> None:
    print(f"\n{text}", flush=True)


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
