"""`python -m tests.faults.recording ACCOUNT FIRST COUNT [die]`: records events as the API does, in its own process.

With `die` it is gone, by SIGKILL, between the commit and the doorbell.
"""

import os
import signal
import sys
import uuid
from typing import Any

from app import queue
from app.db import db, init
from app.webhooks.events import record

BATCH = 50
FAILED_EVERY = 25


def payload(number: int) -> dict[str, Any]:
    """The call that event `number` tells of; every 25th has failed."""
    status = "completed" if number % FAILED_EVERY else "failed"
    return {"id": str(uuid.UUID(int=number)), "number": number, "status": status, "summary": "naïve “pizza” \u2028"}


def main(account: str, first: int, count: int, *, die: bool) -> None:
    init(os.environ["DATABASE_URL"], pool=1, wait_seconds=5)
    queue.init(os.environ["REDIS_URL"])
    for start in range(first, first + count, BATCH):
        with db.connection_context(), db.atomic():
            if die:
                db.after_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))  # what is asked first is done first
            for number in range(start, min(start + BATCH, first + count)):
                record("call.completed", uuid.UUID(account), "test", payload(number))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), die=sys.argv[4:] == ["die"])
