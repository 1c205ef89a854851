"""Accounts with owners who are signed in, each of whom looks at a call that is under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from app.accounts.sessions import digest
from app.db import execute, rows
from app.web.streams import MOST_EACH

_ACCOUNTS: Final = """
WITH made AS (
    INSERT INTO account (id, name, phone_number, unmetered)
    SELECT gen_random_uuid(), 'Bench ' || n, '+15550000002', true FROM generate_series(1, %s) AS n RETURNING id
)
INSERT INTO owner (id, account_id, email, password_hash)
SELECT gen_random_uuid(), id, id || '@example.com', '' FROM made RETURNING id, account_id
"""
_SESSION: Final = """
INSERT INTO session (id, owner_id, hash, mode, address, user_agent, expires_at)
VALUES (gen_random_uuid(), %s, %s, 'test', '127.0.0.1', 'bench', now() + interval '1 day')
"""
_CALL: Final = """
INSERT INTO call (id, account_id, mode, status, to_number, from_number, instructions, created_at, started_at, due_at,
                  dial_state, carrier_sid)
VALUES (%(id)s, %(account)s, 'test', 'in-progress', %(to)s, '+15550100100', 'Ask for the opening hours.',
        now(), now(), now(), 'dialled', %(id)s::text)
"""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who looks at which call; `cookie` is what the browser sends."""

    call: UUID
    cookie: str


def watchers(count: int) -> Sequence[Watcher]:
    """So many, each with a session and a call of its own, as many of one account as may look at once."""
    owners = rows(_ACCOUNTS, (-(-count // MOST_EACH),))
    return [_watcher(owners[number // MOST_EACH]["id"], owners[number // MOST_EACH], number) for number in range(count)]


def _watcher(owner_id: UUID, owner: dict[str, UUID], number: int) -> Watcher:
    token, call = uuid4().hex + uuid4().hex, uuid4()
    execute(_SESSION, (owner_id, digest(token)))
    execute(_CALL, {"id": call, "account": owner["account_id"], "to": f"+1555{number:07d}"})
    return Watcher(call, f"mio={token}")
