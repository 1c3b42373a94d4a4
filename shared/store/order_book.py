"""The order book: orders, their timelines and their step answers.

Whatever is written about an order is one transaction on its partition, guarded by the ETag of its header. So a lost
race writes nothing, and a crash leaves either all of a change or nothing of it.
"""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import uuid4

from shared.domain.errors import TransientProviderError, UnknownOrder
from shared.domain.orders import Order
from shared.domain.ports import Clock
from shared.domain.records import Change, Changed, Decide, OrderRecord, Timeline
from shared.domain.results import StepAnswer
from shared.domain.states import StateFramework
from shared.store.draft import Draft, draft, marks_of
from shared.store.order_index import DAYS, OrderIndex, is_reopened
from shared.store.rows import (
    EVERYTHING,
    HEADER,
    LINES_AND_HEADER,
    StoredOrder,
    event_of,
    event_row,
    header_row,
    key_of,
    page_rows,
    row_keys,
    step_of,
    step_row,
    step_row_key,
    stored_order,
    text_of,
)
from shared.store.tables import RowsChanged, Tables
from shared.store.transaction import Operation, delete, insert, put, replace
from shared.telemetry.metrics import EVENTS, count

_ATTEMPTS = 25
_LONGEST_PAUSE_SECONDS = 0.5
_READERS = 8


class TableOrderBook:
    """`OrderBook` on Azure Tables. Storage calls: 1 to read, 4 to take in, 2 to change, 3 to find out a copy."""

    def __init__(self, tables: Tables, states: StateFramework, clock: Clock) -> None:
        self._orders = tables.orders
        self._index = OrderIndex(tables.index)
        self._states = states
        self._clock = clock

    def take_in(self, order: Order, change: Change) -> Changed:
        """Into the index first, then all of the order at once. After a crash in between the next run completes it."""
        now = self._clock()
        taken_in_at = _stamp(now)
        if not self._index.enter(order, taken_in_at):
            try:
                return self._as_it_is(order.order_id, change)
            except UnknownOrder:
                taken_in_at = self._first_taken_in_at(order, taken_in_at)
        self._index.add_recent(order.order_id, taken_in_at)
        self._index.add_open(order.order_id, taken_in_at, now)
        new = StoredOrder(OrderRecord(order=order, created_at=taken_in_at))
        drafted = draft(new.record, change, {}, self._states, taken_in_at) or Draft(new.record, (), (), None)
        try:
            self._orders.transact(_operations(new, drafted, uuid4().hex, lines=True))
        except RowsChanged:
            return self._as_it_is(order.order_id, change)
        _count(drafted)
        return Changed(drafted.record, drafted.marks, drafted.step)

    def get(self, order_id: str) -> OrderRecord:
        return self._read(order_id, LINES_AND_HEADER, lines=True).record

    def header(self, order_id: str) -> OrderRecord:
        return self._read_header(order_id).record

    def find(self, source: str, external_id: str) -> str | None:
        """May name an order that is just being taken in; reading that one raises UnknownOrder."""
        row = self._index.named(source, external_id)
        return row["OrderId"] if row else None

    def link(self, order_id: str, system: str, external_id: str) -> None:
        self._index.link(order_id, system, external_id)

    def recent(self, limit: int) -> list[OrderRecord]:
        rows = self._index.rows(DAYS, None, page=min(limit, 1000))
        return [record for record in self.headers([row["OrderId"] for row in islice(rows, limit)]) if record]

    def headers(self, order_ids: Sequence[str]) -> list[OrderRecord | None]:
        """Each order without its lines, in this order; None for one that is not there. A call for each."""
        with ThreadPoolExecutor(_READERS) as readers:
            return list(readers.map(self._header_if_there, order_ids))

    def change(self, order_id: str, decide: Decide, *, lines: bool = True) -> Changed:
        """With `lines=False` the record has no lines, and those of the order stay as they are."""
        stored = self._read(order_id, LINES_AND_HEADER, lines=True) if lines else self._read_header(order_id)
        return self.change_from(stored, decide, lines=lines)

    def open(self, order_id: str, *, step: tuple[str, int] | None = None) -> "OpenedOrder":
        stored = self._read(order_id, LINES_AND_HEADER, lines=True, step=step)
        return OpenedOrder(self, stored, stored.steps.get(step) if step else None)

    def change_from(self, stored: StoredOrder, decide: Decide, *, lines: bool) -> Changed:
        """A change that starts from what was read before, however long ago."""
        order_id = stored.record.order.order_id
        for pause in _pauses():
            change = decide(stored.record)
            if change is None:
                return Changed(stored.record, ())
            commit = uuid4().hex
            try:
                return self._commit(stored, change, commit, lines=lines)
            except RowsChanged:
                time.sleep(pause)
                # The order has moved on, or a copy of this is there: the history tells which, in one call.
                stored = self._read(order_id, EVERYTHING, lines=lines)
                if commit in stored.commits:
                    # This very commit: its first answer was lost on the way, and the repeated call met its own rows.
                    return _as_stored(stored, change)
        raise TransientProviderError(f"order {order_id} is being changed by too many at once")

    def timeline(self, order_id: str, after: int = 0) -> Timeline:
        """Raises UnknownOrder."""
        rows = self._orders.rows(
            "PartitionKey eq @order and ( RowKey ge 'E' and RowKey lt 'F' "
            # The SDK prints the parameters 0 and 1 as false and true.
            f"and Number gt {after:d} or RowKey ge 'S' and RowKey lt 'T' )",
            {"order": key_of(order_id)},
        )
        events, steps = [], []
        for row in rows:
            if row["RowKey"].startswith("E"):
                events.append(event_of(row))
            else:
                steps.append(step_of(row))
        if not events and not steps:
            self.header(order_id)
        events.sort(key=lambda event: event.number)
        steps.sort(key=lambda step: (step.at, step.generation))
        return Timeline(tuple(events), tuple(steps))

    def _commit(self, stored: StoredOrder, change: Change, commit: str, *, lines: bool) -> Changed:
        """Raises RowsChanged when the order is no longer as `stored`, or a copy of an event or the step is there."""
        if change.step and (change.step.step, change.generation) in stored.steps:
            return _as_stored(stored, change)
        drafted = draft(stored.record, change, stored.events, self._states, _stamp(self._clock()))
        if drafted is None:
            return _as_stored(stored, change)
        if is_reopened(stored.record, drafted.record):
            self._index.add_open(drafted.record.order.order_id, drafted.record.created_at, self._clock())
        self._orders.transact(_operations(stored, drafted, commit, lines=lines))
        _count(drafted)
        return Changed(drafted.record, drafted.marks, drafted.step)

    def _read(
        self, order_id: str, keys: tuple[str, str], *, lines: bool, step: tuple[str, int] | None = None
    ) -> StoredOrder:
        first, last = keys
        wanted = {"order": key_of(order_id), "first": first, "last": last}
        query = "PartitionKey eq @order and RowKey ge @first and RowKey lt @last"
        if step:
            wanted["step"] = step_row_key(*step)
            query = "PartitionKey eq @order and ( RowKey ge @first and RowKey lt @last or RowKey eq @step )"
        rows = self._orders.rows(query, wanted)
        return stored_order(order_id, rows, lines=lines)

    def _read_header(self, order_id: str) -> StoredOrder:
        row = self._orders.get(key_of(order_id), HEADER)
        return stored_order(order_id, [row] if row else [], lines=False)

    def _header_if_there(self, order_id: str) -> OrderRecord | None:
        try:
            return self.header(order_id)
        except UnknownOrder:
            return None

    def _as_it_is(self, order_id: str, change: Change) -> Changed:
        return _as_stored(self._read(order_id, EVERYTHING, lines=True), change)

    def _first_taken_in_at(self, order: Order, now: str) -> str:
        """So that a second run makes the same row among the recent orders."""
        row = self._index.named(order.source, order.external_id)
        return row["TakenInAt"] if row else now


def _count(drafted: Draft) -> None:
    for event in drafted.events:
        count(EVENTS, event=event.name, outcome=event.outcome)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _as_stored(stored: StoredOrder, change: Change) -> Changed:
    """The answer to a change that has nothing left to write."""
    step = change.step and stored.steps.get((change.step.step, change.generation))
    return Changed(stored.record, marks_of(change.events, stored.events), step)


@dataclass(frozen=True)
class OpenedOrder:
    """`OpenOrder` on Azure Tables."""

    book: TableOrderBook
    stored: StoredOrder
    answer: StepAnswer | None

    @property
    def record(self) -> OrderRecord:
        return self.stored.record

    def change(self, decide: Decide) -> Changed:
        return self.book.change_from(self.stored, decide, lines=True)


def _operations(stored: StoredOrder, drafted: Draft, commit: str, *, lines: bool) -> list[Operation]:
    order_id = stored.record.order.order_id
    line_count = len(drafted.record.order.lines) if lines else stored.line_count
    header = {**header_row(drafted.record, line_count), "Commit": commit}
    history = [event_row(order_id, event) for event in drafted.events]
    if drafted.step:
        history.append(step_row(order_id, drafted.step))
    operations = [replace(header, stored.etag) if stored.etag else insert(header)]
    operations += [insert({**row, "Commit": commit}) for row in history]
    if lines and not (stored.etag and drafted.record.order.lines == stored.record.order.lines):
        operations += _page_operations(stored, drafted.record.order)
    return operations


def _page_operations(stored: StoredOrder, order: Order) -> list[Operation]:
    pages = page_rows(order.order_id, order.lines)
    changed = [put(row) for key, row in pages.items() if text_of(row) != stored.pages.get(key)]
    surplus = [delete(row_keys(order.order_id, key)) for key in stored.pages if key not in pages]
    return changed + surplus


def _pauses() -> Iterator[float]:
    """How long to wait after each lost race: at random, so that those who met do not meet again."""
    for attempt in range(_ATTEMPTS):
        yield random.uniform(0, min(_LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt))
