"""What F&O changes of an order that its fulfiller has already: it can stop whole orders only, so a person is told."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.orders import Order
from shared.domain.progress import plain
from shared.providers.finops.rows import LINE_CANCELED, amount

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class LateChange:
    """For a person, once: `mark` of the order then remembers what was `seen`."""

    cause: str
    message: str
    mark: str
    seen: str


def late_changes(order: Order, rows: Rows, marks: Mapping[str, str]) -> Iterator[LateChange]:
    """What is new in the order's line rows, by their ids."""
    if order.fulfillment_orders:
        found = (_canceled(order, rows), _edited(order, rows))
        yield from (change for change in found if change and marks.get(change.mark) != change.seen)


def _canceled(order: Order, rows: Rows) -> LateChange | None:
    late = [line.number for line in order.lines if line.alive and _is_canceled(rows.get(line.line_id))]
    if not late:
        return None
    lines, seen = ", ".join(map(str, late)), json.dumps(late)
    message = f"lines {lines} of order {order.number} were canceled in F&O, but their fulfiller has them"
    return LateChange(f"lines canceled late {seen}", message, "finops.late", seen)


def _edited(order: Order, rows: Rows) -> LateChange | None:
    edits = [*_changed_quantities(order, rows), *_new_lines(order, rows)]
    if not edits:
        return None
    seen = json.dumps(edits)
    message = f"order {order.number} was changed in F&O, but its fulfiller has it as it was: {'; '.join(edits)}"
    return LateChange(f"lines changed late {seen}", message, "finops.edited", seen)


def _changed_quantities(order: Order, rows: Rows) -> Iterator[str]:
    """What was canceled here, F&O may have taken out of its line, or not yet."""
    for line in order.lines:
        row = rows.get(line.line_id)
        if row is None or row["msdyn_linestatus"] in {None, LINE_CANCELED}:
            continue
        there = amount(row["quantity"])
        if not line.quantity - line.quantity_canceled <= there <= line.quantity:
            yield f"line {line.number} is {plain(there)} there, {plain(line.quantity)} here"


def _new_lines(order: Order, rows: Rows) -> Iterator[str]:
    known = {line.line_id for line in order.lines}
    for row_id, row in rows.items():
        if row_id not in known and row["msdyn_linestatus"] not in {None, LINE_CANCELED}:
            yield f"line {row['sequencenumber']} is new"


def _is_canceled(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row["msdyn_linestatus"] == LINE_CANCELED
