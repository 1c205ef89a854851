"""The control: a pool of threads with one `requests` Session, which posts what was signed before and writes nothing."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import requests
from requests.adapters import HTTPAdapter

from app.config import Settings
from app.db import Row, db, rows
from app.vault import Vault
from app.webhooks.events import body
from app.webhooks.signing import Signer
from bench.processes import cpu_seconds, resident_mb
from bench.webhooks_drain import Figures
from bench.webhooks_stage import ENDPOINTS

THREADS: Final = 32
_SENT: Final = """
SELECT d.id::text, e.id::text AS event_id, e.type, e.data, w.url, w.secret
FROM delivery d JOIN event e ON e.id = d.event_id JOIN webhook w ON w.id = d.webhook_id
WHERE e.data <> '{}' ORDER BY d.created_at DESC LIMIT %s
"""


class Post(NamedTuple):
    """A request as it goes out, signed."""

    url: str
    headers: dict[str, str]
    body: bytes


def post_again(count: int, settings: Settings) -> Figures:
    """Post the last `count` deliveries once more, to the same receivers; nothing but the posting is measured."""
    with db.connection_context():
        posts = _posts(rows(_SENT, (count,)), Vault(settings.encryption_keys))
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as crew:
        session.trust_env = False
        session.mount("http://", HTTPAdapter(pool_connections=ENDPOINTS, pool_maxsize=THREADS))
        before, begun = cpu_seconds(os.getpid()), time.monotonic()
        answered = list(crew.map(lambda post: _post(session, post), posts))
        seconds = time.monotonic() - begun
    assert answered == [204] * count
    return Figures(count, seconds, cpu_seconds(os.getpid()) - before, resident_mb(os.getpid()))


def _post(session: requests.Session, post: Post) -> int:
    return session.post(post.url, data=post.body, headers=post.headers, timeout=10).status_code


def _posts(found: Sequence[Row], vault: Vault) -> list[Post]:
    signers = {sealed: Signer([vault.open(sealed).decode()]) for sealed in {bytes(one["secret"]) for one in found}}
    timestamp = str(int(time.time()))
    posts = []
    for one in found:
        payload = body(one["event_id"], one["type"], one["data"], timestamp, sample=False)
        lines = signers[bytes(one["secret"])].headers(
            delivery_id=one["id"], event=one["type"], timestamp=timestamp, body=payload
        )
        headers = dict(text.split(": ", 1) for text in lines if ": " in text)
        posts.append(Post(one["url"], headers, payload))
    return posts
