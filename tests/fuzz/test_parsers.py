"""Whatever outside systems and callers send is read, or refused by name: no parser of it fails in any other way.

`make fuzz` does the same for long, and guided by coverage where atheris is installed.
"""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import hostile
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))
BY_NAME = {target.name: target for target in TARGETS}
# No signature of theirs is right, no parameter fits all that are read.
REFUSED_AS_A_WHOLE = {"signed_headers", "query"}

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)  # half surrogate pairs too
odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    texts,
    st.sampled_from(["", "0", "-1", "1e999", "NaN", "Infinity", "/Date(99999999999999)/", "0001-01-01T00:00:00+14:00"]),
    st.sampled_from(
        ["../../x", "1' or '1' eq '1", "a\nb", "{}", "\ud800", "9" * 5000, "Mon, 01 Jan 0001 00:00:00 +0000"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(texts, st.integers(), max_size=2),
)
anything = st.recursive(
    odd_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@st.composite
def bent(draw: st.DrawFn, target: Target) -> bytes:
    """A seed of the target with one or two places changed; as JSON where it is JSON."""
    seed = draw(st.sampled_from(target.seeds))
    try:
        document = json.loads(seed)
    except ValueError:
        return _spliced(draw, seed)
    for _ in range(draw(st.integers(1, 2))):
        document = _changed(draw, document)
    return json.dumps(document).encode()


def _changed(draw: st.DrawFn, document: Any) -> Any:
    path = draw(st.sampled_from([*_paths(document)]))
    if not path:
        return draw(anything)
    changed = copy.deepcopy(document)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    if draw(st.booleans()) or isinstance(holder, list):
        holder[path[-1]] = draw(anything)
    else:
        del holder[path[-1]]
    return changed


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from _paths(inner, (*path, step))


def _spliced(draw: st.DrawFn, seed: bytes) -> bytes:
    start = draw(st.integers(0, len(seed)))
    end = draw(st.integers(start, min(len(seed), start + 20)))
    return seed[:start] + draw(st.binary(max_size=8) | texts.map(_as_bytes)) + seed[end:]


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - REFUSED_AS_A_WHOLE))
def test_what_a_fuzzer_starts_from_is_well_formed(name: str):
    """Else it would fuzz the first check alone."""
    target = BY_NAME[name]

    assert target.seeds
    for seed in target.seeds:
        target.read(seed)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("number", range(len(hostile())))
def test_what_breaks_parsers_is_refused_by_name(name: str, number: int):
    BY_NAME[name].takes(hostile()[number])


@pytest.mark.parametrize("name", BY_NAME)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(data=st.data())
def test_anything_is_read_or_refused_by_name(name: str, data: st.DataObject):
    target = BY_NAME[name]

    target.takes(data.draw(bent(target) | st.binary(max_size=200) | anything.map(json.dumps).map(str.encode)))
