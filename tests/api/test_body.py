"""Strict JSON."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.body import parse
from app.errors import InvalidRequest
from app.web.validation import check

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@settings(max_examples=40)
@given(st.dictionaries(TEXT, VALUES), st.booleans())
def test_any_json_object_is_read_as_it_was_written(content: dict[str, object], escaped: bool) -> None:
    assert parse(json.dumps(content, ensure_ascii=escaped).encode()) == content


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_or_an_object(data: bytes) -> None:
    with suppress(InvalidRequest):
        assert isinstance(parse(data), dict)


@pytest.mark.parametrize("name", ["\x00", "a\ud800"])
def test_names_are_looked_at_like_texts(name: str) -> None:
    with pytest.raises(InvalidRequest, match="NUL or half a character"):
        parse(json.dumps({"events": [{name: 1}]}).encode())


def test_a_body_is_long_for_its_texts_and_not_for_tiny_values_beyond_number() -> None:
    texts = {"calls": [{"instructions": '[{,\\"' * 1000, "name": None} for _ in range(100)]}
    assert parse(json.dumps(texts, indent=16).encode()) == texts
    with pytest.raises(InvalidRequest, match="too many values"):
        parse(b'{"calls": [' + b",".join([b'""'] * 100_000) + b"]}")


def test_a_name_of_megabytes_is_refused_in_no_time() -> None:
    began = time.process_time()
    with pytest.raises(InvalidRequest, match="There is no"):
        check("batch.create", parse(b'{"' + b"a" * 6_000_000 + b'": "\\u0061"}'))
    assert time.process_time() - began < 0.5
