"""JSON from outside: what is refused, what is forgiven, and that depth never exhausts the reader."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.json_text import MOST_LEVELS, NotJson, lenient_json, strict_json

readers = pytest.mark.parametrize("read", [strict_json, lenient_json])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@readers
@given(value=plain)
def test_what_was_written_is_read(read: Any, value: Any):
    assert read(json.dumps(value)) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


@readers
@pytest.mark.parametrize("half", ["", r'"\ud800", '])
def test_what_is_nested_as_deep_as_allowed_is_read(read: Any, half: str):
    if not half or read is lenient_json:
        assert read(f"[{half}{nested(MOST_LEVELS - 1)}]")


@readers
@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 100_000])
def test_what_is_nested_too_deep_is_no_json(read: Any, levels: int):
    for text in (nested(levels), "[" * levels, '{"a":' * levels):
        with pytest.raises(NotJson):
            read(text)


@pytest.mark.parametrize("half", [r"\ud800", r"\udc00"])
def test_half_a_character_and_too_deep_is_refused_as_well(half: str):
    with pytest.raises(NotJson, match="too deep"):
        lenient_json(f'["{half}", {nested(MOST_LEVELS + 1)}]')


@readers
def test_of_a_key_given_twice_the_last_counts(read: Any):
    assert read('{"id": 1, "id": 2}') == {"id": 2}


@readers
@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"9" * 5000, b"[1]]"])
def test_what_is_no_json_is_refused(read: Any, text: bytes):
    with pytest.raises(NotJson):
        read(text)


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "[Infinity]", "\ufeff{}"])
def test_only_the_lenient_reader_takes_what_some_readers_refuse(text: str):
    with pytest.raises(NotJson):
        strict_json(text)

    lenient_json(text.encode())
