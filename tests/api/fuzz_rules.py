"""What the fuzzer must know beyond the document's schemas, because the document says it in words."""

from itertools import count
from typing import Any, Final

import schemathesis

from app.api.idempotency import HEADER

LONGEST_KEY: Final = 200  # with a number behind it, still a key
_numbers: Final = count()


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """An optional field that is null counts as left out: such a body does not violate its schema."""
    return not _holds_null(case.body)


@schemathesis.hook
def map_case(context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
    """Where one request leads to the next, none has a key that was used: its answer would be an earlier one's."""
    key = (case.headers or {}).get(HEADER)
    if case.meta is not None and case.meta.phase.name == "stateful" and key and len(key) < LONGEST_KEY:
        case.headers[HEADER] = f"{key}{next(_numbers)}"
    return case


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(one is None or _holds_null(one) for one in value.values())
    return False
