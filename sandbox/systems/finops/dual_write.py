"""Dual-write: the two maps between Dataverse and F&O, inside the commit of each write.

Reference: finance-operations.md sections 3, 4 and 7.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.systems.finops.amounts import save_row
from sandbox.systems.finops.errors import DualWriteError
from sandbox.systems.finops.filters import Filter
from sandbox.systems.finops.inbound import Inbound
from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.orders import SalesLine, SalesOrder
from sandbox.systems.finops.outbound import ITEM_BASED, changed, header_columns, line_columns
from sandbox.systems.finops.reference_data import Refusal
from sandbox.systems.finops.schema import READY, SALESORDER, SALESORDERDETAIL, Table
from sandbox.systems.finops.statuses import StatusMap
from sandbox.systems.finops.store import Row, Store

REPLAY_BATCH = 10


@dataclass(frozen=True)
class QueuedWrite:
    """A write that met a paused map: `columns` for Dataverse, or None when the row as it is then goes to F&O."""

    row_id: str
    columns: Mapping[str, Any] | None = None


@dataclass
class TableMap:
    """One map: what it is called, which rows its filter lets through, whether it runs."""

    name: str
    short_name: str
    table: Table
    filter: Filter
    state: Literal["running", "paused", "stopped"] = "running"
    queue: list[QueuedWrite] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        clauses = [clause.text for clause in self.filter.clauses]
        return {
            "name": self.name,
            "short_name": self.short_name,
            "state": self.state,
            "queued": len(self.queue),
            "filter": clauses,
        }


class DualWrite:
    """Carries committed rows to F&O and F&O's changes back; F&O's refusal undoes the Dataverse write."""

    def __init__(
        self,
        *,
        store: Store,
        journal: Journal,
        inbound: Inbound,
        maps: Iterable[TableMap],
        status_map: StatusMap,
        record: Callable[..., None],
    ) -> None:
        self._store = store
        self._journal = journal
        self._inbound = inbound
        self._maps = {table_map.table.name: table_map for table_map in maps}
        self._status_map: StatusMap = status_map
        self._record = record

    @property
    def maps(self) -> list[TableMap]:
        return list(self._maps.values())

    def named(self, name: str) -> TableMap | None:
        """The map with that full or short name."""
        return next((found for found in self._maps.values() if name in (found.name, found.short_name)), None)

    def saved(self, table: Table, row: Row) -> None:
        """A row was created or changed in Dataverse; raises `DualWriteError` when F&O refuses it."""
        table_map = self._maps.get(table.name)
        if table_map is None:
            return
        if table_map.state == "paused":
            queued = QueuedWrite(row[table.id_column])
            self._journal.after_commit(lambda: table_map.queue.append(queued))
        else:
            self._send(table_map, row)

    def deleted(self, table: Table, row: Row) -> None:
        """A row is about to be deleted in Dataverse; deletes are not queued."""
        table_map = self._maps.get(table.name)
        if table_map is None or table_map.state != "running":
            return
        remove = self._inbound.remove if table is SALESORDER else self._inbound.remove_line
        try:
            remove(row)
        except Refusal as refusal:
            raise self._failure(table_map, row, refusal) from refusal

    def born(self, order: SalesOrder, header: Row, lines: Iterable[Row]) -> None:
        """An order was made in F&O: whole rows, header first; ready and item based by the maps' defaults."""
        defaults = {READY: True, "msdyn_ordertype": ITEM_BASED}
        self._publish(SALESORDER, {**header, **defaults, **header_columns(order, self._status_map, None)})
        shown = {line.row_id: line_columns(line) for line in order.lines.values()}
        for line in lines:
            self._publish(SALESORDERDETAIL, {**line, READY: True, **shown[line["salesorderdetailid"]]})

    def posted(self, before: SalesOrder, after: SalesOrder) -> None:
        """Something was posted in F&O: the header and the lines concerned follow."""
        row = self._store.get(SALESORDER, after.row_id)
        self._publish(SALESORDER, {"salesorderid": after.row_id, **header_columns(after, self._status_map, row)})
        self._publish_lines(before, after)

    def run(self, table_map: TableMap, *, replay_twice: bool) -> int:
        """Let the map run again and replay what it queued in batches, each batch a second time when asked.

        Returns the number of queued writes.
        """
        queue, table_map.queue, table_map.state = table_map.queue, [], "running"
        for start in range(0, len(queue), REPLAY_BATCH):
            batch = queue[start : start + REPLAY_BATCH]
            for queued in batch * 2 if replay_twice else batch:
                self._replay(table_map, queued)
        return len(queue)

    def _replay(self, table_map: TableMap, queued: QueuedWrite) -> None:
        try:
            with self._journal.transaction():
                row = self._store.get(table_map.table, queued.row_id)
                if queued.columns is not None:
                    self._write(table_map.table, queued.columns, row)
                elif row is not None:
                    self._send(table_map, row)
        except DualWriteError:
            # Nobody waits for a catch-up write; the refusal is in the effect log, as it is on dual-write's error page.
            return

    def _send(self, table_map: TableMap, row: Row) -> None:
        refusing = "the map is stopped" if table_map.state == "stopped" else table_map.filter.refusing_clause(row)
        row_id = row[table_map.table.id_column]
        if refusing is not None:
            self._tell("dual_write_skipped", map=table_map.name, id=row_id, clause=refusing)
            return
        take = self._take_header if table_map.table is SALESORDER else self._take_line
        try:
            take(row)
        except Refusal as refusal:
            raise self._failure(table_map, row, refusal) from refusal

    def _take_header(self, row: Row) -> None:
        order, before = self._inbound.header(row)
        self._tell(
            f"finops_order_{'updated' if before else 'created'}",
            number=order.number,
            company=order.company,
            id=order.row_id,
        )
        self._write_back_header(order)
        if before:
            self._publish_lines(before, order)

    def _take_line(self, row: Row) -> None:
        order, line, is_new = self._inbound.line(row)
        effect = f"finops_line_{'created' if is_new else 'updated'}"
        self._tell(
            effect,
            number=order.number,
            company=order.company,
            sequence=line.sequence,
            id=line.row_id,
            quantity=line.ordered,
        )
        self._write_back_line(line)
        self._write_back_header(order)

    def _write_back_header(self, order: SalesOrder) -> None:
        row = self._store.get(SALESORDER, order.row_id)
        if row is not None:
            self._write_changed(SALESORDER, row, header_columns(order, self._status_map, row))

    def _write_back_line(self, line: SalesLine) -> None:
        row = self._store.get(SALESORDERDETAIL, line.row_id)
        if row is not None:
            self._write_changed(SALESORDERDETAIL, row, line_columns(line))

    def _publish_lines(self, before: SalesOrder, after: SalesOrder) -> None:
        """Those concerned."""
        for sequence, line in after.lines.items():
            if line is not before.lines.get(sequence):
                self._publish(SALESORDERDETAIL, {"salesorderdetailid": line.row_id, **line_columns(line)})

    def _publish(self, table: Table, columns: Mapping[str, Any]) -> None:
        """F&O's columns to Dataverse, now, later or never, as the map's state says."""
        table_map = self._maps[table.name]
        row_id = columns[table.id_column]
        if table_map.state == "paused":
            table_map.queue.append(QueuedWrite(row_id, columns))
            return
        if table_map.state == "stopped":
            return
        row = self._store.get(table, row_id)
        if row is None:
            self._write(table, columns, None)
        else:
            self._write_changed(table, row, columns)

    def _write_changed(self, table: Table, row: Row, columns: Mapping[str, Any]) -> None:
        if different := changed(columns, row):
            self._write(table, different, row)

    def _write(self, table: Table, columns: Mapping[str, Any], row: Row | None) -> None:
        """Write these columns; a row that is gone or was never there comes into being only from a whole row."""
        if row is None and not columns.keys() >= table.defaults.keys():
            return
        if (
            row is None
            and table is SALESORDERDETAIL
            and not self._store.get(SALESORDER, columns["_salesorderid_value"])
        ):
            reason = f"Unable to lookup salesorders with values {{{columns['_salesorderid_value']}}}."
            self._record(
                "dual_write_failed", map=self._maps[table.name].name, id=columns[table.id_column], reason=reason
            )
            return
        submitted = [name for name, value in columns.items() if row is not None or value is not None]
        save_row(self._store, table, {**(row or {}), **columns}, submitted)

    def _failure(self, table_map: TableMap, row: Row, refusal: Refusal) -> DualWriteError:
        row_id = row[table_map.table.id_column]
        self._record("dual_write_failed", map=table_map.name, id=row_id, reason=str(refusal))
        return DualWriteError(table_map.name, row_id, str(refusal))

    def _tell(self, effect: str, **facts: Any) -> None:
        self._journal.after_commit(lambda: self._record(effect, **facts))
