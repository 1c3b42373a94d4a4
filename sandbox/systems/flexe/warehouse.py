"""What can happen to an outbound order, and when it cannot; each change is told to the webhooks."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sandbox.systems.flexe.api_input import NewOrder
from sandbox.systems.flexe.config import LiveConfig
from sandbox.systems.flexe.orders import (
    ACCEPTED,
    CANCEL_REQUESTED,
    CANCELLED,
    DELIVERED,
    HOLDS,
    PARTIALLY_SHIPPED,
    PENDING,
    PROCESSING,
    REJECTED,
    SHIPPED,
    Order,
    OrderBook,
    Shipment,
)
from sandbox.systems.flexe.webhooks import Webhooks

UNTOUCHED = (PENDING, ACCEPTED, *HOLDS)
BEFORE_SHIPPING = (*UNTOUCHED, PROCESSING, CANCEL_REQUESTED)
# A requested cancellation does not stop a parcel: who ships first, wins.
SHIPPABLE = (ACCEPTED, PROCESSING, PARTIALLY_SHIPPED, CANCEL_REQUESTED)

Quantities = dict[str, Annotated[int, Field(ge=1)]]


class Impossible(Exception):
    """The order is not in a state for this, or does not hold that much."""


class Parcel(BaseModel):
    """What leaves in one shipment.

    `lines`: quantities by external line id, None for all that is still open. `tracking_numbers`: None for a made-up
    one. `warehouse`: None for the owner's first.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    lines: Quantities | None = None
    tracking_numbers: list[str] | None = None
    carrier: str = "UPS"
    service: str = "Ground"
    warehouse: str | None = None


class Warehouse:
    def __init__(self, live: LiveConfig, orders: OrderBook, webhooks: Webhooks) -> None:
        self._live = live
        self._orders = orders
        self._webhooks = webhooks
        self._shipment_numbers = count(55_010)
        self._tracking_numbers = count(42)

    def take(self, wanted: NewOrder) -> Order:
        """A new order, still to be checked."""
        return self._orders.add(wanted, self._live.now.lookup_lag_ms)

    def check(self, order: Order) -> None:
        """Accept a new order, or reject it for products the owner does not have."""
        unknown = order.wanted.unknown_skus(self._live.now.skus)
        if unknown:
            self.reject(order, "; ".join(f"{flaw.field}: {flaw.message}" for flaw in unknown))
        else:
            self.accept(order)

    def accept(self, order: Order) -> None:
        """A new order, or one on hold, may be worked on."""
        self._move(order, ACCEPTED, (PENDING, *HOLDS), "accepted")

    def reject(self, order: Order, reason: str) -> None:
        self._move(order, REJECTED, UNTOUCHED, "rejected", reason)

    def hold(self, order: Order, word: str) -> None:
        """`word`: which of the statuses that need a person."""
        self._move(order, word, (*UNTOUCHED, PROCESSING), "on_hold")

    def pick(self, order: Order) -> None:
        """Work begins; no event tells of it."""
        self._move(order, PROCESSING, (ACCEPTED,), None)

    def request_cancellation(self, order: Order) -> None:
        """The warehouse has been asked, and has not decided yet; no event tells of it."""
        self._move(order, CANCEL_REQUESTED, UNTOUCHED, None)

    def cancel(self, order: Order, reason: str) -> None:
        """Nothing of the order will leave."""
        _demand(order, BEFORE_SHIPPING, "be cancelled")
        self._cross_out(order, order.open_quantities, reason)

    def deliver(self, order: Order) -> None:
        self._move(order, DELIVERED, (SHIPPED,), "delivered")

    def ship(self, order: Order, parcels: Iterable[Parcel]) -> None:
        """All of the parcels leave, or `Impossible` and none; one event for each."""
        _demand(order, SHIPPABLE, "be shipped")
        left = order.open_quantities
        for parcel, quantities in [(parcel, self._pack(parcel, left)) for parcel in parcels]:
            self._dispatch(order, parcel, quantities)

    def short(self, order: Order, quantities: Mapping[str, int] | None, reason: str) -> None:
        """What cannot be found is crossed out (None: all that is open).

        No event tells of it, unless the whole order is cancelled by it.
        """
        _demand(order, (*BEFORE_SHIPPING, PARTIALLY_SHIPPED), "be shipped short")
        self._cross_out(order, _take(order.open_quantities, quantities), reason)

    def track(self, order: Order, shipment_id: str, tracking_numbers: Sequence[str], carrier: str | None) -> None:
        """Tracking numbers come late or change."""
        shipment = next((shipment for shipment in order.shipments if shipment.id == shipment_id), None)
        if shipment is None:
            raise Impossible(f"order {order.id} has no shipment {shipment_id}")
        shipment.tracking_numbers = list(tracking_numbers)
        shipment.carrier = carrier or shipment.carrier
        self._orders.touch(order)
        self._webhooks.tell("shipment_updated", order, shipment)

    def _move(
        self, order: Order, status: str, allowed: Container[str], event: str | None, reason: str | None = None
    ) -> None:
        _demand(order, allowed, f"become {status}")
        order.status = status
        order.cancel_reason = reason or order.cancel_reason
        self._orders.touch(order)
        if event:
            self._webhooks.tell(event, order)

    def _pack(self, parcel: Parcel, left: dict[str, int]) -> dict[str, int]:
        """What the parcel takes out of what is `left`."""
        if parcel.warehouse not in (None, *self._live.now.warehouses):
            raise Impossible(f"there is no warehouse {parcel.warehouse}")
        return _take(left, parcel.lines)

    def _dispatch(self, order: Order, parcel: Parcel, quantities: Mapping[str, int]) -> None:
        numbers = parcel.tracking_numbers
        shipment = Shipment(
            id=f"shp_{next(self._shipment_numbers)}",
            shipped_at=datetime.now(UTC),
            carrier=parcel.carrier,
            service=parcel.service,
            tracking_numbers=[f"1ZDEMO{next(self._tracking_numbers):010}"] if numbers is None else list(numbers),
            warehouse_id=parcel.warehouse or self._live.now.warehouses[0],
            lines=[
                {"external_line_id": line_id, "sku": order.lines[line_id].sku, "quantity": quantity}
                for line_id, quantity in quantities.items()
            ],
        )
        order.shipments.append(shipment)
        for line_id, quantity in quantities.items():
            order.lines[line_id].quantity_shipped += quantity
        order.settle()
        self._orders.touch(order)
        self._webhooks.tell("shipped", order, shipment)

    def _cross_out(self, order: Order, quantities: Mapping[str, int], reason: str) -> None:
        for line_id, quantity in quantities.items():
            order.lines[line_id].quantity_cancelled += quantity
        order.cancel_reason = reason
        order.settle()
        self._orders.touch(order)
        if order.status == CANCELLED:
            self._webhooks.tell("cancelled", order)


def _demand(order: Order, allowed: Container[str], deed: str) -> None:
    if order.status not in allowed:
        raise Impossible(f"order {order.id} is {order.status} and cannot {deed}")


def _take(left: dict[str, int], wanted: Mapping[str, int] | None) -> dict[str, int]:
    """The quantities taken out of what is `left`; `Impossible` when that is nothing or too much."""
    taken = dict(left if wanted is None else wanted)
    if not taken:
        raise Impossible("there is nothing left to take")
    for line_id, quantity in taken.items():
        if quantity > left.get(line_id, 0):
            raise Impossible(f"line {line_id} has {left.get(line_id, 0)} left, not {quantity}")
        left[line_id] -= quantity
        if not left[line_id]:
            del left[line_id]
    return taken
