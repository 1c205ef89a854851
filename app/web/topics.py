"""What a viewer asks to hear of."""

import re
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from app.db import row
from app.errors import InvalidRequest, NotFound

MOST: Final = 20
_SHAPE: Final = re.compile(r"calls|(call|webhook|delivery):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KNOWN: Final = """
SELECT (SELECT count(*) FROM call WHERE id = ANY (%(call)s::uuid[]) AND account_id = %(account)s)
     + (SELECT count(*) FROM webhook WHERE id = ANY (%(webhook)s::uuid[]) AND account_id = %(account)s)
     + (SELECT count(*) FROM delivery WHERE id = ANY (%(delivery)s::uuid[]) AND account_id = %(account)s) AS count
"""


def read(asked: Sequence[str]) -> frozenset[str]:
    """The topics of a request, each once. Raises InvalidRequest for none, for too many, and for what is no topic."""
    topics = frozenset(asked)
    if not 0 < len(topics) <= MOST:
        raise InvalidRequest(f"Name 1 to {MOST} topics.", field="topic")
    if not all(_SHAPE.fullmatch(topic) for topic in topics):
        raise InvalidRequest("A topic is calls, or call, webhook or delivery with an id: call:<id>.", field="topic")
    return topics


def check(account_id: UUID, topics: Collection[str]) -> None:
    """Raises NotFound unless all of them are about what the account has."""
    ids: dict[str, list[str]] = {"call": [], "webhook": [], "delivery": []}
    for topic in topics:
        kind, _, id = topic.partition(":")
        if id:
            ids[kind].append(id)
    known = row(_KNOWN, {"account": account_id, **ids})
    if known is None or known["count"] < sum(map(len, ids.values())):
        raise NotFound("There is no such topic.")
