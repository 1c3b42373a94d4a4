"""`$filter` expressions, parsed once into plain Python predicates over rows."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import Any

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.roundtrip import AstToODataVisitor

from sandbox.systems.finops.errors import BadRequest
from sandbox.systems.finops.schema import TABLES, Column
from sandbox.systems.finops.store import Row, index_value

Predicate = Callable[[Row], bool]

_ORDERINGS: Mapping[type[Any], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_MIRRORED: Mapping[type[Any], type[Any]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_LITERALS: Mapping[str, tuple[type[Any], ...]] = {
    "id": (ast.GUID, ast.String),
    "lookup": (ast.GUID, ast.String),
    "text": (ast.String,),
    "integer": (ast.Integer,),
    "choice": (ast.Integer,),
    "decimal": (ast.Integer, ast.Float),
    "money": (ast.Integer, ast.Float),
    "boolean": (ast.Boolean,),
    "datetime": (ast.DateTime, ast.Date),
    "date": (ast.DateTime, ast.Date),
}


@dataclass(frozen=True)
class Clause:
    """One operand of the filter's outermost `and`s, with its text."""

    text: str
    holds: Predicate
    equals: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Filter:
    """A whole filter; it matches when each clause holds."""

    clauses: tuple[Clause, ...]

    def matches(self, row: Row) -> bool:
        return all(clause.holds(row) for clause in self.clauses)

    def refusing_clause(self, row: Row) -> str | None:
        """The text of the first clause that does not hold."""
        return next((clause.text for clause in self.clauses if not clause.holds(row)), None)

    def equalities(self) -> Iterator[tuple[str, Any]]:
        """The `column eq value` clauses, by which an index can narrow the search."""
        return (clause.equals for clause in self.clauses if clause.equals is not None)


@lru_cache(maxsize=1024)
def parse_filter(table_name: str, text: str) -> Filter:
    """`text` as a filter on the table's rows; raises `BadRequest` on bad syntax, unknown columns, wrong literals."""
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        raise BadRequest(f"Syntax error in $filter '{text}': {error}") from error
    compiler = _Compiler(table_name)
    return Filter(tuple(compiler.clause(node) for node in _operands(tree)))


def _operands(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        yield from _operands(node.left)
        yield from _operands(node.right)
    else:
        yield node


class _Compiler:
    """Turns the syntax tree over one table's columns into predicates."""

    def __init__(self, table_name: str) -> None:
        self._table = TABLES[table_name]

    def clause(self, node: Any) -> Clause:
        equals = None
        if (
            isinstance(node, ast.Compare)
            and isinstance(node.comparator, ast.Eq)
            and isinstance(node.left, ast.Identifier)
        ):
            column = self._column(node.left)
            equals = (column.property_name, self._value(column, node.right))
        return Clause(AstToODataVisitor().visit(node), self.predicate(node), equals)

    def predicate(self, node: Any) -> Predicate:
        match node:
            case ast.BoolOp(op=ast.And()):
                left, right = self.predicate(node.left), self.predicate(node.right)
                return lambda row: left(row) and right(row)
            case ast.BoolOp():
                left, right = self.predicate(node.left), self.predicate(node.right)
                return lambda row: left(row) or right(row)
            case ast.UnaryOp(op=ast.Not()):
                inner = self.predicate(node.operand)
                return lambda row: not inner(row)
            case ast.Compare():
                return self._comparison(node)
            case ast.Call():
                return self._text_test(node)
            case _:
                raise BadRequest(f"The $filter part '{AstToODataVisitor().visit(node)}' is not supported.")

    def _comparison(self, node: ast.Compare) -> Predicate:
        kind, left, right = type(node.comparator), node.left, node.right
        if isinstance(right, ast.Identifier):
            left, right, kind = right, left, _MIRRORED.get(kind, kind)
        column = self._column(left)
        name = column.property_name
        if kind is ast.In:
            members = {self._value(column, member) for member in _members(right)}
            return lambda row: index_value(row[name]) in members
        value = self._value(column, right)
        if kind is ast.Eq:
            return lambda row: index_value(row[name]) == value
        if kind is ast.NotEq:
            # As in Dataverse, where a null differs from every value.
            return lambda row: index_value(row[name]) != value
        ordered = _ORDERINGS[kind]
        return lambda row: row[name] is not None and value is not None and ordered(index_value(row[name]), value)

    def _text_test(self, node: ast.Call) -> Predicate:
        test = _TEXT_TESTS.get(node.func.name)
        if test is None or len(node.args) != 2:
            raise BadRequest(f"The function '{node.func.name}' is not supported in $filter.")
        column = self._column(node.args[0])
        if column.kind != "text":
            raise BadRequest(f"The function '{node.func.name}' needs a text column, not '{column.name}'.")
        part = self._value(column, node.args[1])
        name = column.property_name
        return lambda row: row[name] is not None and test(row[name].casefold(), part)

    def _column(self, node: Any) -> Column:
        name = node.full_name() if isinstance(node, ast.Identifier) else AstToODataVisitor().visit(node)
        column = self._table.readable.get(name)
        if column is None:
            raise BadRequest(
                f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{self._table.name}'."
            )
        return column

    def _value(self, column: Column, node: Any) -> Any:
        if isinstance(node, ast.Null):
            return None
        if not isinstance(node, _LITERALS[column.kind]):
            types = f"'{column.property_name}' is no {type(node).__name__}"
            raise BadRequest(f"A binary operator with incompatible types was detected: {types}.")
        if isinstance(node, ast.DateTime | ast.Date):
            return _date_text(column, node)
        value = node.val.lower() if isinstance(node, ast.GUID) else node.py_val
        return index_value(value)


def _members(node: Any) -> list[Any]:
    if not isinstance(node, ast.List):
        raise BadRequest("The operator 'in' needs a list in parentheses.")
    return node.val


def _date_text(column: Column, node: ast.DateTime | ast.Date) -> str:
    """Dates are kept as ISO texts of one shape, so that they compare as texts."""
    if isinstance(node, ast.Date):
        return (node.val if column.kind == "date" else f"{node.val}T00:00:00Z").casefold()
    moment = node.py_val.astimezone(UTC)
    return moment.strftime("%Y-%m-%d" if column.kind == "date" else "%Y-%m-%dT%H:%M:%Sz").casefold()
