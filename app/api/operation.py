"""What a route takes and gives, declared above it.

    @calls.post("/calls")
    @operation(body="call.create", answer="call", status=201)
    def create_call(body: Fields) -> dict[str, Any]: ...

The names are those of files in `schemas/`. The body and the query are checked before the view runs and passed to
it as `body` and `query`; every POST honours Idempotency-Key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Response, request

from app.api import idempotency
from app.api.answers import answer as answered
from app.api.body import json_body
from app.api.validation import check, check_query

View = Callable[..., Any]
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Contract:
    """Schemas by name. `call_id` is the key of the answer under which a call's id stands."""

    answer: str
    status: int
    body: str | None
    query: str | None
    call_id: str | None

    def run(self, view: View, path: dict[str, Any]) -> Response:
        given = check_query(self.query or NOTHING, request.args.to_dict(flat=False))
        if self.query:
            path["query"] = given
        if request.method == "POST" and idempotency.HEADER in request.headers:
            return idempotency.once(lambda: self._perform(view, path), call_id=self.call_id)
        return self._perform(view, path)

    def _perform(self, view: View, path: dict[str, Any]) -> Response:
        if self.body:
            path["body"] = check(self.body, json_body())
        elif request.method == "POST":
            check(NOTHING, json_body(optional=True))
        return answered(view(**path), self.status)


def operation(
    *, answer: str, status: int = 200, body: str | None = None, query: str | None = None, call_id: str | None = None
) -> Callable[[View], View]:
    """Declare a route's contract; it stays readable as the view's `contract`."""
    contract = Contract(answer, status, body, query, call_id)

    def declare(view: View) -> View:
        @wraps(view)
        def run(**path: Any) -> Response:
            return contract.run(view, path)

        run.contract = contract  # type: ignore[attr-defined]
        return run

    return declare
