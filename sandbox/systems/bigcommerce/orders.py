"""The store's orders: kept exactly as given, changed only where shipments, status writes and edits change them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any, NamedTuple

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.statuses import PARTIALLY_SHIPPED, SHIPPED, STATUSES

FIRST_SHIPMENT_ID = 5001
FIRST_REFUND_ID = 801

Row = dict[str, Any]


class StatusChange(NamedTuple):
    """`previous_id` is whatever the order had, which for an odd order may be no number."""

    previous_id: Any
    new_id: int


@dataclass
class StoredOrder:
    """An order with all that hangs on it, each part as the API returns it."""

    order: Row
    products: list[Row]
    shipping_addresses: list[Row]
    shipments: list[Row] = field(default_factory=list)
    transactions: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)

    def line(self, order_product_id: Any) -> Row | None:
        return next((line for line in self.products if line.get("id") == order_product_id), None)

    def address(self, address_id: Any) -> Row | None:
        return next((address for address in self.shipping_addresses if address.get("id") == address_id), None)

    def write(self, changes: Mapping[str, Any]) -> list[str]:
        """Set header fields other than the status; the names of those that really changed."""
        changed = [name for name, value in changes.items() if name not in self.order or self.order[name] != value]
        self.order.update((name, changes[name]) for name in changed)
        self._touch()
        return changed

    def move_to(self, status_id: int) -> StatusChange | None:
        """Give the order a status, with all that must agree with it; None when it has it already."""
        previous = self.order.get("status_id")
        if previous == status_id:
            return None
        name = STATUSES[status_id].name
        self.order.update({"status_id": status_id, "status": name, "custom_status": name})
        if status_id == SHIPPED:
            self._ship_what_is_left()
        self._touch()
        return StatusChange(previous, status_id)

    def add_shipment(self, shipment: Row) -> StatusChange | None:
        """Count the shipment's units as shipped and move the order to Shipped or Partially Shipped."""
        self.shipments.append(shipment)
        for item in shipment["items"]:
            line = self.line(item["order_product_id"])
            if line is not None:
                line["quantity_shipped"] = units(line.get("quantity_shipped")) + item["quantity"]
        self._count_shipped()
        self._touch()
        return self.move_to(SHIPPED if self._is_all_shipped() else PARTIALLY_SHIPPED)

    def _ship_what_is_left(self) -> None:
        for line in self.products:
            if _is_shippable(line):
                line["quantity_shipped"] = max(units(line.get("quantity_shipped")), _units_to_ship(line))
        self._count_shipped()
        self.order["date_shipped"] = _now()

    def _is_all_shipped(self) -> bool:
        lines = [line for line in self.products if _is_shippable(line)]
        return all(units(line.get("quantity_shipped")) >= _units_to_ship(line) for line in lines)

    def _count_shipped(self) -> None:
        self.order["items_shipped"] = sum(units(line.get("quantity_shipped")) for line in self.products)
        for address in self.shipping_addresses:
            lines = (line for line in self.products if line.get("order_address_id") == address.get("id"))
            address["items_shipped"] = sum(units(line.get("quantity_shipped")) for line in lines)

    def _touch(self) -> None:
        self.order["date_modified"] = _now()


class Orders:
    """All orders by id, and the ids of what the store itself creates."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._by_id: dict[int, StoredOrder] = {}
        self.shipment_ids = count(FIRST_SHIPMENT_ID)
        self.refund_ids = count(FIRST_REFUND_ID)

    def get(self, order_id: int) -> StoredOrder:
        """The order, archived or not; 404 when there is none."""
        if order_id not in self._by_id:
            raise ApiError(404, "The requested resource was not found.")
        return self._by_id[order_id]

    def find(self, order_id: int) -> StoredOrder | None:
        return self._by_id.get(order_id)

    def put(self, stored: StoredOrder) -> None:
        self._by_id[stored.order["id"]] = stored

    def listed(self) -> list[StoredOrder]:
        """The orders that are not archived, by ascending id."""
        return [self._by_id[order_id] for order_id in sorted(self._by_id) if not self._is_archived(order_id)]

    def _is_archived(self, order_id: int) -> bool:
        return self._by_id[order_id].order.get("is_deleted") is True


def units(value: Any) -> int:
    """A quantity as a whole number; 0 for the odd values an odd order may hold."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _is_shippable(line: Row) -> bool:
    # A bundle's child lines travel with their parent.
    return line.get("type", "physical") == "physical" and not line.get("parent_order_product_id")


def _units_to_ship(line: Row) -> int:
    return units(line.get("quantity")) - units(line.get("quantity_refunded"))


def _now() -> str:
    return format_datetime(datetime.now(UTC))
