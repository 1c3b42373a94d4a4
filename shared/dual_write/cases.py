"""Every way in which the clauses of a filter can be true, false or unknown together.

Clauses of one column are tried with nothing, every value that one of them names, and values between and beyond those.
Tests of parts of a text, and text that is to be greater, may hold or not as they like: more cases than there are, so
that what is true of all cases is true of all rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Any, Self

from shared.dual_write.filters import Clause, Condition, clauses, judged

_MOST_CASES = 50_000
_SOMETHING_ELSE = "\0"  # a text that no filter names
_STEPS = {Decimal: Decimal(1), datetime: timedelta(days=1)}

Case = Mapping[int, bool | None]  # by the id() of a clause: two clauses may read the same


@dataclass(frozen=True)
class Cases:
    """All cases of a condition. `all_cases` is None where there are too many to look at."""

    condition: Condition
    all_cases: Sequence[Case] | None

    @classmethod
    def of(cls, condition: Condition) -> Self:
        by_column: dict[str, list[Clause]] = {}
        for clause in clauses(condition):
            by_column.setdefault(clause.column, []).append(clause)
        if prod(_at_most(tests) for tests in by_column.values()) > _MOST_CASES:
            return cls(condition, None)
        ways = [_ways(column, tests) for column, tests in by_column.items()]
        return cls(condition, [{key: truth for way in case for key, truth in way.items()} for case in product(*ways)])

    @property
    def can_hold(self) -> bool:
        """Also where it cannot be told."""
        return self.all_cases is None or any(_holds(self.condition, case) for case in self.all_cases)

    def same_with(self, clause: Clause, truth: bool) -> bool:
        """Whether it holds in the same cases when the clause is always `truth`; False where it cannot be told."""
        return self.all_cases is not None and all(
            _holds(self.condition, {**case, id(clause): truth}) is _holds(self.condition, case)
            for case in self.all_cases
        )


def _holds(condition: Condition, case: Case) -> bool:
    return judged(condition, lambda clause: case[id(clause)]) is True


def _ways(column: str, tests: Sequence[Clause]) -> list[Case]:
    if all(map(_is_comparable, tests)):
        samples = _samples([value for test in tests for value in _values(test)])
        truths = dict.fromkeys(tuple(test.holds({column: value}) for test in tests) for value in samples)
    else:
        truths = dict.fromkeys(product((True, False, None), repeat=len(tests)))
    return [dict(zip(map(id, tests), truth, strict=True)) for truth in truths]


def _at_most(tests: Sequence[Clause]) -> int:
    """How many ways there may be for the clauses of one column."""
    if not all(map(_is_comparable, tests)):
        return 3 ** len(tests)
    return 2 + 2 * sum(len(_values(test)) + 1 for test in tests)


def _is_comparable(test: Clause) -> bool:
    """Whether some of the samples stand for every value the clause could meet."""
    return test.operator in {"eq", "ne", "in"} or isinstance(test.wanted, Decimal | datetime | None)


def _values(test: Clause) -> tuple[Any, ...]:
    return test.wanted if test.operator == "in" else (test.wanted,)


def _samples(named: Sequence[Any]) -> list[Any]:
    found: list[Any] = [None, True, False, _SOMETHING_ELSE, *(value for value in named if isinstance(value, str))]
    for kind, step in _STEPS.items():
        values = sorted({value for value in named if isinstance(value, kind)})
        between = [low + (high - low) / 2 for low, high in pairwise(values)]
        found += [*values, *between, *([values[0] - step, values[-1] + step] if values else [])]
    return found
