"""BigCommerce's order statuses by id (merchants rename only the labels) and the rules we read into them.

The store itself allows any status after any other, so that an order never goes back is ours to see to.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from shared.domain.sources import Readiness


class OrderStatus(IntEnum):
    """Reference: bigcommerce.md section 3."""

    INCOMPLETE = 0
    PENDING = 1
    SHIPPED = 2
    PARTIALLY_SHIPPED = 3
    REFUNDED = 4
    CANCELLED = 5
    DECLINED = 6
    AWAITING_PAYMENT = 7
    AWAITING_PICKUP = 8
    AWAITING_SHIPMENT = 9
    COMPLETED = 10
    AWAITING_FULFILLMENT = 11
    MANUAL_VERIFICATION_REQUIRED = 12
    DISPUTED = 13
    PARTIALLY_REFUNDED = 14

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").title()


READINESS: dict[OrderStatus, Readiness] = {
    OrderStatus.INCOMPLETE: Readiness.WAITING,  # on the payment page
    OrderStatus.PENDING: Readiness.WAITING,
    OrderStatus.AWAITING_PAYMENT: Readiness.WAITING,
    OrderStatus.MANUAL_VERIFICATION_REQUIRED: Readiness.WAITING,  # the merchant suspects fraud
    OrderStatus.DISPUTED: Readiness.WAITING,  # the shopper wants the money back; the merchant decides
    OrderStatus.AWAITING_FULFILLMENT: Readiness.READY,  # paid
    # A merchant who packed by hand before we heard of the order still needs it fulfilled and invoiced.
    OrderStatus.AWAITING_SHIPMENT: Readiness.READY,
    OrderStatus.AWAITING_PICKUP: Readiness.READY,
    OrderStatus.REFUNDED: Readiness.CANCELED,
    OrderStatus.CANCELLED: Readiness.CANCELED,
    OrderStatus.DECLINED: Readiness.CANCELED,
    OrderStatus.SHIPPED: Readiness.ELSEWHERE,
    OrderStatus.PARTIALLY_SHIPPED: Readiness.ELSEWHERE,
    OrderStatus.COMPLETED: Readiness.ELSEWHERE,
    # A refund is the merchant's work on an order that is being handled; it must not start a second handling.
    OrderStatus.PARTIALLY_REFUNDED: Readiness.ELSEWHERE,
}

# How far an order has come. What is not here is a decision of the merchant's, and no place on this way.
_PROGRESS = (
    OrderStatus.INCOMPLETE,
    OrderStatus.PENDING,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.MANUAL_VERIFICATION_REQUIRED,
    OrderStatus.AWAITING_FULFILLMENT,
    OrderStatus.AWAITING_SHIPMENT,
    OrderStatus.AWAITING_PICKUP,
    OrderStatus.PARTIALLY_SHIPPED,
    OrderStatus.SHIPPED,
    OrderStatus.COMPLETED,
)


def ids_with(readiness: Readiness) -> frozenset[int]:
    return frozenset(int(status) for status, meaning in READINESS.items() if meaning is readiness)


def status_of(order: Mapping[str, Any]) -> int | None:
    """The `status_id` of an order as the API gives it, None when it is no number."""
    status_id = order.get("status_id")
    return status_id if isinstance(status_id, int) else None


def is_called_off(status_id: int | None) -> bool:
    """Cancelled, declined or refunded: telling the shopper anything else would be wrong."""
    return status_id in ids_with(Readiness.CANCELED)


def is_on_its_way(status_id: int | None) -> bool:
    """Whether the store's status says how far the order has come, so that a later one may replace it."""
    return status_id in _PROGRESS


def is_shipped(status_id: int | None) -> bool:
    """Whether the store has at least a part of the order as shipped."""
    return status_id in _PROGRESS[_PROGRESS.index(OrderStatus.PARTIALLY_SHIPPED) :]


def moves_forward(status_id: int | None, target: OrderStatus) -> bool:
    """Whether writing `target` over the store's `status_id` takes the order forward."""
    return status_id in _PROGRESS[: _PROGRESS.index(target)]


def label(status_id: int | None) -> str:
    """The status for a person: "5 (Cancelled)"."""
    known = next((status.label for status in OrderStatus if status == status_id), "unknown status")
    return f"{status_id} ({known})"
