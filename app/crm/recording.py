"""The record of every request to a CRM: what it was for and what came of it, and nothing secret."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused, Revoked
from app.crm.reading import Expired
from app.db import db, execute
from app.text import storable

MOST_KEPT: Final = 500  # characters of a detail or a path
# The class of a failure by what follows from it; the first that fits.
ERRORS: Final[Mapping[type[CrmFailed], str]] = {
    Expired: "expired",
    Barred: "barred",
    Later: "later",
    Revoked: "revoked",
    Gone: "gone",
    Refused: "refused",
}
_NUMBER: Final = re.compile(r"(?:\+|%2[Bb]|\b00)\d[\d\s().-]{4,}\d|\(?\b\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}\b")
_SECRET_SEGMENT: Final = re.compile(r"(?<=tokens/)[^/]+|(?<=/)(?=[^/]*\d)[^/]{24,}")

# A job or a connection that is erased meanwhile takes its requests along.
_WRITE: Final = """
INSERT INTO crm_request (id, connection_id, job_id, purpose, method, path, sent, body, status_code, error,
    error_detail, duration_ms)
SELECT %(id)s, c.id, j.id, %(purpose)s, %(method)s, %(path)s, %(sent)s, %(body)s, %(status)s, %(error)s, %(detail)s,
    %(duration)s
FROM crm_connection c LEFT JOIN crm_job j ON j.id = %(job)s
WHERE c.id = %(connection)s AND (%(job)s::uuid IS NULL OR j.id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Log:
    """Where the requests of one connection for one purpose are recorded; `job_id` names the job that needs them."""

    connection_id: UUID
    purpose: str
    job_id: UUID | None

    def sent(
        self, method: str, path: str, seconds: float, status: int | None, failure: CrmFailed | None = None
    ) -> None:
        """A request that went out, and its failure, whose detail is clean (see `clean`)."""
        error = {"error": error_of(failure), "detail": failure.detail} if failure else {}
        self._write(method, path, sent=True, status=status, duration=round(seconds * 1000), **error)

    def unsent(self, method: str, path: str, body: Any) -> None:
        """What would have been written, had the connection been live."""
        self._write(method, path, sent=False, body=Jsonb(body))

    def _write(self, method: str, path: str, **values: Any) -> None:
        plain = {"body": None, "status": None, "error": None, "detail": None, "duration": 0}
        told = {"id": uuid4(), "job": self.job_id, "connection": self.connection_id, "purpose": self.purpose}
        with db.connection_context():
            execute(_WRITE, plain | told | {"method": method, "path": clean(path)} | values)


def error_of(failure: CrmFailed) -> str:
    """The class of a failure, as records have it."""
    return next(name for kind, name in ERRORS.items() if isinstance(failure, kind))


def clean(text: str, secrets: Collection[str] = ()) -> str:
    """`text` as it may be kept: cut, without `secrets`, and of phone numbers the last two digits alone."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return _NUMBER.sub(lambda found: f"…{found[0][-2:]}", storable(text))[:MOST_KEPT]


def path_of(path: str, params: Mapping[str, str] | None = None) -> str:
    """A path with the names of its parameters alone: their values may be numbers of people."""
    bare, _, query = path.partition("?")
    names = [part.partition("=")[0] for part in query.split("&") if part] + list(params or ())
    return f"{bare}?{'&'.join(names)}" if names else bare


def place_of(url: str) -> str:
    """An address without its query, and without what may be a token in its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{_SECRET_SEGMENT.sub('…', parts.path)}"
