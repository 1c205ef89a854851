"""A connector's own JavaScript runtime as a child process that is asked one thing after another.

The driver (`drivers/<platform>.mjs`) reads one JSON line for each request, `{"do": name, "with": {…}}`, and answers it
with one, `{"gave": …}` or `{"threw": {"kind", "message", "field"?, "retryAfter"?}}`.
"""

import json
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, Self

DRIVERS: Final = Path(__file__).parent / "drivers"

# auth: the key is not valid · input: the person must change something · halted: stop quietly, it is no fault of the
# automation · retry: the platform tries again by itself · unknown: nobody knows whether it was done, so it is not
# repeated
Kind = Literal["auth", "input", "halted", "retry", "unknown"]


class Refused(Exception):
    """What a connector threw, told by the class of error that its platform knows."""

    def __init__(self, kind: Kind, message: str, field: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.field, self.retry_after = kind, message, field, retry_after


class Runtime:
    """Runs while the block lasts."""

    def __init__(self, driver: str, folder: Path) -> None:
        """`driver` is a file of `drivers/`; it resolves packages from `folder`, the connector's own."""
        self._command = ["node", str(DRIVERS / driver)]
        self._folder = folder
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=os.environ | {"CONNECTOR": str(self._folder)},
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def do(self, name: str, **given: Any) -> Any:
        """What the driver gives for one request. Raises Refused for what it threw."""
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps({"do": name, "with": given}) + "\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The driver has ended, code {self._process.wait()}; why is on standard error.")
        answer = json.loads(line)
        if "threw" in answer:
            threw = answer["threw"]
            raise Refused(threw["kind"], threw["message"], threw.get("field"), threw.get("retryAfter"))
        return answer["gave"]
