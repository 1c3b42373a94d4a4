"""What is wrong with a map's filter, found without any row: its columns, what it asks for, and who could satisfy it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import combinations
from typing import Literal

from shared.domain.orders import Value
from shared.dual_write.cases import Cases
from shared.dual_write.filters import Clause, Condition, Junction, Negation, clauses, parse_filter
from shared.dual_write.maps import DualWriteMap, lookup_meant

Kind = Literal["unknown_column", "never_holds", "always_holds", "nothing_sets"]

_BY_DATAVERSE = frozenset({"statecode", "statuscode", "createdon", "modifiedon"})  # fills them by itself
_IDLE: Mapping[bool, tuple[Kind, str]] = {
    True: ("always_holds", "it holds wherever the rest of the filter does, so it makes no difference"),
    False: ("never_holds", "it never holds where it would matter, so it makes no difference"),
}


class Finding(Value):
    """`clause` as OData writes it, empty for the filter as a whole; `position`: of its column, counted from 1."""

    map: str
    kind: Kind
    severity: Literal["error", "warning"]
    clause: str
    position: int
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        where = f"`{self.clause}` at position {self.position}" if self.clause else "the filter"
        return f"{self.map}: {where}: {self.message}"


def lint(map_: DualWriteMap, idle: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """`idle`: policies that never set anything, and why, by name."""
    filter_ = _Filter(map_)
    contradictions = [*filter_.contradictions()]
    return (
        *filter_.unknown_columns(),
        *(contradictions or filter_.without_effect()),
        *filter_.unsatisfied(idle or {}),
    )


class _Filter:
    def __init__(self, map_: DualWriteMap) -> None:
        self._map = map_
        self._condition = map_.condition
        self._clauses = tuple(clauses(self._condition))
        self._written = [clause.column for clause in clauses(parse_filter(map_.filter_text))]
        self._positions = _positions(map_.filter_text.strip(), self._written)

    def unknown_columns(self) -> Iterator[Finding]:
        """Dataverse would refuse such a filter, or never match it."""
        known = self._map.known_columns
        for clause, written in zip(self._clauses, self._written, strict=True):
            if written not in known:
                close = get_close_matches(written.lower(), sorted(known), n=1)
                meant = lookup_meant(written, known) or (close[0] if close else None)
                message = f"unknown column {written!r}" + (f"; did you mean {meant!r}?" if meant else "")
                found = self._finding("unknown_column", message, clause)
                yield found.with_(severity="error", suggestion=meant)

    def contradictions(self) -> Iterator[Finding]:
        """Why no row can pass: parts that never hold, two that never hold together, or else all of them."""
        if Cases.of(self._condition).can_hold:
            return
        parts = [*_conjuncts(self._condition)]
        reasons = [(part, "it can never hold") for part in parts if not Cases.of(part).can_hold]
        if not reasons:
            pairs = combinations(parts, 2)
            apart = [(a, b) for a, b in pairs if not Cases.of(Junction("and", a, b)).can_hold]
            reasons = [(b, f"it can never hold where {_shown(a)} does") for a, b in apart]
        for part, reason in reasons:
            found = self._finding("never_holds", f"{reason}, so no row can pass", next(clauses(part)))
            yield found.with_(severity="error")
        if not reasons:
            yield self._finding("never_holds", "no row can pass it").with_(severity="error")

    def without_effect(self) -> Iterator[Finding]:
        """Clauses without which the filter would take the same rows."""
        cases = Cases.of(self._condition)
        for clause in self._clauses:
            fixed = next((truth for truth in _IDLE if cases.same_with(clause, truth)), None)
            if fixed is not None:
                yield self._finding(*_IDLE[fixed], clause)

    def unsatisfied(self, idle: Mapping[str, str]) -> Iterator[Finding]:
        """Clauses that want something of a column which, as far as is configured, stays empty or is something else."""
        for clause in _demanded(self._condition):
            if clause.column in self._map.known_columns and not clause.holds({clause.column: None}):
                yield from (self._finding("nothing_sets", why, clause) for why in self._why_not(clause, idle))

    def _why_not(self, clause: Clause, idle: Mapping[str, str]) -> Iterator[str]:
        column, set_by = clause.column, self._map.set_by.get(clause.column)
        mapped = next((each for each in self._map.columns if each.readable == column), None)
        if mapped and mapped.finops is None and clause.holds({column: mapped.default}) is not True:
            yield f"the map gives every row from F&O the value {mapped.default!r}"
        if set_by and set_by.policy and set_by.policy in idle:
            yield f"policy {set_by.policy!r} should set it, but {idle[set_by.policy]}"
        if set_by is None and mapped is None and column not in _BY_DATAVERSE:
            yield f"nothing sets {column!r}: no column of the map does, and set_by names nobody"

    def _finding(self, kind: Kind, message: str, clause: Clause | None = None) -> Finding:
        """A warning."""
        position = next((at for each, at in zip(self._clauses, self._positions, strict=True) if each is clause), 1)
        text = clause.text if clause else ""
        return Finding(
            map=self._map.name, kind=kind, severity="warning", clause=text, position=position, message=message
        )


def _positions(text: str, columns: Sequence[str]) -> list[int]:
    """Where each clause names its column; clauses come in the order they are written."""
    code = re.sub(r"'(?:[^']|'')*'", lambda literal: "'" * len(literal.group()), text)
    found, start = [], 0
    for column in columns:
        match = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)").search(code, start)
        start = match.end() if match else start
        found.append(match.start() + 1 if match else 1)
    return found


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Junction) and condition.operator == "and":
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _demanded(condition: Condition) -> Iterator[Clause]:
    """The clauses that are to be true: not those below a `not`."""
    match condition:
        case Clause():
            yield condition
        case Junction(_, left, right):
            yield from _demanded(left)
            yield from _demanded(right)
        case Negation():
            pass


def _shown(part: Condition) -> str:
    return " and ".join(f"`{clause.text}`" for clause in clauses(part))
