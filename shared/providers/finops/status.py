"""What F&O's status columns say, as business events of the order (reference: finance-operations.md section 2.5).

Rows are looked at as they are now; what they said before is remembered in the order's marks. So it does not matter
which message made us look, nor how many of them came, nor in which order.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from shared.domain.events import (
    ALERT,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    BusinessEvent,
)
from shared.domain.orders import Order, Shipment, ShipmentItem
from shared.domain.records import OrderRecord

SOURCE = "finops"
PARTIALLY_INVOICED = 192350006
PROCESSING_STATUSES: Mapping[int, str] = {
    192350000: "Active",
    192350001: "Confirmed",
    192350002: "Picked",
    192350003: "Partially Delivered",
    192350004: "Delivered",
    192350005: "Invoiced",
    PARTIALLY_INVOICED: "Partially Invoiced",
    192350007: "Canceled",
    192350008: "Delivered and Partially Invoiced",
}
_PICKED = (ORDER_PICKED,)
_SHIPPED = (*_PICKED, ORDER_SHIPPED)
_INVOICED = (*_SHIPPED, ORDER_INVOICED)
# What must have happened to the whole order for F&O to say this; PARTIALLY_INVOICED is decided by the lines.
_HAPPENED: Mapping[int, tuple[str, ...]] = {
    192350000: (),
    192350001: (ORDER_CONFIRMED,),
    192350002: _PICKED,
    192350003: (),
    192350004: _SHIPPED,
    192350005: _INVOICED,
    192350007: (ORDER_CANCELED,),
    192350008: _SHIPPED,
}
STATE_CANCELED, _STATE_INVOICED, _REASON_INVOICED = 2, 4, 100003
_LINE_DELIVERED, _LINE_INVOICED, _LINE_CANCELED = 192350002, 192350003, 192350004
_NONE = Decimal(0)

HEADER_COLUMNS = ("salesorderid", "msdyn_salesordernumber", "msdyn_processingstatus", "statecode", "statuscode")
LINE_COLUMNS = ("salesorderdetailid", "sequencenumber", "quantity", "quantityshipped", "msdyn_linestatus")


@dataclass(frozen=True)
class Observed:
    """What to append to the order's timeline, to remember in its marks, and to add to its shipments, in one change."""

    events: tuple[BusinessEvent, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    shipments: tuple[Shipment, ...] = ()


def observe(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], record: OrderRecord) -> Observed:
    """What is new in these rows (as `DataverseClient.order_status` reads them) to an order that remembers its marks.

    Skipped steps are made up for in order: an order first seen as Invoiced was picked and shipped too. Raises
    ValueError for a record without lines: its parcels would silently be empty.
    """
    if not record.order.lines:
        raise ValueError(f"order {record.order.number} was read without its lines")
    status = header["msdyn_processingstatus"]
    if status is None:  # F&O has not taken the order yet
        return Observed()
    happened = _happened(header, lines)
    before = _Marks.read(record.marks)
    ours = _by_number(lines, record.order)
    shipped = _shipped_quantities(ours, before.shipped, complete=ORDER_SHIPPED in happened)
    after = _Marks(status, before.happened | set(happened), shipped)
    report = _Report(header)
    parcels = _parcels(ours, before.shipped, shipped)
    if parcels and ORDER_SHIPPED not in after.happened:
        report.lines_shipped(after, parcels, record.order)
    for name in happened:
        if name not in before.happened:
            report.happened(name, implied=name != happened[-1])
    if status not in PROCESSING_STATUSES and status != before.status:
        report.unknown_status()
    return Observed(tuple(report.events), after.changed_since(record.marks), parcels)


@dataclass(frozen=True)
class _Marks:
    """What was seen last: the processing status, the events raised for the whole order, quantities by line number."""

    status: int | None
    happened: frozenset[str]
    shipped: Mapping[int, Decimal]

    @classmethod
    def read(cls, marks: Mapping[str, str]) -> "_Marks":
        seen = {name: json.loads(marks.get(f"finops.{name}", "null")) for name in cls.__dataclass_fields__}
        shipped = {int(number): Decimal(quantity) for number, quantity in (seen["shipped"] or {}).items()}
        return cls(seen["status"], frozenset(seen["happened"] or ()), shipped)

    def changed_since(self, marks: Mapping[str, str]) -> dict[str, str]:
        values = {
            "status": self.status,
            "happened": sorted(self.happened),
            "shipped": {number: _plain(quantity) for number, quantity in self.shipped.items()},
        }
        written = {f"finops.{name}": json.dumps(value, sort_keys=True) for name, value in values.items()}
        return {name: value for name, value in written.items() if marks.get(name) != value}


class _Report:
    """Collects events. A cause names the row and what is said of it, so that the same news twice is one event."""

    def __init__(self, header: Mapping[str, Any]) -> None:
        self.events: list[BusinessEvent] = []
        self._row_id = header["salesorderid"]
        self._status = header["msdyn_processingstatus"]

    def happened(self, name: str, *, implied: bool) -> None:
        """`implied`: F&O did not say so itself, but says what cannot be without it."""
        self._add(name, name, {"implied": True} if implied else {})

    def lines_shipped(self, seen: _Marks, parcels: Sequence[Shipment], order: Order) -> None:
        so_far = json.dumps({number: _plain(quantity) for number, quantity in sorted(seen.shipped.items())})
        details = [
            {
                "tracking_number": parcel.tracking_number,
                "carrier": parcel.carrier,
                "lines": {str(order.line(item.line_id).number): _plain(item.quantity) for item in parcel.items},
            }
            for parcel in parcels
        ]
        self._add(LINES_SHIPPED, f"{LINES_SHIPPED}.{hashlib.sha256(so_far.encode()).hexdigest()}", {"parcels": details})

    def unknown_status(self) -> None:
        message = f"F&O says processing status {self._status}, which has no meaning here"
        self._add(ALERT, f"processing status {self._status}", {"message": message})

    def _add(self, name: str, cause: str, details: dict[str, Any]) -> None:
        status = PROCESSING_STATUSES.get(self._status, str(self._status))
        self.events.append(
            BusinessEvent(
                name=name,
                cause=f"salesorder {self._row_id}: {cause}",
                source=SOURCE,
                details={"processing_status": status, **details},
            )
        )


def _happened(header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What has happened to the whole order, in order; the state columns may know it before the status does."""
    status = header["msdyn_processingstatus"]
    if header["statecode"] == STATE_CANCELED:
        return (ORDER_CANCELED,)
    if header["statecode"] == _STATE_INVOICED or header["statuscode"] == _REASON_INVOICED:
        return _INVOICED
    if status == PARTIALLY_INVOICED:
        return _SHIPPED if _all_delivered(lines) else ()
    return _HAPPENED.get(status, ())


def _all_delivered(lines: Sequence[Mapping[str, Any]]) -> bool:
    alive = [line["msdyn_linestatus"] for line in lines if line["msdyn_linestatus"] != _LINE_CANCELED]
    return bool(alive) and all(status in {_LINE_DELIVERED, _LINE_INVOICED} for status in alive)


def _by_number(lines: Sequence[Mapping[str, Any]], order: Order) -> dict[int, Mapping[str, Any]]:
    """The rows of the order's own lines by line number; lines added in F&O are none of the store's business."""
    numbers = {line.line_id: line.number for line in order.lines}
    return {numbers[row["salesorderdetailid"]]: row for row in lines if row["salesorderdetailid"] in numbers}


def _shipped_quantities(
    lines: Mapping[int, Mapping[str, Any]], before: Mapping[int, Decimal], *, complete: bool
) -> dict[int, Decimal]:
    """By line number, never less than was seen before: a row read late must not ship anything twice."""
    now = {number: _shipped(line, complete=complete) for number, line in lines.items()}
    shipped = {number: max(now.get(number, _NONE), before.get(number, _NONE)) for number in sorted({*before, *now})}
    return {number: quantity for number, quantity in shipped.items() if quantity}


def _shipped(line: Mapping[str, Any], *, complete: bool) -> Decimal:
    """The quantity so far. Maps without it leave it to the line's status, or to the order being `complete`."""
    quantity = Decimal(str(line["quantityshipped"] or 0))
    status = line["msdyn_linestatus"]
    delivered = status in {_LINE_DELIVERED, _LINE_INVOICED} or (complete and status != _LINE_CANCELED)
    return Decimal(str(line["quantity"])) if delivered and not quantity else quantity


def _parcels(
    lines: Mapping[int, Mapping[str, Any]], before: Mapping[int, Decimal], now: Mapping[int, Decimal]
) -> tuple[Shipment, ...]:
    """What has left since the last look, a parcel for each tracking number."""
    items: dict[tuple[str, str], list[ShipmentItem]] = defaultdict(list)
    for number, line in lines.items():
        if quantity := now.get(number, _NONE) - before.get(number, _NONE):
            item = ShipmentItem(line_id=line["salesorderdetailid"], quantity=Decimal(_plain(quantity)))
            items[line["tracking_number"] or "", line["carrier"] or ""].append(item)
    return tuple(
        Shipment(tracking_number=number, carrier=carrier, items=tuple(of)) for (number, carrier), of in items.items()
    )


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
