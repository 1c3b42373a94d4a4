"""The order statuses: fixed ids, names a merchant may rename in a real store."""

from typing import Any, NamedTuple

SHIPPED = 2
PARTIALLY_SHIPPED = 3
REFUNDED = 4
CANCELLED = 5
PARTIALLY_REFUNDED = 14


class OrderStatus(NamedTuple):
    id: int
    name: str
    sort_order: int
    description: str

    def to_json(self) -> dict[str, Any]:
        """As `GET /v2/order_statuses` lists it."""
        labels = {"name": self.name, "system_label": self.name, "custom_label": self.name}
        return {"id": self.id, **labels, "system_description": self.description, "order": self.sort_order}


STATUSES = {
    status.id: status
    for status in (
        OrderStatus(0, "Incomplete", 0, "The shopper reached the payment page but did not pay."),
        OrderStatus(1, "Pending", 1, "The shopper started the checkout but did not complete it."),
        OrderStatus(2, "Shipped", 8, "The order has been shipped; its receipt is not confirmed."),
        OrderStatus(3, "Partially Shipped", 6, "Only some items of the order have been shipped."),
        OrderStatus(4, "Refunded", 11, "The seller has refunded the order."),
        OrderStatus(5, "Cancelled", 9, "The seller has cancelled the order."),
        OrderStatus(6, "Declined", 10, "The seller has declined the order."),
        OrderStatus(7, "Awaiting Payment", 2, "The checkout is complete; the payment is not confirmed."),
        OrderStatus(8, "Awaiting Pickup", 5, "The order waits to be picked up by the shopper."),
        OrderStatus(9, "Awaiting Shipment", 4, "The order is packed and waits for the carrier."),
        OrderStatus(10, "Completed", 7, "The order is paid and delivered."),
        OrderStatus(11, "Awaiting Fulfillment", 3, "The checkout is complete and the payment confirmed."),
        OrderStatus(12, "Manual Verification Required", 13, "The order is on hold until a person confirms it."),
        OrderStatus(13, "Disputed", 12, "The shopper disputes the payment."),
        OrderStatus(14, "Partially Refunded", 14, "The seller has refunded a part of the order."),
    )
}
