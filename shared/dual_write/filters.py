"""Dual-write filters: read from the text that is pasted into a map, and evaluated on a row.

A filter is OData: `eq ne gt ge lt le in`, `contains startswith endswith`, yes/no columns by themselves, `and or not`
and parentheses. Logic is three-valued as in Dataverse: true, false, or None for unknown; only what is true lets a row
pass.
* `eq` and `ne` know null: `x ne null` is false for null, and `x ne 5` is true for null.
* A size or text comparison with null is unknown; so is any comparison of unlike kinds, such as text with a number.
* "" is not null. Text is compared without regard to case. A column that the row does not have is null.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from odata_query import ast
from odata_query.exceptions import ODataException, ODataSyntaxError
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.roundtrip import AstToODataVisitor

from shared.domain.errors import OrderProblem

_MOST_CHARACTERS = 20_000
_MOST_LEVELS = 100  # whoever judges a condition goes as deep

Row = Mapping[str, Any]  # a row as Dataverse's Web API reads it: lookups are `_name_value`


class MalformedFilter(OrderProblem, ValueError):
    """Text that is no filter; the message says where (counted from 1) or which part, and why."""


@dataclass(frozen=True)
class Clause:
    """One comparison. `text` is the clause as OData writes it."""

    text: str
    column: str
    operator: str
    wanted: Any

    def holds(self, row: Row) -> bool | None:
        actual = row.get(self.column)
        if self.operator == "in":
            return _any(Clause(self.text, self.column, "eq", each).holds(row) for each in self.wanted)
        if self.operator in {"eq", "ne"} and (actual is None or self.wanted is None):
            return (actual is self.wanted) == (self.operator == "eq")
        if isinstance(self.wanted, datetime) and isinstance(actual, str):
            actual = _moment(actual)
        known, wanted = _comparable(actual), _comparable(self.wanted)
        if known is None or type(known) is not type(wanted):
            return None
        return _COMPARE[self.operator](known, wanted)


@dataclass(frozen=True)
class Junction:
    operator: Literal["and", "or"]
    left: "Condition"
    right: "Condition"

    def holds(self, row: Row) -> bool | None:
        return judged(self, lambda clause: clause.holds(row))


@dataclass(frozen=True)
class Negation:
    inner: "Condition"

    def holds(self, row: Row) -> bool | None:
        return judged(self, lambda clause: clause.holds(row))


Condition = Clause | Junction | Negation


def clauses(condition: Condition) -> Iterator[Clause]:
    """Every comparison in the filter, in the order they are written."""
    match condition:
        case Clause():
            yield condition
        case Negation(inner):
            yield from clauses(inner)
        case Junction(_, left, right):
            yield from clauses(left)
            yield from clauses(right)


def judged(condition: Condition, judge: Callable[[Clause], bool | None]) -> bool | None:
    """What the condition comes to when each of its clauses is what `judge` says."""
    match condition:
        case Clause():
            return judge(condition)
        case Negation(inner):
            return _not(judged(inner, judge))
        case Junction(operator_, left, right):
            sides = judged(left, judge), judged(right, judge)
            return _any(sides) if operator_ == "or" else _all(sides)


@lru_cache(maxsize=64)
def parse_filter(text: str) -> Condition:
    """The condition a filter text stands for. Raises MalformedFilter."""
    text = text.strip()
    if not text:
        raise MalformedFilter("the filter is empty")
    if len(text) > _MOST_CHARACTERS:
        raise MalformedFilter(f"the filter is longer than {_MOST_CHARACTERS} characters")
    try:
        return _condition(ODataParser().parse(ODataLexer().tokenize(text)), _MOST_LEVELS)
    except ODataSyntaxError as error:
        token = getattr(error, "token", None)
        rest = text[token.index :].lstrip() if token else ""
        near = rest[:20].strip() or "the end"
        raise MalformedFilter(f"not understood at position {len(text) - len(rest) + 1}, near {near!r}") from error
    except ODataException as error:
        raise MalformedFilter(str(error)) from error
    except RecursionError:  # within one clause, which is none then: no comparison of a column with a value is nested
        raise MalformedFilter("a part of the filter is nested too deep") from None


def _condition(node: Any, levels: int) -> Condition:
    """Raises MalformedFilter, also for one that goes deeper than `levels`."""
    if not levels:
        raise MalformedFilter(f"the filter joins more than {_MOST_LEVELS} clauses in a row")
    match node:
        case ast.BoolOp(op, left, right):
            joined = "and" if isinstance(op, ast.And) else "or"
            return Junction(joined, _condition(left, levels - 1), _condition(right, levels - 1))
        case ast.UnaryOp(ast.Not(), inner):
            return Negation(_condition(inner, levels - 1))
        case ast.Compare(comparator, ast.Identifier() as column, wanted):
            return _clause(node, column, _COMPARATORS[type(comparator)], wanted)
        case ast.Compare(comparator, wanted, ast.Identifier() as column) if not isinstance(comparator, ast.In):
            return _clause(node, column, _MIRRORED[_COMPARATORS[type(comparator)]], wanted)
        case ast.Call(function, [ast.Identifier() as column, ast.String() as wanted]) if function.name in _TEXT_TESTS:
            return _clause(node, column, function.name, wanted)
        case ast.Identifier() as column:
            return _clause(node, column, "eq", ast.Boolean("true"))
        case _:
            raise MalformedFilter(f"{_text(node)!r} is not a comparison of a column with a value")


def _clause(node: Any, column: ast.Identifier, operator_: str, wanted: Any) -> Clause:
    return Clause(_text(node), column.full_name(), operator_, _literal(wanted, _text(node)))


def _literal(node: Any, clause: str) -> Any:
    """The value of a literal: None, bool, Decimal, str (also GUIDs), datetime, or a list of these."""
    match node:
        case ast.Null():
            return None
        case ast.Integer(text) | ast.Float(text):
            return Decimal(text)
        case ast.GUID(text) | ast.String(text):
            return text
        case ast.List(members):
            return tuple(_literal(each, clause) for each in members)
        case ast.Boolean():
            return node.py_val
        case ast.Date(text) | ast.DateTime(text):
            moment = _moment(text)
            if moment is not None:
                return moment
    raise MalformedFilter(f"{clause!r} does not compare with a value that a filter can hold")


def _text(node: Any) -> str:
    return AstToODataVisitor().visit(node)


def _comparable(value: Any) -> Any:
    """Values of like kind get one type, so that unlike kinds are told apart by type."""
    match value:
        case bool():
            return value
        case int() | float():
            return Decimal(str(value))
        case str():
            return value.casefold()
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case _:
            return value


def _moment(text: str) -> datetime | None:
    try:
        return _comparable(datetime.fromisoformat(text))
    except ValueError:
        return None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _any(values: Any) -> bool | None:
    known = list(values)
    return True if True in known else None if None in known else False


def _all(values: Any) -> bool | None:
    return _not(_any(_not(value) for value in values))


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda actual, wanted: wanted in actual,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    **_TEXT_TESTS,
}
_COMPARATORS: dict[type, str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.In: "in",
}
_MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
