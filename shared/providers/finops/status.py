"""What F&O's status columns say, as business events of the order (reference: finance-operations.md section 2.5).

Rows are looked at as they are now; what they said before is remembered in the order's marks. So it does not matter
which message made us look, nor how many of them came, nor in which order.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from shared.domain.events import ALERT, CANCEL_REQUESTED, NOTED, ORDER_CONFIRMED, ORDER_PICKED, BusinessEvent
from shared.domain.orders import Order, OrderLine, Shipment, ShipmentItem
from shared.domain.progress import Report, is_shipped, plain, shipped
from shared.domain.records import CANCELING, OrderRecord
from shared.providers.finops.late_changes import late_changes
from shared.providers.finops.rows import LINE_CANCELED, amount

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
DELIVERED, INVOICED, CANCELED = 192350004, 192350005, 192350007
_PICKED, _DELIVERED_PARTLY_INVOICED = 192350002, 192350008
# What has thereby happened to the whole order, beyond what its lines tell.
_HAPPENED: Mapping[int, tuple[str, ...]] = {
    192350001: (ORDER_CONFIRMED,),
    _PICKED: (ORDER_PICKED,),
    DELIVERED: (ORDER_PICKED,),
    INVOICED: (ORDER_PICKED,),
    _DELIVERED_PARTLY_INVOICED: (ORDER_PICKED,),
}
STATE_CANCELED, _STATE_INVOICED, _REASON_INVOICED = 2, 4, 100003
_LINE_DELIVERED, _LINE_INVOICED = 192350002, 192350003
_NONE = Decimal(0)

HEADER_COLUMNS = ("salesorderid", "msdyn_salesordernumber", "msdyn_processingstatus", "statecode", "statuscode")
LINE_COLUMNS = ("salesorderdetailid", "sequencenumber", "quantity", "quantityshipped", "msdyn_linestatus")


@dataclass(frozen=True)
class Part:
    """What F&O does in an order's flow. What it says of the rest is noted, and moves nothing."""

    fulfills: bool = True
    accounts: bool = True


EVERYTHING = Part()


@dataclass(frozen=True)
class Observed:
    """What to make of it in one change: `events` first, then those that the `report` leads to, and the marks.

    `problems` are for the error pages, a sentence each.
    """

    events: tuple[BusinessEvent, ...] = ()
    report: Report | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def observe(
    header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], record: OrderRecord, part: Part = EVERYTHING
) -> Observed:
    """What is new in these rows (as `DataverseClient.order_status` reads them) to an order that remembers its marks.

    Skipped steps are made up for: an order first seen as Invoiced was picked and shipped too. Raises ValueError for a
    record without lines: its parcels would silently be empty.
    """
    if not record.order.lines:
        raise ValueError(f"order {record.order.number} was read without its lines")
    if header["msdyn_processingstatus"] is None:  # F&O has not taken the order yet
        return Observed()
    look = _Look(header, {row["salesorderdetailid"]: row for row in lines}, record, part)
    before = _Marks.read(record.marks)
    units = look.shipped_units(before.shipped)
    happened = [name for name in look.happened() if name not in before.happened]
    wish = look.cancellation(asked=CANCEL_REQUESTED in before.happened)
    wished = {event.name for event in wish.events if event.name == CANCEL_REQUESTED}
    after = _Marks(look.status, before.happened | set(happened) | wished, units)
    report = Report(
        source=SOURCE,
        shipments=look.parcels(before.shipped, units),
        canceled=look.canceled(units),
        invoiced=look.invoiced(),
        details=look.details,
    )
    events = (*map(look.event, happened), *wish.events, *look.noted(before.status))
    return Observed(events, report, {**after.changed_since(record.marks), **wish.marks}, wish.problems)


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
            "shipped": {number: plain(quantity) for number, quantity in self.shipped.items()},
        }
        written = {f"finops.{name}": json.dumps(value, sort_keys=True) for name, value in values.items()}
        return {name: value for name, value in written.items() if marks.get(name) != value}


@dataclass(frozen=True)
class _Look:
    """The rows of one look at an order. Lines that only F&O knows are none of the order's business."""

    header: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, Any]]
    record: OrderRecord
    part: Part

    @property
    def status(self) -> int:
        return self.header["msdyn_processingstatus"]

    @property
    def details(self) -> dict[str, Any]:
        return {"processing_status": PROCESSING_STATUSES.get(self.status, str(self.status))}

    @property
    def _order(self) -> Order:
        return self.record.order

    @property
    def _is_canceled(self) -> bool:
        """While we ask F&O to cancel, the status alone may be our own wish, which a paused map has not handed on."""
        says_so = self.status == CANCELED and not self.record.marks.get(CANCELING)
        return self.header["statecode"] == STATE_CANCELED or says_so

    @property
    def _is_invoiced(self) -> bool:
        """The state columns may know it before the status does."""
        says_so = self.header["statecode"] == _STATE_INVOICED or self.header["statuscode"] == _REASON_INVOICED
        return says_so or self.status == INVOICED

    @property
    def _is_delivered(self) -> bool:
        return self._is_invoiced or self.status in (DELIVERED, _DELIVERED_PARTLY_INVOICED)

    def event(self, name: str) -> BusinessEvent:
        """`implied`: F&O did not say so itself, but says what cannot be without it."""
        implied = {"implied": True} if name == ORDER_PICKED and self.status != _PICKED else {}
        cause = f"salesorder {self.header['salesorderid']}: {name}"
        return BusinessEvent(name=name, cause=cause, source=SOURCE, details={**self.details, **implied})

    def happened(self) -> tuple[str, ...]:
        """An order that only lines show as delivered has been picked too."""
        if self._is_canceled:
            return ()
        delivered = self._is_delivered or (self.status == PARTIALLY_INVOICED and self._lines_are_delivered())
        names = (ORDER_PICKED,) if delivered else _HAPPENED.get(self.status, ())
        return names if self.part.fulfills else tuple(name for name in names if name != ORDER_PICKED)

    def shipped_units(self, before: Mapping[int, Decimal]) -> dict[int, Decimal]:
        """By line number, never less than was seen before: a row read late must not ship anything twice."""
        now = {line.number: self._shipped(row) for line, row in self._ours() if self.part.fulfills}
        units = {n: max(now.get(n, _NONE), before.get(n, _NONE)) for n in sorted({*before, *now})}
        return {number: quantity for number, quantity in units.items() if quantity}

    def parcels(self, before: Mapping[int, Decimal], now: Mapping[int, Decimal]) -> tuple[Shipment, ...]:
        """What has left since the last look, a parcel for each tracking number."""
        items: dict[tuple[str, str], list[ShipmentItem]] = defaultdict(list)
        for line, row in self._ours():
            if quantity := now.get(line.number, _NONE) - before.get(line.number, _NONE):
                item = ShipmentItem(line_id=line.line_id, quantity=Decimal(plain(quantity)))
                items[row["tracking_number"] or "", row["carrier"] or ""].append(item)
        return tuple(
            Shipment(tracking_number=number, carrier=carrier, items=tuple(of))
            for (number, carrier), of in items.items()
        )

    def canceled(self, units: Mapping[int, Decimal]) -> dict[str, Decimal]:
        """By line id: what F&O has canceled, taken out of a line, delivered short, or deleted.

        Where somebody else ships, only until it was told of the order: later it may ship all the same.
        """
        if not self.part.fulfills and (self._order.fulfillment_orders or self._is_canceled):
            return {}
        left = shipped(self._order)
        totals = {}
        for line in self._order.lines:
            never = self._never(line, max(units.get(line.number, _NONE), left.get(line.line_id, _NONE)))
            if never > 0:
                totals[line.line_id] = never
        return totals

    def invoiced(self) -> dict[str, Decimal]:
        """By line id. Dataverse says of a line only whether all of it is invoiced."""
        if not self.part.accounts:
            return {}
        return {
            line.line_id: line.quantity
            for line, row in self._ours()
            if row["msdyn_linestatus"] == _LINE_INVOICED
            or (self._is_invoiced and row["msdyn_linestatus"] != LINE_CANCELED)
        }

    def cancellation(self, *, asked: bool) -> "_Wish":
        """F&O has canceled what somebody else ships: that one is asked to stop, once, unless it has shipped."""
        order = self._order
        if self.part.fulfills or self.record.marks.get(CANCELING):
            return _Wish()
        if not self._is_canceled:
            return self._told_late()
        if is_shipped(order):
            message = f"order {order.number} was canceled in F&O after it had shipped"
            return _Wish((self._alert("canceled after shipping", message),), problems=(message,))
        if asked:
            return _Wish()
        event = BusinessEvent(name=CANCEL_REQUESTED, cause="canceled in F&O", source=SOURCE, details=self.details)
        return _Wish((event,), {CANCELING: "requested"})

    def _told_late(self) -> "_Wish":
        late = [*late_changes(self._order, self.rows, self.record.marks)]
        return _Wish(
            tuple(self._alert(each.cause, each.message) for each in late),
            {each.mark: each.seen for each in late},
            tuple(each.message for each in late),
        )

    def noted(self, before: int | None) -> Iterator[BusinessEvent]:
        """What F&O says that is not its to say here, and statuses nobody knows: once each."""
        if self.status == before:
            return
        if self.status not in PROCESSING_STATUSES:
            message = f"F&O says processing status {self.status}, which has no meaning here"
            yield self._alert(f"processing status {self.status}", message)
        elif not self.part.fulfills and self._is_delivered and not (self._is_invoiced and self.part.accounts):
            yield BusinessEvent(name=NOTED, cause=f"F&O {self.status}", source=SOURCE, details=self.details)

    def _ours(self) -> Iterator[tuple[OrderLine, Mapping[str, Any]]]:
        """With their rows, but for lines that F&O refused: what it says of the order is not said of them."""
        for line in self._order.lines:
            row = self.rows.get(line.line_id)
            if row and not (line.sync_error and row["msdyn_linestatus"] is None):
                yield line, row

    def _lines_are_delivered(self) -> bool:
        alive = [row["msdyn_linestatus"] for _, row in self._ours() if row["msdyn_linestatus"] != LINE_CANCELED]
        return bool(alive) and all(status in {_LINE_DELIVERED, _LINE_INVOICED} for status in alive)

    def _shipped(self, row: Mapping[str, Any]) -> Decimal:
        """The quantity so far. Maps without it leave it to the line's status; a line may lag behind its order."""
        quantity, status = amount(row["quantityshipped"]), row["msdyn_linestatus"]
        if status in {_LINE_DELIVERED, _LINE_INVOICED}:
            return quantity or amount(row["quantity"])
        return amount(row["quantity"]) if self._is_delivered and status != LINE_CANCELED else quantity

    def _never(self, line: OrderLine, left: Decimal) -> Decimal:
        """Units of a line that F&O will not ship any more."""
        row = self.rows.get(line.line_id)
        if row is None:
            return line.quantity - left if line.in_finops or self._is_canceled else _NONE
        if self._is_canceled or row["msdyn_linestatus"] == LINE_CANCELED:
            return line.quantity - left
        if self.part.fulfills and row["msdyn_linestatus"] in {_LINE_DELIVERED, _LINE_INVOICED}:
            return line.quantity - left
        return line.quantity - amount(row["quantity"])

    def _alert(self, cause: str, message: str) -> BusinessEvent:
        return BusinessEvent(name=ALERT, cause=cause, source=SOURCE, details={"message": message})


@dataclass(frozen=True)
class _Wish:
    events: tuple[BusinessEvent, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
