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
from app.web.validation import Fields, check, check_apart, check_query

View = Callable[..., Any]
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Contract:
    """Schemas by name; `about` tells what the answer holds of a call and a person. `refuses` are the codes of errors
    that only such a route has (`codes.CODES`).

    `apart` names a list in the body whose items are checked by themselves. `max_body` is bytes, None for what all
    routes allow.

    `in_transaction` is False for a view that waits for others to see what it wrote: its first answer is kept for
    its Idempotency-Key, but a crash before that loses it.
    """

    answer: str
    status: int
    body: str | None
    query: str | None
    about: idempotency.About
    body_optional: bool
    in_transaction: bool
    refuses: tuple[str, ...]
    apart: str | None
    max_body: int | None

    def run(self, view: View, path: dict[str, Any]) -> Response:
        if self.max_body:
            request.max_content_length = self.max_body
        if self.apart:
            json_body(optional=self.body_optional, apart=self.apart)
        given = check_query(self.query or NOTHING, request.args.to_dict(flat=False))
        if self.query:
            path["query"] = given
        if request.method == "POST" and idempotency.HEADER in request.headers:
            once = idempotency.once if self.in_transaction else idempotency.once_apart
            return once(lambda: self._perform(view, path), self.about)
        return self._perform(view, path)

    def _perform(self, view: View, path: dict[str, Any]) -> Response:
        if self.body:
            path["body"] = self._body(self.body)
        elif request.method == "POST":
            check(NOTHING, json_body(optional=True))
        return answered(view(**path), self.status)

    def _body(self, name: str) -> Fields:
        given = json_body(optional=self.body_optional)
        return check_apart(name, given, self.apart) if self.apart else check(name, given)


def operation(
    *,
    answer: str,
    status: int = 200,
    body: str | None = None,
    query: str | None = None,
    call_id: str | None = None,
    batch_id: str | None = None,
    number: str | None = None,
    body_optional: bool = False,
    in_transaction: bool = True,
    refuses: tuple[str, ...] = (),
    apart: str | None = None,
    max_body: int | None = None,
) -> Callable[[View], View]:
    """Declare a route's contract; it stays readable as the view's `contract`.

    `call_id`, `batch_id` and `number` name the keys of the answer under which the id of a call or a batch and a
    person's number stand.
    """
    about = idempotency.About(call_id, batch_id, number)
    contract = Contract(answer, status, body, query, about, body_optional, in_transaction, refuses, apart, max_body)

    def declare(view: View) -> View:
        @wraps(view)
        def run(**path: Any) -> Response:
            return contract.run(view, path)

        run.contract = contract  # type: ignore[attr-defined]
        return run

    return declare
