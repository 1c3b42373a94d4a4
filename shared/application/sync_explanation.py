"""Why an order, or a line of it, is or is not in Finance + Operations: the dual-write filters met with its rows.

Each clause is met with the value in Dataverse; of a row that is not there, with the value it would be sent with. Only
columns that the filters read are looked at: nobody's name or address is shown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.application.sync_views import ClauseView, LastDecision, RowView, summary
from shared.configuration import Configuration
from shared.configuration.in_force import ConfigurationInForce
from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Order, OrderLine
from shared.domain.ports import OrderBook
from shared.domain.records import OrderRecord
from shared.domain.results import StepAnswer
from shared.dual_write import ClauseFinding, DualWriteMap, explain
from shared.policies import Subject
from shared.providers.finops.actions import placed_at_its_source
from shared.providers.finops.client import DataverseClient, OrderRows
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.references import Code, References
from shared.providers.finops.rows import (
    LINE_ID,
    NEW_LINE,
    NEW_ORDER,
    ORDER_ID,
    ORDERS,
    READY,
    Row,
    codes_of,
    to_salesorder,
    to_salesorderdetail,
)

_TAKEN, _LINE_TAKEN = "msdyn_processingstatus", "msdyn_linestatus"  # null until F&O has the row


@dataclass(frozen=True)
class SyncExplanation:
    """`of` raises UnknownOrder, and what Dataverse answers when it cannot be asked."""

    book: OrderBook
    client: DataverseClient
    references: References
    connection: DataverseConnection
    configuration: ConfigurationInForce

    def of(self, order_id: str) -> dict[str, Any]:
        """JSON-able: a summary for people, then header and lines, clause by clause, by the policies it goes by."""
        record = self.book.get(order_id)
        its_own = self.configuration.at(record.configuration)
        decided = _Decided(record, its_own, self.book.timeline(order_id).steps)
        header, *lines = rows = [*self._rows(record.order, decided)]
        return {
            "order_id": order_id,
            "number": record.order.number,
            "flow": record.flow,
            "state": record.position.state.name,
            "state_reason": record.position.state.reason,
            "summary": summary(record, rows),
            "header": header.as_json(),
            "lines": [line.as_json() for line in lines],
        }

    def _rows(self, order: Order, decided: "_Decided") -> Iterator[RowView]:
        there = self._there(order.order_id)
        by_id = {line[LINE_ID]: line for line in there.lines}
        missing = [line for line in order.lines if line.line_id not in by_id]
        drafts = self._drafts(order, missing) if missing or not there.header else {}
        yield self._header(there.header, drafts.get(order.order_id), decided)
        for line in order.lines:
            yield self._line(line, by_id.get(line.line_id, {}), drafts.get(line.line_id), decided)

    def _header(self, row: Mapping[str, Any], draft: "_Draft | None", decided: "_Decided") -> RowView:
        map_ = self._map("headers")
        if not row:
            return _not_there(map_, None, draft, decided)
        clauses, status = decided.clauses(map_, row, None), row[_TAKEN]
        return RowView(
            line=None, map=map_, values="dataverse", clauses=clauses, status=status, in_finops=status is not None
        )

    def _line(self, line: OrderLine, row: Mapping[str, Any], draft: "_Draft | None", decided: "_Decided") -> RowView:
        map_ = self._map("lines")
        if not row:
            return _not_there(map_, line, draft, decided)
        clauses = decided.clauses(map_, row, line)
        taken = row[_LINE_TAKEN] is not None
        return RowView(line=line, map=map_, values="dataverse", clauses=clauses, in_finops=taken)

    def _there(self, order_id: str) -> OrderRows:
        columns = _columns(self._map("headers"), ORDER_ID, _TAKEN)
        line_columns = _columns(self._map("lines"), LINE_ID, _LINE_TAKEN)
        return self.client.order(order_id, columns, line_columns) or OrderRows({}, ())

    def _drafts(self, order: Order, lines: Sequence[OrderLine]) -> "dict[str, _Draft]":
        """Header and lines as they would be sent, by row id."""
        made = {order.order_id: _made(lambda: to_salesorder(order, self.connection))}
        for line in map(placed_at_its_source, lines):
            made[line.line_id] = _made(lambda line=line: to_salesorderdetail(order, line, self.connection))
        ids = self._ids(codes_of(row for row in made.values() if isinstance(row, Row)))
        return {
            row_id: _Draft({}, (str(row),)) if isinstance(row, RejectedByProvider) else _Draft.of(row, ids)
            for row_id, row in made.items()
        }

    def _ids(self, codes: set[Code]) -> dict[Code, str | None]:
        """None for a code that does not exist."""
        try:
            return {**self.references.resolve(codes)}
        except RejectedByProvider:
            return {code: self._id(code) for code in codes}

    def _id(self, code: Code) -> str | None:
        try:
            return self.references.resolve([code])[code]
        except RejectedByProvider:
            return None  # `Code.absence` is what the refusal says

    def _map(self, key: str) -> DualWriteMap:
        return self.configuration.current.dual_write_maps[key]


@dataclass(frozen=True)
class _Draft:
    """A row as Dataverse would read it once it is sent and released; empty when it cannot even be made."""

    row: Mapping[str, Any]
    obstacles: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Row, ids: Mapping[Code, str | None]) -> "_Draft":
        """A code that does not exist stands for itself: it is not empty, and what is wrong is told as an obstacle."""
        defaults = NEW_ORDER if row.entity_set == ORDERS else NEW_LINE
        known = {code: ids[code] or code.code for code in row.codes}
        absent = (code.absence for code in row.codes if ids[code] is None)
        return cls({**defaults, **row.as_read(known), READY: True}, tuple(dict.fromkeys(absent)))


@dataclass(frozen=True)
class _Decided:
    """What the policies of an order's flow decided about it."""

    record: OrderRecord
    configuration: Configuration
    steps: Sequence[StepAnswer]

    def clauses(self, map_: DualWriteMap, row: Mapping[str, Any], line: OrderLine | None) -> tuple[ClauseView, ...]:
        order = self.record.order
        about = (Subject(order, line) if line else Subject(order)).label
        return tuple(self._clause(finding, about) for finding in explain(map_, row).clauses)

    def _clause(self, finding: ClauseFinding, about: str) -> ClauseView:
        named = finding.set_by.policy if finding.set_by and finding.holds is not True else None
        if named is None:
            return ClauseView(finding=finding)
        policies = self._responsible(named)
        last = (self._last(policy, about) for policy in policies)
        return ClauseView(finding=finding, policies=policies, decisions=tuple(filter(None, last)))

    def _responsible(self, name: str) -> tuple[str, ...]:
        """The named policy, or those that do the same for the order's flow: about the same entity."""
        flow = self.configuration.flows.get(self.record.flow or "")
        if flow is None or name in flow.assignment:
            return (name,)
        policies = self.configuration.policies
        return tuple(each for each in flow.assignment if policies[each].entity == policies[name].entity)

    def _last(self, policy: str, about: str) -> LastDecision | None:
        for step in sorted(self.steps, key=lambda step: step.at, reverse=True):
            for kept in step.details.get("decisions", ()):
                if kept["policy"] == policy and about in kept["subjects"]:
                    facts = {name: kept[name] for name in ("policy", "success", "rules")}
                    return LastDecision(step=step.step, at=step.at, **facts)
        return None


def _not_there(map_: DualWriteMap, line: OrderLine | None, draft: _Draft | None, decided: _Decided) -> RowView:
    if draft is None:
        raise AssertionError("a row that is not in Dataverse was not drafted")
    if not draft.row:
        return RowView(line=line, map=map_, obstacles=draft.obstacles)
    clauses = decided.clauses(map_, draft.row, line)
    return RowView(line=line, map=map_, values="as it would be sent", clauses=clauses, obstacles=draft.obstacles)


def _made(make: Callable[[], Row]) -> Row | RejectedByProvider:
    try:
        return make()
    except RejectedByProvider as refusal:
        return refusal


def _columns(map_: DualWriteMap, *others: str) -> list[str]:
    return [*dict.fromkeys((*others, map_.number_column, *map_.filter_columns))]
