"""What proves a step: the app's own timeline together with what the outside systems have received.

Each function answers with the proof in words, or None while there is none. Event and step names are the app's.
"""

from collections.abc import Callable
from typing import Any

from sandbox.demo.scenario import Order

Evidence = Callable[[Order], str | None]

READY = "msdyn_isreadytosync"


def placed_in_bigcommerce(order: Order) -> str | None:
    found = order.world.bigcommerce.order(order.external_id)["order"]
    return f"order {found['id']}, {found['items_total']} items, {found['total_inc_tax']} {found['currency_code']}"


def entered_in_finops(order: Order) -> str | None:
    found = order.world.finops.order(order.number)
    return f"sales order {found['number']} of company {found['company']}, {len(found['lines'])} lines"


def taken_in(order: Order) -> str | None:
    """Stored under an id of ours, with the event New Order."""
    found = order.world.app.find(order.source, order.external_id)
    if found is None:
        return None
    order.order_id, order.number = found["order_id"], found["number"]
    event = order.timeline().applied("New Order")
    return f"{order.number}, flow {found['flow']}, {_state(event)}" if event else None


def validated(order: Order) -> str | None:
    names = ("Validation of Order Header has Succeeded", "Validation of Order Lines has Succeeded")
    timeline = order.timeline()
    return "header and lines valid" if timeline.has(*names) and timeline.succeeded("Order Validation") else None


def assigned(order: Order) -> str | None:
    """Company, invoice customer, site and warehouse on the header, company, site and warehouse on each line."""
    if not order.timeline().succeeded("Policy Assignment"):
        return None
    found = order.world.app.order(order.order_id)
    names = ("company", "shipping_site", "shipping_warehouse")
    values = [found["invoice_customer"], *(found[name] for name in names)]
    values += [line[name] for line in found["lines"] for name in names]
    if not all(values):
        return None
    shown = "company {company}, customer {invoice_customer}, site {shipping_site}, warehouse {shipping_warehouse}"
    return shown.format_map(found)


def sent_to_finops(order: Order) -> str | None:
    """Rows first written as not ready, then the header made ready, then the lines; F&O has its sales order."""
    if not order.timeline().has("Send Order to Fulfillment Provider has Succeeded"):
        return None
    rows = rows_of(order)
    created = [row for row in rows if row["kind"] == "row_created"]
    made_ready = [row["entity"] for row in rows if row["columns"].get(READY) is True]
    lines = [row for row in created if row["entity"] == "salesorderdetail"]
    in_order = made_ready == ["salesorder"] + ["salesorderdetail"] * len(lines)
    if not lines or not in_order or any(row["columns"].get(READY) is not False for row in created):
        return None
    return f"sales order {order.number} in F&O with {len(lines)} lines" if sales_orders(order) == 1 else None


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


def only_watched(event: str, state: str, reason: str) -> Evidence:
    """The event has moved the order to that state, and the app has written nothing to any outside system for it."""
    reached = moved(event, state, reason)

    def evidence(order: Order) -> str | None:
        told = effects_of(order, "order_updated") + effects_of(order, "shipment_created")
        return None if told or rows_of(order) else reached(order)

    return evidence


def shipment_told(step: str) -> Evidence:
    """BigCommerce has one shipment with a tracking number for the order, and says it is shipped."""

    def evidence(order: Order) -> str | None:
        shipments = effects_of(order, "shipment_created")
        status = order.world.bigcommerce.order(order.external_id)["order"]["status_id"]
        if not order.timeline().succeeded(step) or not shipments or status != SHIPPED:
            return None
        return f"tracking {', '.join(each['tracking_number'] for each in shipments)}, status {status}"

    return evidence


def completion_told(step: str) -> Evidence:
    """BigCommerce says the order is completed, and the app's own order has come to its end."""

    def evidence(order: Order) -> str | None:
        status = order.world.bigcommerce.order(order.external_id)["order"]["status_id"]
        found = order.world.app.order(order.order_id)
        ended = (found["state"], found["state_reason"]) == ("Completed", "Fulfilled")
        told = status == COMPLETED and order.timeline().succeeded(step)
        return f"status {status}, order {_state(found)}" if ended and told else None

    return evidence


SHIPPED, COMPLETED = 2, 10  # BigCommerce order statuses


def received_by_bigcommerce(order: Order) -> dict[str, Any]:
    writes = [effect["status_id"] for effect in effects_of(order, "order_updated") if "status_id" in effect]
    return {"shipments": len(effects_of(order, "shipment_created")), "status_writes": writes}


def received_by_dataverse(order: Order) -> dict[str, int]:
    created = [row["entity"] for row in rows_of(order) if row["kind"] == "row_created"]
    return {"orders": created.count("salesorder"), "lines": created.count("salesorderdetail")}


def received_by_finops(order: Order) -> dict[str, int]:
    return {"sales_orders": sales_orders(order)}


def effects_of(order: Order, kind: str) -> list[dict[str, Any]]:
    """BigCommerce's effects of one kind for this order."""
    effects = order.world.bigcommerce.effects()
    return [each for each in effects if each["kind"] == kind and str(each["order_id"]) == order.external_id]


def rows_of(order: Order) -> list[dict[str, Any]]:
    """What was written to the order's rows in Dataverse, its lines included, in order."""
    effects = order.world.finops.effects()
    written = [{"columns": {}, **each} for each in effects if each["kind"] in ("row_created", "row_updated")]
    named = (each["id"] for each in written if order.number and order.number in each["columns"].values())
    headers = {*named, order.order_id}
    lines = {each["id"] for each in written if each["columns"].get("_salesorderid_value") in headers}
    return [each for each in written if each["id"] in headers | lines]


def finops_orders(order: Order) -> int:
    """How many sales orders of this number F&O has, wherever they were born."""
    return sum(each["number"] == order.number for each in order.world.finops.orders())


def sales_orders(order: Order) -> int:
    """How often F&O has made a sales order of this number."""
    effects = order.world.finops.effects()
    return sum(each["kind"] == "finops_order_created" and each["number"] == order.number for each in effects)


def _state(where: dict[str, Any]) -> str:
    return f"{where['state']} / {where['state_reason']}"
