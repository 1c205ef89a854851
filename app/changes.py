"""Tell, through Redis, that something has changed, for whoever looks at it. It may be lost: nothing rests on it.

Topics are `calls` (one was accepted, or one's status has moved), `call:<id>`, `webhook:<id>`, `delivery:<id>`, and
`session:<id>` for one that was ended.
"""

from functools import partial
from uuid import UUID

from app.db import db
from app.queue import spread


def announce(account_id: UUID, *topics: str) -> None:
    """Tell of `topics`, like `call:<id>`, once the present transaction is committed. Never raises, and never waits."""
    db.after_commit(partial(spread, [f"{account_id} {topic}" for topic in topics]))


def told(message: bytes) -> list[tuple[str, str]]:
    """What a message of `app.queue.NEWS`, be it none of ours, tells: accounts' ids, each with a topic."""
    pairs = (line.partition(" ") for line in message.decode(errors="replace").splitlines())
    return [(account_id, topic) for account_id, _, topic in pairs]
