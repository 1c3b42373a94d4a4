"""What Flexe has and says of the order."""

from typing import Any

from sandbox.demo.evidence.timeline import ORDER_SHIPPED
from sandbox.demo.scenario import Order

_STEP = "Send order to Flexe"


def sent_to_flexe(order: Order) -> str | None:
    """Flexe has one order with all units, and the app knows it by Flexe's id."""
    timeline, found = order.timeline(), _orders(order)
    if not timeline.succeeded(_STEP) or len(found) != 1:
        return None
    [created] = found
    ours = order.world.app.order(order.order_id)
    known = [each["external_id"] for each in ours["fulfillment_orders"] if each["fulfiller"] == "flexe"]
    ordered = sorted(float(line["quantity"]) for line in ours["lines"])
    if known != [created["order_id"]] or sorted(created["lines"].values()) != ordered:
        return None
    return f"Flexe order {created['order_id']} for {created['external_order_id']}, {len(ordered)} lines"


def shipped_by_flexe(order: Order) -> str | None:
    """Flexe's parcels are the order's, and Order Shipped has moved it."""
    theirs = order.world.flexe.order(flexe_id(order))
    tracking = sorted(number for each in theirs["shipments"] for number in each["tracking_numbers"])
    ours = sorted(each["tracking_number"] for each in order.world.app.order(order.order_id)["shipments"])
    proof = ORDER_SHIPPED(order)
    return f"{proof}, tracking {', '.join(tracking)}" if proof and tracking and ours == tracking else None


def flexe_id(order: Order) -> str:
    """Flexe's id of its one order; LookupError while it has none."""
    return _orders(order)[0]["order_id"]


def received_by_flexe(order: Order) -> dict[str, int]:
    return {"orders": len(_orders(order))}


def _orders(order: Order) -> list[dict[str, Any]]:
    """What Flexe was sent to create for the order, under its name or a name that begins with it."""
    created = [each for each in order.world.flexe.effects() if each["kind"] == "order_created"]
    return [each for each in created if order.number and _is_of(each["external_order_id"], order.reference)]


def _is_of(external_id: str, reference: str) -> bool:
    return external_id == reference or external_id.startswith(f"{reference}-")
