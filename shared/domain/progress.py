"""How far an order has come, line by line: whatever system says it, the same rule makes header events of it.

A system reports what has left, what never will, and what has been invoiced. Once all lines agree, the event of the
whole order is raised (reference: iom.md section 2.4, aggregation rule). Quantities only grow, so what is told late or
twice changes nothing. An order counts as invoiced only when it has shipped too: an invoice may come first.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from shared.domain.events import (
    FULFILLED_IN_PART,
    LINES_CANCELED,
    LINES_INVOICED,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_INVOICED,
    ORDER_SHIPPED,
    BusinessEvent,
)
from shared.domain.orders import Order, OrderLine, Shipment, Value

_NOTHING = Decimal(0)


class Report(Value):
    """What one system says of an order's lines.

    A shipment with a `shipment_id` that is known already is a copy. `canceled` and `invoiced` are totals so far, by
    line id; less than is known already changes nothing, unless `revised`: then `invoiced` is the whole truth (an
    invoice was taken back). `details` tell in what words the system said it.
    """

    source: str
    shipments: tuple[Shipment, ...] = ()
    canceled: dict[str, Decimal] = {}
    invoiced: dict[str, Decimal] = {}
    revised: bool = False
    details: dict[str, Any] = {}


def advance(order: Order, report: Report) -> tuple[Order, tuple[BusinessEvent, ...]]:
    """The order as reported, and what has thereby happened to it, in order."""
    known = {shipment.shipment_id for shipment in order.shipments} - {""}
    new = tuple(shipment for shipment in report.shipments if shipment.shipment_id not in known)
    after = order.with_(
        shipments=(*order.shipments, *new),
        lines=tuple(_line(line, report) for line in order.lines),
    )
    return after, tuple(_events(order, after, report.with_(shipments=new)))


def shipped(order: Order) -> dict[str, Decimal]:
    """Units that have left, by line id; no line of which nothing has."""
    units: dict[str, Decimal] = {}
    for shipment in order.shipments:
        for item in shipment.items:
            units[item.line_id] = units.get(item.line_id, _NOTHING) + item.quantity
    return units


def is_shipped(order: Order) -> bool:
    """Everything has left that ever will."""
    units = shipped(order)
    parcels = _going_by_parcel(order)
    return bool(units) and all(
        units.get(line.line_id, _NOTHING) + line.quantity_canceled >= line.quantity for line in parcels
    )


def is_invoiced(order: Order) -> bool:
    """Everything is invoiced that ever will be."""
    return any(line.quantity_invoiced for line in order.lines) and all(
        line.quantity_invoiced + line.quantity_canceled >= line.quantity for line in order.lines
    )


def is_canceled(order: Order) -> bool:
    return bool(order.lines) and not any(line.alive for line in order.lines)


def _going_by_parcel(order: Order) -> tuple[OrderLine, ...]:
    """All lines where none does."""
    return tuple(line for line in order.lines if not line.digital) or order.lines


def _line(line: OrderLine, report: Report) -> OrderLine:
    canceled = min(line.quantity, max(line.quantity_canceled, report.canceled.get(line.line_id, _NOTHING)))
    invoiced = report.invoiced.get(line.line_id, _NOTHING)
    if not report.revised:
        invoiced = max(line.quantity_invoiced, invoiced)
    if (canceled, invoiced) == (line.quantity_canceled, line.quantity_invoiced):
        return line
    hold = line.hold if canceled < line.quantity else None  # nothing is left to wait for
    return line.with_(quantity_canceled=canceled, quantity_invoiced=invoiced, hold=hold)


def _events(before: Order, after: Order, report: Report) -> Iterator[BusinessEvent]:
    if is_canceled(after):
        if not is_canceled(before):
            yield _event(ORDER_CANCELED, report)
        return
    if _canceled(after) != _canceled(before):
        yield _lines_event(LINES_CANCELED, report, _canceled(after))
    if report.shipments and not is_shipped(after):
        yield _lines_event(LINES_SHIPPED, report, _by_number(after, shipped(after)), parcels=_parcels(after, report))
    if is_shipped(after) and not is_shipped(before):
        yield _event(ORDER_SHIPPED, report)
    if _invoiced(after) != _invoiced(before) and not _is_done(after):
        yield _lines_event(LINES_INVOICED, report, _invoiced(after))
    if _is_done(after) and not _is_done(before):
        yield _event(ORDER_INVOICED, report)
        if _canceled(after):
            yield _lines_event(FULFILLED_IN_PART, report, _canceled(after))


def _is_done(order: Order) -> bool:
    return is_shipped(order) and is_invoiced(order)


def _canceled(order: Order) -> dict[int, Decimal]:
    return {line.number: line.quantity_canceled for line in order.lines if line.quantity_canceled}


def _invoiced(order: Order) -> dict[int, Decimal]:
    return {line.number: line.quantity_invoiced for line in order.lines if line.quantity_invoiced}


def _by_number(order: Order, units: Mapping[str, Decimal]) -> dict[int, Decimal]:
    return {line.number: units[line.line_id] for line in order.lines if line.line_id in units}


def _event(name: str, report: Report) -> BusinessEvent:
    """Happens once to an order, whoever says so."""
    return BusinessEvent(name=name, cause=name, source=report.source, details=report.details)


def _lines_event(name: str, report: Report, so_far: Mapping[int, Decimal], **details: Any) -> BusinessEvent:
    """`so_far`: by line number; the same state of affairs told twice is one event."""
    shown = {str(number): plain(units) for number, units in sorted(so_far.items())}
    digest = hashlib.sha256(json.dumps(shown).encode()).hexdigest()
    details = {**report.details, "lines": shown, **details}
    return BusinessEvent(name=name, cause=f"{name}.{digest}", source=report.source, details=details)


def _parcels(order: Order, report: Report) -> list[dict[str, Any]]:
    return [
        {
            "tracking_number": shipment.tracking_number,
            "carrier": shipment.carrier,
            "lines": {str(order.line(item.line_id).number): plain(item.quantity) for item in shipment.items},
        }
        for shipment in report.shipments
    ]


def plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
