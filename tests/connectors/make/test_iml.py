"""The interpreter that takes the place of Make's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.connectors.make.iml import Unknown, compiled, evaluated

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SCOPE: dict[str, Any] = {"now": lambda: NOON, "body": {"id": 7, "name": None, "tags": ["a", "b"]}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("{{body.id}}", 7),
        ("call {{body.id}}: {{body.name}}{{body.none}}", "call 7: "),
        ("{{body.tags}}", ["a", "b"]),
        ("{{if(body.name, 'named', ifempty(body.none, 'nameless'))}}", "nameless"),
        ("{{if(length(body.tags) > 0, join(body.tags, ','), undefined)}}", "a,b"),
        ("{{(addSeconds(now, 90) - now) / 1000}}", 90),
        ("{{now < addSeconds(now, 1)}}", True),
        ("{{replace('//a//b', '/^\\/+/', '')}}", "a//b"),
        ("{{formatDate(now, 'x')}}", "1774008000000"),
    ],
)
def test_an_expression_gives_a_value_with_its_type(given: str, wanted: Any) -> None:
    assert evaluated(given, SCOPE) == wanted


def test_what_is_not_there_is_left_out_of_an_object_and_null_is_kept() -> None:
    assert evaluated({"a": "{{body.none}}", "b": "{{body.name}}", "c": None}, SCOPE) == {"b": None, "c": None}


def test_an_object_can_be_spread_in_another() -> None:
    assert evaluated({"{{...}}": "{{body}}", "id": 8}, SCOPE) == SCOPE["body"] | {"id": 8}


@pytest.mark.parametrize("source", ["md5(body)", "body.id +", "if(body", "body..id", "body.id body.id", "a ? b", ""])
def test_what_is_not_known_is_an_error(source: str) -> None:
    with pytest.raises(Unknown):
        compiled(source)
