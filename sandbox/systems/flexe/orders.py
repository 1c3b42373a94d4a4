"""Outbound orders: what they hold, how the API shows them, and the book that keeps them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any

from sandbox.systems.flexe.api_input import NewOrder

PENDING, ACCEPTED, PROCESSING = "pending", "accepted", "processing"
PARTIALLY_SHIPPED, SHIPPED, DELIVERED = "partially_shipped", "shipped", "delivered"
CANCEL_REQUESTED, CANCELLED, REJECTED = "cancel_requested", "cancelled", "rejected"
HOLDS = ("on_hold", "exception", "backordered", "address_error")
STATUSES = (
    *(PENDING, ACCEPTED, PROCESSING, PARTIALLY_SHIPPED, SHIPPED, DELIVERED),
    *(CANCEL_REQUESTED, CANCELLED, REJECTED, *HOLDS),
)


@dataclass
class Line:
    id: str
    external_line_id: str
    sku: str
    quantity: int
    quantity_shipped: int = 0
    quantity_cancelled: int = 0

    @property
    def open(self) -> int:
        return self.quantity - self.quantity_shipped - self.quantity_cancelled


@dataclass
class Shipment:
    """One parcel; `lines` are `{"external_line_id", "sku", "quantity"}`."""

    id: str
    shipped_at: datetime
    carrier: str
    service: str
    tracking_numbers: list[str]
    warehouse_id: str
    lines: list[dict[str, Any]]

    def facts(self) -> dict[str, Any]:
        """What the order and an event tell alike, but for the lines."""
        return {
            "id": self.id,
            "shipped_at": timestamp(self.shipped_at),
            "carrier": self.carrier,
            "service": self.service,
            "tracking_numbers": self.tracking_numbers,
        }

    def to_json(self) -> dict[str, Any]:
        """As the order resource shows it."""
        return {**self.facts(), "tracking_url": None, "warehouse_id": self.warehouse_id, "lines": self.lines}


@dataclass
class Order:
    """`wanted` is the body it was created from; lists show it from `visible_from` on (seconds of the monotonic clock).

    `lines` by external line id. `revision` grows with each change of any order.
    """

    id: str
    wanted: NewOrder
    lines: dict[str, Line]
    created_at: datetime
    visible_from: float
    status: str = PENDING
    cancel_reason: str | None = None
    shipments: list[Shipment] = field(default_factory=list)
    updated_at: datetime = field(init=False)
    revision: int = field(init=False)

    @property
    def is_listed(self) -> bool:
        """Lists lag behind: a new order is read by its id at once, found only a while later."""
        return monotonic() >= self.visible_from

    @property
    def open_quantities(self) -> dict[str, int]:
        """What is neither shipped nor cancelled, by external line id."""
        return {line_id: line.open for line_id, line in self.lines.items() if line.open}

    def settle(self) -> None:
        """Take the status that the quantities of a shipment or a short line call for."""
        has_shipped = any(line.quantity_shipped for line in self.lines.values())
        if not self.open_quantities:
            self.status = SHIPPED if has_shipped else CANCELLED
        elif has_shipped:
            self.status = PARTIALLY_SHIPPED

    def to_json(self, words: Mapping[str, str]) -> dict[str, Any]:
        """The order resource; `words` replaces status words."""
        return {
            "id": self.id,
            "owner_id": self.wanted.owner_id,
            "external_order_id": self.wanted.external_order_id,
            "status": words.get(self.status, self.status),
            "created_at": timestamp(self.created_at),
            "updated_at": timestamp(self.updated_at),
            "cancel_reason": self.cancel_reason,
            "lines": [asdict(line) for line in self.lines.values()],
            "shipments": [shipment.to_json() for shipment in self.shipments],
        }


class OrderBook:
    """All orders, oldest first. Nothing here tells anybody."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._by_external_id: defaultdict[str, list[Order]] = defaultdict(list)
        self._order_numbers = count(900_001)
        self._line_numbers = count(1)
        self._revisions = count(1)

    def clear(self) -> None:
        """Forget the orders; their numbers are not used again."""
        self._orders.clear()
        self._by_external_id.clear()

    def all(self) -> list[Order]:
        return list(self._orders.values())

    def find(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    def called(self, external_order_id: str) -> list[Order]:
        """The orders with this external id."""
        return list(self._by_external_id.get(external_order_id, ()))

    def add(self, wanted: NewOrder, lookup_lag_ms: int) -> Order:
        lines = {
            line.external_line_id: Line(
                f"obl_{next(self._line_numbers)}", line.external_line_id, line.sku, line.quantity
            )
            for line in wanted.lines
        }
        visible_from = monotonic() + lookup_lag_ms / 1000
        order = Order(f"obo_{next(self._order_numbers)}", wanted, lines, datetime.now(UTC), visible_from)
        self._orders[order.id] = order
        self._by_external_id[wanted.external_order_id].append(order)
        self.touch(order)
        return order

    def touch(self, order: Order) -> None:
        """The order has changed: now, and as the latest of all."""
        order.updated_at = datetime.now(UTC)
        order.revision = next(self._revisions)


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
