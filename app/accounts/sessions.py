"""Sessions: a browser that an owner has signed in with. Its cookie holds a random token, the table its SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from app.changes import announce
from app.config import Mode, Settings, mode_of
from app.db import execute, row, rows
from app.models.owner import Session

LONGEST_TOKEN: Final = 100
SEEN_SECONDS: Final = 60  # how exactly it is noted when a session was last used
_AGENT_LENGTH: Final = 300

_FIND: Final = """
SELECT s.id AS session_id, s.owner_id, o.account_id, o.email, a.name, s.mode, a.balance, a.held, a.unmetered,
       a.balance_low, a.paused_at IS NOT NULL AS paused, s.seen_at < now() - %s * interval '1 second' AS stale
FROM session s JOIN owner o ON o.id = s.owner_id JOIN account a ON a.id = o.account_id
WHERE s.hash = %s AND s.expires_at > now()
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who looks at a page. Money in cents; `mode` is the world that the session looks at."""

    session_id: UUID
    owner_id: UUID
    account_id: UUID
    email: str
    name: str
    mode: Mode
    balance: int
    available: int
    unmetered: bool
    balance_low: bool
    paused: bool


def begin(owner_id: UUID, *, address: str, user_agent: str, settings: Settings) -> str:
    """A new session of an owner's; the token for its cookie, which cannot be read again."""
    token = secrets.token_urlsafe(32)
    execute(
        "INSERT INTO session (id, owner_id, hash, address, user_agent, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, now() + %s * interval '1 day')",
        (uuid4(), owner_id, digest(token), address, _readable(user_agent), settings.session_days),
    )
    return token


def find(token: str) -> SignedIn | None:
    """Whose session this is; None when it is unknown, ended or expired. Notes now and then that it was used."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    found = row(_FIND, (SEEN_SECONDS, digest(token)))
    if found is None:
        return None
    if found.pop("stale"):
        execute("UPDATE session SET seen_at = now() WHERE id = %s", (found["session_id"],))
    held = found.pop("held")
    mode = mode_of(found.pop("mode"))
    return SignedIn(**found, mode=mode, available=max(found["balance"] - held, 0))


def of_owner(owner_id: UUID) -> list[Session]:
    """The sessions of an owner that are not over, the one used last first."""
    query = "SELECT * FROM session WHERE owner_id = %s AND expires_at > now() ORDER BY seen_at DESC, id"
    return list(Session.raw(query, owner_id))


def renew(session_id: UUID) -> str:
    """Another token for a session, for its cookie: whoever else holds the one from before is out."""
    token = secrets.token_urlsafe(32)
    execute("UPDATE session SET hash = %s WHERE id = %s", (digest(token), session_id))
    return token


def end(owner_id: UUID, session_id: UUID) -> bool:
    """End one of an owner's sessions; False when there is none."""
    return _end(owner_id, "session.id = %s", session_id) > 0


def end_all(owner_id: UUID, *, but: UUID | None = None) -> int:
    """End the sessions of an owner, all but that of the id `but`; how many."""
    return _end(owner_id, "session.id IS DISTINCT FROM %s", but)


def _end(owner_id: UUID, which: str, session_id: UUID | None) -> int:
    """End those of an owner's sessions that `which` (SQL) says, with their live views; how many."""
    ended = rows(
        "DELETE FROM session USING owner o WHERE session.owner_id = o.id AND o.id = %s"
        f" AND {which} RETURNING session.id, o.account_id",
        (owner_id, session_id),
    )
    for session in ended:
        announce(session["account_id"], f"session:{session['id']}")
    return len(ended)


def look_at(session_id: UUID, mode: Mode) -> None:
    """Have a session look at the other world from now on."""
    execute("UPDATE session SET mode = %s WHERE id = %s", (mode, session_id))


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _readable(user_agent: str) -> str:
    return "".join(letter for letter in user_agent[:_AGENT_LENGTH] if letter.isprintable())
