"""Links in e-mails: what each allows is allowed once, to whoever holds it, for a time.

A token of kind `code` is in no e-mail: it is held by the browser that has told the right password, until the code.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from app.db import execute
from app.errors import NotFound
from app.models.owner import Link, Owner
from app.times import now

Kind = Literal["sign_up", "reset", "email", "invite", "code"]
LIFETIMES: Final[Mapping[Kind, timedelta]] = {
    "sign_up": timedelta(hours=24),
    "reset": timedelta(hours=1),
    "email": timedelta(hours=24),
    "invite": timedelta(days=7),
    "code": timedelta(minutes=10),
}
_LONGEST: Final = 100
_ISSUE: Final = """
INSERT INTO link (id, kind, hash, owner_id, asked, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class LinkGone(NotFound):
    """A link that leads nowhere: unknown, used, or too old."""

    def __init__(self) -> None:
        super().__init__("This link does not work: it was used already, is too old, or is not complete.")


def issue(kind: Kind, asked: Mapping[str, Any], *, owner_id: UUID | None = None) -> str:
    """A new link's token, which cannot be read again; `asked` is what it is about."""
    token = secrets.token_urlsafe(32)
    moment = now()
    execute(
        _ISSUE,
        (uuid4(), kind, digest(token), owner_id, Jsonb(dict(asked)), moment, moment + LIFETIMES[kind]),
    )
    return token


def look(token: str, *kinds: Kind) -> Link:
    """What a token allows. Raises LinkGone for one that is unknown, spent or too old, or of another kind."""
    found = Link.get_or_none(Link.hash == digest(token), Link.expires_at > now()) if len(token) <= _LONGEST else None
    if found is None or (kinds and found.kind not in kinds):
        raise LinkGone
    link: Link = found
    return link


def spend(link: Link) -> None:
    """Use a link up, within the caller's transaction. Raises LinkGone when somebody else has, a moment before."""
    if execute("DELETE FROM link WHERE id = %s AND expires_at > now()", (link.id,)) != 1:
        raise LinkGone


def owner_of(link: Link) -> Owner:
    """Whose link it is. Raises LinkGone for one that is nobody's yet, or no longer."""
    found: Owner | None = Owner.get_or_none(Owner.id == link.owner_id)
    if found is None:
        raise LinkGone
    return found


def forget(owner_id: UUID, *kinds: Kind) -> None:
    """Let an owner's links of these kinds lead nowhere; all of them when no kind is named."""
    execute("DELETE FROM link WHERE owner_id = %s AND (%s OR kind = ANY(%s))", (owner_id, not kinds, list(kinds)))


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
