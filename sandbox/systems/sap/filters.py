"""OData V2 `$filter` expressions as predicates over rows; what only V4 knows is a syntax error."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox.systems.sap.edm import Edm, Property, from_text
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.schema import EntityType
from sandbox.systems.sap.store import Row

Predicate = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<typed>(?:datetimeoffset|datetime|time)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdD]?)(?![\w.])|(?P<name>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "substringof": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_TYPED: Mapping[str, Edm] = {"datetime": "Edm.DateTime", "datetimeoffset": "Edm.DateTimeOffset", "time": "Edm.Time"}


class _Token(NamedTuple):
    kind: str
    text: str


class _Literal(NamedTuple):
    edm: Edm | None
    text: str


def parse_filter(kind: EntityType, text: str) -> Predicate:
    """`text` as a predicate on rows of `kind`; 400 on bad syntax, unknown properties, literals of another type."""
    return _Parser(kind, text).whole()


def _tokens(text: str) -> list[_Token]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _syntax_error(text[at:])
        tokens.append(_Token(found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return [*tokens, _Token("end", "")]


def _syntax_error(near: str) -> ODataError:
    return ODataError(f"Invalid token detected in $filter at '{near}'.", code="/IWCOR/CX_DS_EXPR_SYNTAX_ERROR")


class _Parser:
    """Recursive descent: or, and, not, then a comparison, a text function or parentheses."""

    def __init__(self, kind: EntityType, text: str) -> None:
        self._kind = kind
        self._tokens = _tokens(text)[::-1]

    def whole(self) -> Predicate:
        predicate = self._either()
        if self._next.kind != "end":
            raise _syntax_error(self._next.text)
        return predicate

    @property
    def _next(self) -> _Token:
        return self._tokens[-1]

    def _take(self) -> _Token:
        return self._tokens.pop() if self._next.kind != "end" else self._next

    def _taken(self, text: str) -> bool:
        if self._next.kind in ("name", "mark") and self._next.text == text:
            self._tokens.pop()
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._taken(mark):
            raise _syntax_error(self._next.text)

    def _either(self) -> Predicate:
        options = [self._all()]
        while self._taken("or"):
            options.append(self._all())
        return lambda row: any(holds(row) for holds in options)

    def _all(self) -> Predicate:
        operands = [self._operand()]
        while self._taken("and"):
            operands.append(self._operand())
        return lambda row: all(holds(row) for holds in operands)

    def _operand(self) -> Predicate:
        if self._taken("not"):
            inner = self._operand()
            return lambda row: not inner(row)
        if self._taken("("):
            inner = self._either()
            self._expect(")")
            return inner
        is_call = self._next.kind == "name" and self._tokens[-2].text == "("
        return self._text_call() if is_call else self._comparison()

    def _comparison(self) -> Predicate:
        left, sign, right = self._take(), self._take().text, self._take()
        if sign not in _COMPARISONS:
            raise _syntax_error(sign)
        if left.kind != "name" or left.text in ("true", "false", "null"):
            left, right, sign = right, left, _MIRRORED.get(sign, sign)
        kind = self._property(left)
        wanted, compare, name = _value(kind, _literal(right)), _COMPARISONS[sign], kind.name
        if wanted is None:
            return lambda row: sign in ("eq", "ne") and compare(row[name], None)
        if sign in ("eq", "ne"):
            return lambda row: compare(kind.comparable(row[name]), wanted)
        return lambda row: row[name] is not None and compare(kind.comparable(row[name]), wanted)

    def _text_call(self) -> Predicate:
        function = self._take().text
        self._expect("(")
        first = self._take()
        self._expect(",")
        second = self._take()
        self._expect(")")
        name, part = (second, first) if function == "substringof" else (first, second)
        kind = self._property(name)
        if kind.edm != "Edm.String" or part.kind != "text":
            raise _syntax_error(part.text)
        test, text = _text_test(function), _literal(part).text
        if self._taken("eq") and not self._taken("true"):
            raise _syntax_error(self._next.text)
        return lambda row: test(row[kind.name], text)

    def _property(self, token: _Token) -> Property:
        if token.kind != "name":
            raise _syntax_error(token.text)
        return known_property(self._kind, token.text)


def _text_test(function: str) -> Callable[[str, str], bool]:
    if function not in _TEXT_TESTS:
        raise ODataError(f"Unknown function '{function}' in $filter.", code="/IWCOR/CX_DS_EXPR_SYNTAX_ERROR")
    return _TEXT_TESTS[function]


def known_property(kind: EntityType, name: str) -> Property:
    """The property of that name; 400 when the type has none."""
    if name not in kind.properties:
        text = f"Property {name} not found in type {kind.name}."
        raise ODataError(text, code="/IWCOR/CX_DS_EP_PROPERTY_ERROR", target=name)
    return kind.properties[name]


def _literal(token: _Token) -> _Literal:
    match token.kind:
        case "text":
            return _Literal("Edm.String", token.text[1:-1].replace("''", "'"))
        case "typed":
            prefix, _, text = token.text.partition("'")
            return _Literal(_TYPED[prefix], text[:-1])
        case "number":
            return _Literal("Edm.Decimal", token.text.rstrip("mMdD"))
        case "name" if token.text in ("true", "false"):
            return _Literal("Edm.Boolean", token.text)
        case "name" if token.text == "null":
            return _Literal(None, "")
    raise _syntax_error(token.text)


def _value(kind: Property, literal: _Literal) -> Any:
    """The literal as a value comparable with the property's; 400 when its type is another."""
    if literal.edm is None:
        return None
    if literal.edm != kind.edm:
        text = f"Property '{kind.name}' is {kind.edm}; it can't be compared with the {literal.edm} '{literal.text}'."
        raise ODataError(text, code="/IWCOR/CX_DS_EXPR_TYPE_ERROR", target=kind.name)
    if literal.edm == "Edm.Boolean":
        return literal.text == "true"
    return kind.comparable(from_text(kind, literal.text))
