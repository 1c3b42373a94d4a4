"""Why dual-write would take a row, or silently skip it (reference: finance-operations.md section 3.1)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.domain.orders import Value
from shared.dual_write.filters import Clause, Condition, Junction, Negation, Row, clauses
from shared.dual_write.maps import DualWriteMap, SetBy


class ClauseFinding(Value):
    """One clause met with a row. `holds` is None where it is unknown; `to_blame`: it keeps the row out."""

    text: str
    column: str
    operator: str
    wanted: Any
    actual: Any
    holds: bool | None
    to_blame: bool
    set_by: SetBy | None

    def __str__(self) -> str:
        verdict = {True: "true", False: "false", None: "unknown"}[self.holds]
        sentence = f"`{self.text}` is {verdict}, its value is {_shown(self.actual)}"
        return f"{sentence}; {self.set_by}" if self.set_by else sentence


class FilterExplanation(Value):
    """A map's filter met with a row."""

    map: str
    row: str  # "line 2"
    passes: bool
    clauses: tuple[ClauseFinding, ...]

    def sentence(self) -> str:
        """What a person reads who wonders why the row did, or did not, reach F&O."""
        if self.passes:
            return f"{self.row} passes the filter of {self.map!r}"
        blamed = ". ".join(str(clause) for clause in self.clauses if clause.to_blame)
        return f"{self.row} would be skipped by dual-write: {blamed}"


def passes(map_: DualWriteMap, row: Row) -> bool:
    return map_.condition.holds(row) is True


def explain(map_: DualWriteMap, row: Row) -> FilterExplanation:
    """Every clause of the map's filter with what the row, as the Web API reads it, holds for it."""
    condition = map_.condition
    blamed = set(_to_blame(condition, row, want=True))
    return FilterExplanation(
        map=map_.name,
        row=f"{map_.noun} {row.get(map_.number_column)}",
        passes=not blamed,
        clauses=tuple(_finding(clause, row, map_, clause in blamed) for clause in clauses(condition)),
    )


def skip_explainer(maps: Mapping[str, DualWriteMap]) -> Callable[[str, Row], str | None]:
    """Tells for (key of a map, row) why dual-write would skip the row; None when it would take it."""

    def explain_skip(key: str, row: Row) -> str | None:
        return None if passes(maps[key], row) else explain(maps[key], row).sentence()

    return explain_skip


def _to_blame(condition: Condition, row: Row, *, want: bool) -> Iterator[Clause]:
    """The clauses that keep a condition from being `want`; none when it is."""
    if condition.holds(row) is want:
        return
    match condition:
        case Clause():
            yield condition
        case Negation(inner):
            yield from _to_blame(inner, row, want=not want)
        case Junction(_, left, right):
            yield from _to_blame(left, row, want=want)
            yield from _to_blame(right, row, want=want)


def _finding(clause: Clause, row: Row, map_: DualWriteMap, to_blame: bool) -> ClauseFinding:
    return ClauseFinding(
        text=clause.text,
        column=clause.column,
        operator=clause.operator,
        wanted=clause.wanted,
        actual=row.get(clause.column),
        holds=clause.holds(row),
        to_blame=to_blame,
        set_by=map_.set_by.get(clause.column),
    )


def _shown(value: Any) -> str:
    """As OData writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)
