"""The F&O side: sales orders, lines, and how their statuses follow (reference: finance-operations.md section 2.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.statuses import DocumentStatus, SalesStatus

OrderKey = tuple[str, str]


@dataclass(frozen=True)
class SalesLine:
    """One order line; quantities are cumulative, in sales units; `deliver_now` is meant for the next packing slip."""

    sequence: int
    row_id: str
    product: str
    unit: str
    ordered: float
    price: float
    amount: float
    site: str
    warehouse: str
    deliver_now: float = 0
    picked: float = 0
    delivered: float = 0
    invoiced: float = 0
    cancelled: float = 0
    tracking_number: str | None = None
    carrier: str | None = None

    @property
    def wanted(self) -> float:
        """What is to be delivered in the end."""
        return self.ordered - self.cancelled

    @property
    def status(self) -> SalesStatus:
        if self.wanted <= 0:
            return SalesStatus.CANCELED
        if self.delivered < self.wanted:
            return SalesStatus.BACKORDER
        return SalesStatus.INVOICED if self.invoiced >= self.wanted else SalesStatus.DELIVERED


@dataclass(frozen=True)
class SalesOrder:
    """One sales order; `lines` by line creation sequence number, `header` the mapped fields under their F&O names."""

    company: str
    number: str
    row_id: str
    header: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, SalesLine] = field(default_factory=dict)
    document: DocumentStatus = DocumentStatus.NONE
    cancelled: bool = False
    packing_slips: int = 0

    @property
    def key(self) -> OrderKey:
        return self.company.upper(), self.number.casefold()

    @property
    def status(self) -> SalesStatus:
        """The least advanced line decides; cancelled lines only when there are no others."""
        if self.cancelled:
            return SalesStatus.CANCELED
        return min((line.status for line in self.lines.values()), default=SalesStatus.BACKORDER)

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "company": self.company,
            "salesorderid": self.row_id,
            "external_order_id": self.header.get("CUSTOMERSEXTERNALORDERID"),
            "sales_status": self.status.name.title(),
            "document_status": self.document.name.title().replace("_", ""),
            "header": dict(self.header),
            "lines": [_line_json(line) for _, line in sorted(self.lines.items())],
        }


def _line_json(line: SalesLine) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "salesorderdetailid": line.row_id,
        "product": line.product,
        "unit": line.unit,
        "quantity": line.ordered,
        "price": line.price,
        "amount": line.amount,
        "site": line.site,
        "warehouse": line.warehouse,
        "status": line.status.name.title(),
        "deliver_now": line.deliver_now,
        "picked": line.picked,
        "delivered": line.delivered,
        "invoiced": line.invoiced,
        "cancelled": line.cancelled,
        "tracking_number": line.tracking_number,
        "carrier": line.carrier,
    }


class OrderBook:
    """All sales orders; every change must happen inside `journal.transaction()`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._orders: dict[OrderKey, SalesOrder] = {}
        self._keys: dict[str, OrderKey] = {}
        self._next_number = 1

    def __iter__(self) -> Iterator[SalesOrder]:
        return iter(self._orders.values())

    def at(self, company: str, number: str) -> SalesOrder | None:
        return self._orders.get((company.upper(), number.casefold()))

    def of_row(self, row_id: str) -> SalesOrder | None:
        """The order a Dataverse sales order stands for."""
        key = self._keys.get(row_id)
        return self._orders[key] if key else None

    def numbered(self, number: str) -> list[SalesOrder]:
        """The orders with that number, one per company at most."""
        return [order for order in self._orders.values() if order.number.casefold() == number.casefold()]

    def new_number(self) -> str:
        """The next of F&O's own number sequence; gaps are normal."""
        self._next_number += 1
        return f"SO-{self._next_number - 1:06d}"

    def put(self, order: SalesOrder) -> SalesOrder:
        self._replace(order.key, self._orders.get(order.key), order)
        return order

    def remove(self, order: SalesOrder) -> None:
        self._replace(order.key, order, None)

    def _replace(self, key: OrderKey, before: SalesOrder | None, after: SalesOrder | None) -> None:
        self._set(key, before, after)
        self._journal.undo_by(lambda: self._set(key, after, before))

    def _set(self, key: OrderKey, before: SalesOrder | None, after: SalesOrder | None) -> None:
        if after is not None:
            self._orders[key] = after
            self._keys[after.row_id] = key
        elif before is not None:
            del self._orders[key]
            del self._keys[before.row_id]
