"""Rows on their way into Finance + Operations as the operations API shows them, each with a sentence for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from shared.domain.orders import LineHold, OrderLine, Value
from shared.domain.progress import plain
from shared.domain.records import OrderRecord
from shared.domain.states import ON_HOLD
from shared.dual_write import ClauseFinding, DualWriteMap
from shared.providers.finops.status import PROCESSING_STATUSES
from shared.providers.finops.wording import listed

_NO_DECISION = "it has decided nothing about this yet"


class LastDecision(Value):
    """What a policy decided last about an order or a line, as its step result keeps it."""

    policy: str
    step: str
    at: str
    success: bool
    rules: tuple[Mapping[str, Any], ...]  # {rule, matched, set, refused_by}

    def __str__(self) -> str:
        refusing = [rule for rule in self.rules if rule["refused_by"]]
        sentences = [f"its rule {rule['rule']!r} did not match: {'; '.join(rule['refused_by'])}" for rule in refusing]
        return listed(sentences) or "all of its rules matched"


class ClauseView(Value):
    """A clause met with a row. `policies`: those of the order's flow that should have set its column."""

    finding: ClauseFinding
    policies: tuple[str, ...] = ()
    decisions: tuple[LastDecision, ...] = ()

    @property
    def to_blame(self) -> bool:
        return self.finding.to_blame

    def __str__(self) -> str:
        return "; ".join((str(self.finding), *self._decided()))

    def as_json(self) -> dict[str, Any]:
        found = self.finding
        failed = found.holds is not True
        return {
            "clause": found.text,
            "column": found.column,
            "actual": found.actual,
            "holds": found.holds,
            "to_blame": found.to_blame,
            "set_by": found.set_by.model_dump(exclude_none=True) if failed and found.set_by else None,
            "decisions": [decision.model_dump(mode="json") for decision in self.decisions],
        }

    def _decided(self) -> Iterator[str]:
        """About the policy that was named already only what it said."""
        named = self.finding.set_by.policy if self.finding.set_by else None
        by_policy = {decision.policy: decision for decision in self.decisions}
        for policy in self.policies:
            said = str(by_policy.get(policy, _NO_DECISION))
            yield said if policy == named else f"in its flow {policy!r} does that: {said}"


class RowView(Value):
    """The header (`line` None) or a line.

    `values`: where the clauses' values come from, None when there are none. `obstacles`: why the row cannot be sent
    whatever the filter says. `status`: F&O's, of the header.
    """

    line: OrderLine | None
    map: DualWriteMap
    values: Literal["dataverse", "as it would be sent"] | None = None
    clauses: tuple[ClauseView, ...] = ()
    obstacles: tuple[str, ...] = ()
    status: int | None = None
    in_finops: bool = False

    @property
    def missed(self) -> bool:
        """Whether somebody may wonder where it is: nobody does of a line that was canceled before it was sent."""
        return not self.in_finops and (self.line is None or self.line.alive)

    def sentence(self) -> str:
        return f"line {self.line.number} {self._state()}" if self.line else f"header {self._state()}"

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "in_finops": self.in_finops,
            "map": self.map.name,
            "filter": self.map.filter_text,
            "passes": bool(self.clauses) and not any(clause.to_blame for clause in self.clauses),
            "values": self.values,
            "clauses": [clause.as_json() for clause in self.clauses],
            "obstacles": [*self.obstacles],
            "sentence": self.sentence(),
        }
        if self.line is None:
            return {**shown, "processing_status": None if self.status is None else _status(self.status)}
        return {
            "line": self.line.number,
            **shown,
            "sync_error": self.line.sync_error,
            "held": self.line.hold.model_dump(mode="json") if self.line.hold else None,
            "canceled": not self.line.alive,
            "quantity_canceled": plain(self.line.quantity_canceled),
        }

    def _state(self) -> str:
        if self.in_finops:
            return "is in F&O" if self.status is None else f"is in F&O ({_status(self.status)})"
        if self.line and (waiting := _of_line(self.line)):
            return waiting
        if self.obstacles:
            return f"cannot be sent: {listed(self.obstacles)}"
        if blamed := [str(clause) for clause in self.clauses if clause.to_blame]:
            return f"is held back: {'. '.join(blamed)}"
        if self.values == "dataverse":
            return f"passes the filter, but F&O has not taken it: is the map {self.map.name!r} running?"
        return "has not been sent yet, and would pass the filter"


def summary(record: OrderRecord, rows: Sequence[RowView]) -> str:
    """In F&O or not, and why not: each reason once, with the rows it is true of."""
    missed = [row for row in rows if row.missed]
    if not missed:
        return f"in F&O: {rows[0].sentence()}"
    state = record.position.state
    held = [f"the order is {state.name} ({state.reason})"] if state.name == ON_HOLD else []
    what = "not in F&O" if not rows[0].in_finops else f"in F&O but for {len(missed)} of {len(rows) - 1} lines"
    return f"{what}: {listed([*held, *(row.sentence() for row in missed)])}"


def _of_line(line: OrderLine) -> str:
    """What a line is known to wait for; empty for one that should be in F&O."""
    if not line.alive:
        return "is canceled and is not sent"
    if line.hold:
        return f"waits for stock ({_held(line.hold)})"
    return f"was refused by F&O: {line.sync_error}" if line.sync_error else ""


def _held(hold: LineHold) -> str:
    return f"{hold.reason} since {hold.since:%Y-%m-%d %H:%M}"


def _status(status: int) -> str:
    return PROCESSING_STATUSES.get(status, str(status))
