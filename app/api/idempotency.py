"""Idempotency-Key: the same request again gives the first answer again.

The key, the answer and whatever the request did are committed in one transaction, so that a crash at any moment
leaves all of them or none. A twin still under way is told by an advisory lock on the key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request

from app.accounts.access import Identity
from app.api.answers import encode
from app.api.body import json_body
from app.api.context import caller, context
from app.db import Row, db, execute, row
from app.errors import Conflict, InvalidRequest

HEADER: Final = "Idempotency-Key"
UNDER_WAY: Final = 0  # in place of a status
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")

_FIND = """
SELECT request_hash, status, answer FROM idempotency_key
WHERE account_id = %s AND mode = %s AND key = %s AND created_at > now() - interval '7 days'
  AND (status <> %s OR created_at > now() - interval '1 minute')
"""
_FORGET = "DELETE FROM idempotency_key WHERE account_id = %s AND mode = %s AND key = %s AND status = %s"
_KEEP = """
INSERT INTO idempotency_key (account_id, mode, key, request_hash, status, answer, call_id, batch_id, phone_number)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (account_id, mode, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
    answer = excluded.answer, call_id = excluded.call_id, batch_id = excluded.batch_id,
    phone_number = excluded.phone_number, created_at = now()
"""


@dataclass(frozen=True, slots=True)
class About:
    """Under which keys of an answer stand the id of a call or a batch and a person's number: erasure finds it so."""

    call_id: str | None = None
    batch_id: str | None = None
    number: str | None = None


def once(perform: Callable[[], Response], about: About) -> Response:
    """`perform`, unless its key has been answered: then that answer. `perform` gives a 2xx or raises.

    Raises InvalidRequest for an unusable key, Conflict `idempotency_in_progress` and `idempotency_conflict`.
    """
    key, who = _key(), caller()
    fingerprint = _fingerprint()
    with db.atomic():
        if found := _found(who, key):
            return _again(found, fingerprint)
        response = perform()
        _keep(who, key, fingerprint, response, about)
    return response


def once_apart(perform: Callable[[], Response], about: About) -> Response:
    """Like `once`, for what must be committed while it is performed: the key is kept from the beginning, without an
    answer as long as there is none. One that never came, for a crash, bars a twin for a minute.
    """
    key, who = _key(), caller()
    fingerprint = _fingerprint()
    with db.atomic():
        if found := _found(who, key):
            return _again(found, fingerprint)
        execute(_KEEP, (who.account_id, who.mode, key, fingerprint, UNDER_WAY, b"", None, None, None))
    try:
        response = perform()
    except BaseException:
        execute(_FORGET, (who.account_id, who.mode, key, UNDER_WAY))
        raise
    with db.atomic():
        _keep(who, key, fingerprint, response, about)
    return response


def _key() -> str:
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise InvalidRequest(f"{HEADER} must be 1 to 255 printable ASCII characters.", field=HEADER)
    return key


def _found(who: Identity, key: str) -> Row | None:
    """The first answer, if there is one. The key is ours until the transaction ends. Raises Conflict."""
    if not _taken(who, key):
        raise _in_progress()
    return row(_FIND, (who.account_id, who.mode, key, UNDER_WAY))


def _in_progress() -> Conflict:
    return Conflict(
        "The first request with this Idempotency-Key is still under way. Try again in a moment.",
        code="idempotency_in_progress",
    )


def _keep(who: Identity, key: str, fingerprint: bytes, response: Response, about: About) -> None:
    content = response.get_data()
    told = json.loads(content)
    ids = [told[name] if name else None for name in (about.call_id, about.batch_id, about.number)]
    sealed = context().vault.seal(content)
    execute(_KEEP, (who.account_id, who.mode, key, fingerprint, response.status_code, sealed, *ids))


def _again(found: Row, fingerprint: bytes) -> Response:
    if bytes(found["request_hash"]) != fingerprint:
        raise Conflict(
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            code="idempotency_conflict",
        )
    if found["status"] == UNDER_WAY:
        raise _in_progress()
    content = context().vault.open(found["answer"])
    headers = {"Idempotent-Replayed": "true"}
    return Response(content, found["status"], headers, content_type="application/json")


def _taken(who: Identity, key: str) -> bool:
    name = hashlib.sha256(f"{who.account_id} {who.mode} {key}".encode()).digest()
    number = int.from_bytes(name[:8], signed=True)
    found = row("SELECT pg_try_advisory_xact_lock(%s) AS taken", (number,))
    return found is not None and bool(found["taken"])


def _fingerprint() -> bytes:
    """Of method, path and canonical body: the order of fields, the space between them, and optional fields that are
    null make no difference.
    """
    try:
        canonical = json.dumps(_given(json_body(optional=True)), sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise InvalidRequest("The body nests too deep.") from None
    return hashlib.sha256(encode([request.method, request.path, canonical])).digest()


def _given(value: Any) -> Any:
    """Without the fields that are null, however deep they lie."""
    if isinstance(value, dict):
        return {name: _given(inner) for name, inner in value.items() if inner is not None}
    return [_given(inner) for inner in value] if isinstance(value, list) else value
