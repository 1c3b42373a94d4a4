"""What the app itself says has happened to the order."""

from collections.abc import Callable
from typing import Any

from sandbox.demo.scenario import Order

Evidence = Callable[[Order], str | None]


def all_of(*parts: Evidence) -> Evidence:
    """Everything is proved, each in its own words."""

    def evidence(order: Order) -> str | None:
        proofs = []
        for part in parts:
            if (proof := part(order)) is None:
                return None
            proofs.append(proof)
        return "; ".join(proofs)

    return evidence


def taken_in(order: Order) -> str | None:
    """Stored under an id of ours, with the event New Order."""
    found = order.world.app.find(order.source, order.external_id)
    if found is None:
        return None
    order.order_id, order.number = found["order_id"], found["number"]
    event = order.timeline().applied("New Order")
    return f"{order.number}, flow {found['flow']}, {shown_state(event)}" if event else None


def validated(order: Order) -> str | None:
    names = ("Validation of Order Header has Succeeded", "Validation of Order Lines has Succeeded")
    timeline = order.timeline()
    return "header and lines valid" if timeline.has(*names) and timeline.succeeded("Order Validation") else None


def moved(event: str, state: str, reason: str) -> Evidence:
    """The event has moved the order to that state."""

    def evidence(order: Order) -> str | None:
        applied = order.timeline().applied(event)
        reached = applied and (applied["state"], applied["state_reason"]) == (state, reason)
        return f"{event}: {state} / {reason}" if reached else None

    return evidence


def heard(event: str) -> Evidence:
    """The order's timeline has the event, whether or not it moved the order."""

    def evidence(order: Order) -> str | None:
        return event if order.timeline().has(event) else None

    return evidence


ORDER_SHIPPED = moved("Order Shipped", "Fulfillment in Process", "Packed")
ORDER_INVOICED = moved("Order Invoiced", "Completed", "Fulfilled")


def shown_state(where: dict[str, Any]) -> str:
    return f"{where['state']} / {where['state_reason']}"
