"""What BigCommerce has and says of the order."""

from typing import Any

from sandbox.demo.evidence.timeline import Evidence, shown_state
from sandbox.demo.scenario import Order

SHIPPED, PARTIALLY_SHIPPED, COMPLETED = 2, 3, 10  # BigCommerce order statuses


def placed(order: Order) -> str | None:
    found = order.world.bigcommerce.order(order.external_id)["order"]
    return f"order {found['id']}, {found['items_total']} items, {found['total_inc_tax']} {found['currency_code']}"


def shipment_told(step: str) -> Evidence:
    """BigCommerce has a shipment with its tracking number for each parcel, and says the order is shipped."""
    return _told(step, SHIPPED, parcels=1)


def parcels_told(step: str, *, parcels: int) -> Evidence:
    """BigCommerce has so many shipments, those of all parcels so far, and knows that more is to come."""
    return _told(step, PARTIALLY_SHIPPED, parcels=parcels)


def completion_told(step: str) -> Evidence:
    """BigCommerce says the order is completed, and the app's own order has come to its end."""

    def evidence(order: Order) -> str | None:
        found = order.world.app.order(order.order_id)
        ended = (found["state"], found["state_reason"]) == ("Completed", "Fulfilled")
        told = _status(order) == COMPLETED and order.timeline().succeeded(step)
        return f"status {COMPLETED}, order {shown_state(found)}" if ended and told else None

    return evidence


def received_by_bigcommerce(order: Order) -> dict[str, Any]:
    writes = [effect["status_id"] for effect in _effects_of(order, "order_updated") if "status_id" in effect]
    return {"shipments": len(_effects_of(order, "shipment_created")), "status_writes": writes}


def nothing_told(order: Order) -> bool:
    return received_by_bigcommerce(order) == {"shipments": 0, "status_writes": []}


def _told(step: str, status: int, *, parcels: int) -> Evidence:
    def evidence(order: Order) -> str | None:
        told = sorted(each["tracking_number"] for each in _effects_of(order, "shipment_created"))
        left = sorted(each["tracking_number"] for each in order.world.app.order(order.order_id)["shipments"])
        if not order.timeline().succeeded(step) or told != left or len(told) < parcels or _status(order) != status:
            return None
        return f"tracking {', '.join(told)}, status {status}"

    return evidence


def _status(order: Order) -> int:
    return order.world.bigcommerce.order(order.external_id)["order"]["status_id"]


def _effects_of(order: Order, kind: str) -> list[dict[str, Any]]:
    effects = order.world.bigcommerce.effects()
    return [each for each in effects if each["kind"] == kind and str(each["order_id"]) == order.external_id]
