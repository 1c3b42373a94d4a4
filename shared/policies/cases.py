"""Every way in which conditions of policies can hold or not, together.

Each field is tried with nothing (where it may be empty), with every value that a row compares it with, and with values
between and beyond those. A path through children may meet any number of them. A field that a rule has set is another
one from there on, of which nothing is known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Any

from shared.policies.comparison import DATA_OPERATORS, LIST_OPERATORS, holds, operand
from shared.policies.entities import Entity
from shared.policies.fields import Field, field_of
from shared.policies.rules import Group, Row, shown

_MOST_CASES = 20_000
_LEAST_TEXT = "\0"  # and what comes right after a text is that text with this behind it
_ANY: Mapping[str, Any] = {"number": Decimal(0), "moment": datetime(2000, 1, 1, tzinfo=UTC)}
_STEP: Mapping[str, Any] = {"number": Decimal(1), "moment": timedelta(days=1)}


@dataclass(frozen=True)
class Condition:
    """What a rule asks for at its place in a policy. `versions`: how often each field has been set before."""

    group: Group
    versions: Mapping[str, int]

    def rows(self) -> Iterator[Row]:
        yield from _rows(self.group)

    def version(self, row: Row) -> int:
        return self.versions.get(row.field, 0)

    def key(self, row: Row) -> str:
        return f"{self.version(row)} {row}"

    @property
    def reads_what_was_set(self) -> bool:
        return any(self.version(row) for row in self.rows())


@dataclass(frozen=True)
class Case:
    """Which rows hold, and values with which it comes to that, by field."""

    truth: Mapping[str, bool]
    example: Mapping[str, str]

    def meets(self, condition: Condition) -> bool:
        return _met(condition.group, lambda row: self.truth[condition.key(row)])

    def without(self, field: str) -> "Case":
        return replace(self, example={name: value for name, value in self.example.items() if name != field})

    def __str__(self) -> str:
        return ", ".join(f"{field} is {value}" for field, value in self.example.items()) or "anything is so"


def cases(entity: Entity, conditions: Sequence[Condition]) -> list[Case] | None:
    """All cases of these conditions together; None where there are too many to look at."""
    tests: dict[tuple[str, int], dict[str, Row]] = {}
    for condition in conditions:
        for row in condition.rows():
            tests.setdefault((row.field, condition.version(row)), {})[condition.key(row)] = row
    ways = [_ways(field_of(entity, path), rows) for (path, _), rows in tests.items()]
    if prod(map(len, ways)) > _MOST_CASES:
        return None
    return [_joined(chosen) for chosen in product(*ways)]


def _joined(ways: Sequence[Case]) -> Case:
    return Case(
        truth={key: holds for way in ways for key, holds in way.truth.items()},
        example={field: value for way in ways for field, value in way.example.items()},
    )


def _ways(field: Field, rows: Mapping[str, Row]) -> list[Case]:
    """How the rows about one field can turn out, each with the first value found that makes it so."""
    found: dict[tuple[bool, ...], str] = {}
    written = {operand(field.kind, value): value for row in rows.values() for value in _compared(row)}
    for value in _samples(field, sorted(written)):
        truth = tuple(holds(field, row.op, value, row.value) for row in rows.values())
        found.setdefault(truth, _shown(field, written.get(value, value)))
    if field.many and field.kind != "children":
        found = _of_many(found, len(rows))
    return [
        Case(truth=dict(zip(rows, truth, strict=True)), example={field.path: value}) for truth, value in found.items()
    ]


def _of_many(of_one: Mapping[tuple[bool, ...], str], rows: int) -> dict[tuple[bool, ...], str]:
    """A row holds when it does for any child, so children together are what any of them is."""
    found = {(False,) * rows: "of no child"}
    for truth, value in of_one.items():
        for before, values in [*found.items()]:
            together = tuple(a or b for a, b in zip(before, truth, strict=True))
            found.setdefault(together, value if values == "of no child" else f"{values} and {value}")
    return found


def _samples(field: Field, compared: Sequence[Any]) -> list[Any]:
    """Those first that an example shows best."""
    if field.kind == "children":
        return [(), (None,)]
    found = [True, False] if field.kind == "flag" else [*compared, *_others(field, compared)]
    return [*found, None] if field.optional else found


def _compared(row: Row) -> Sequence[Any]:
    if row.op in DATA_OPERATORS:
        return ()
    return row.value if row.op in LIST_OPERATORS else (row.value,)


def _others(field: Field, values: Sequence[Any]) -> Iterator[Any]:
    """Between and beyond the values."""
    if field.kind in ("text", "lookup"):
        yield _LEAST_TEXT
        yield from (value + _LEAST_TEXT for value in values)
        return
    step = _STEP[field.kind]
    yield from (low + (high - low) / 2 for low, high in pairwise(values))
    yield from (values[0] - step, values[-1] + step) if values else (_ANY[field.kind],)


def _shown(field: Field, value: Any) -> str:
    if field.kind == "children":
        return "there" if value else "not there"
    if isinstance(value, str) and value.endswith(_LEAST_TEXT):
        return "another text"
    return str(value).lower() if isinstance(value, bool) else shown(value)


def _rows(group: Group) -> Iterator[Row]:
    yield from group.rows
    for inner in group.groups:
        yield from _rows(inner)


def _met(group: Group, judge: Callable[[Row], bool]) -> bool:
    members = [*map(judge, group.rows), *(_met(inner, judge) for inner in group.groups)]
    return any(members) if group.join == "or" and members else all(members)
