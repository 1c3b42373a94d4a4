"""What was written of the order to Dataverse, and what Finance + Operations has and says of it."""

from typing import Any

from sandbox.demo.evidence.store import nothing_told
from sandbox.demo.evidence.timeline import Evidence
from sandbox.demo.scenario import Order

SENT_TO_FULFILLMENT = "Send Order to Fulfillment Provider has Succeeded"
SENT_TO_BILLING = "Send Order to Billing Provider has Succeeded"
READY = "msdyn_isreadytosync"
# Parts of the names of columns that belong to F&O for an order born there.
_ITS_OWN = ("company", "site", "warehouse")


def entered(order: Order) -> str | None:
    found = order.world.finops.order(order.number)
    return f"sales order {found['number']} of company {found['company']}, {len(found['lines'])} lines"


def sent_to_fulfillment(order: Order) -> str | None:
    """Rows first written as not ready, then the header made ready, then the lines; F&O has its sales order."""
    if not order.timeline().has(SENT_TO_FULFILLMENT):
        return None
    rows = rows_of(order)
    lines = [row for row in rows if row["kind"] == "row_created" and row["entity"] == "salesorderdetail"]
    all_in_order = _made_ready(rows) == ["salesorder"] + ["salesorderdetail"] * len(lines)
    if not lines or not all_in_order or not _held_back_at_first(rows) or sales_orders(order) != 1:
        return None
    return f"sales order {order.number} in F&O with {len(lines)} lines"


def lines_sent(step: str, event: str, *, lines: int) -> Evidence:
    """F&O has one sales order, and of its lines exactly those with a warehouse: so many. None was ready at first.

    `event`: SENT_TO_FULFILLMENT, or SENT_TO_BILLING of goods that have left already.
    """

    def evidence(order: Order) -> str | None:
        timeline, rows = order.timeline(), rows_of(order)
        sent = timeline.succeeded(step) and timeline.has(event)
        header_first = _made_ready(rows)[:1] == ["salesorder"]
        there = warehouses_in_finops(order)
        if not sent or not header_first or not _held_back_at_first(rows) or sales_orders(order) != 1:
            return None
        if len(there) != lines or there != _warehouses_here(order):
            return None
        shown = ", ".join(f"line {number} from {warehouse}" for number, warehouse in there.items())
        return f"sales order {order.number} in F&O: {shown}"

    return evidence


def nothing_released(order: Order) -> str | None:
    """Of what may be in Dataverse nothing is ready for dual-write, and F&O was sent no order."""
    if sales_orders(order) or "salesorder" in _made_ready(rows_of(order)):
        return None
    return "nothing released to F&O"


def status_sent(order: Order) -> str | None:
    """F&O is to deliver what has shipped; what is F&O's own to say has not been written."""
    timeline, rows, found = order.timeline(), rows_of(order), sales_order(order)
    if not timeline.succeeded("Send order status") or not timeline.has("Send Order Status has Succeeded") or not found:
        return None
    written = {name for row in rows for name in row["columns"]}
    shipped = [line["deliver_now"] + line["delivered"] for line in found["lines"]]
    if shipped != [line["quantity"] for line in found["lines"]] or "quantityshipped" not in written:
        return None
    if any(part in name for name in written for part in _ITS_OWN) or any(r["kind"] == "row_created" for r in rows):
        return None
    return f"to deliver: {', '.join(f'{units:g}' for units in shipped)} units; company, site and warehouse untouched"


def says(status: str) -> Evidence:
    """F&O's own sales status of the order."""

    def evidence(order: Order) -> str | None:
        found = sales_order(order)
        return f"sales order {order.number} is {status}" if found and found["sales_status"] == status else None

    return evidence


def only_watched(order: Order) -> str | None:
    """The app has written nothing to any outside system for the order."""
    return "nothing was written anywhere" if nothing_told(order) and not rows_of(order) else None


def told_the_app(order: Order) -> str | None:
    """Every webhook message of Dataverse has arrived."""
    return "the app was told" if not order.world.finops.callbacks_under_way() else None


def received_by_dataverse(order: Order) -> dict[str, int]:
    created = [row["entity"] for row in rows_of(order) if row["kind"] == "row_created"]
    return {"orders": created.count("salesorder"), "lines": created.count("salesorderdetail")}


def received_by_finops(order: Order) -> dict[str, int]:
    """Sales orders of this number: made of our rows, or born there."""
    born = order.source == "finops" and sales_order(order) is not None
    return {"sales_orders": sales_orders(order) + born}


def rows_of(order: Order) -> list[dict[str, Any]]:
    """What was written to the order's rows in Dataverse, its lines included, in order."""
    effects = order.world.finops.effects()
    written = [{"columns": {}, **each} for each in effects if each["kind"] in ("row_created", "row_updated")]
    named = (each["id"] for each in written if order.number and order.number in each["columns"].values())
    headers = {*named, order.order_id}
    lines = {each["id"] for each in written if each["columns"].get("_salesorderid_value") in headers}
    found = sales_order(order)
    born = {line["salesorderdetailid"] for line in found["lines"]} if found else set()
    return [each for each in written if each["id"] in headers | lines | born]


def sales_orders(order: Order) -> int:
    """How often F&O has made a sales order of this number out of rows in Dataverse."""
    effects = order.world.finops.effects()
    return sum(each["kind"] == "finops_order_created" and each["number"] == order.number for each in effects)


def sales_order(order: Order) -> dict[str, Any] | None:
    """F&O's order of this number, wherever it was born."""
    return next((each for each in order.world.finops.orders() if each["number"] == order.number), None)


def warehouses_in_finops(order: Order) -> dict[int, str]:
    """Of the lines F&O has, by line number."""
    found = sales_order(order)
    return {line["sequence"]: line["warehouse"] for line in found["lines"]} if found else {}


def _made_ready(rows: list[dict[str, Any]]) -> list[str]:
    return [row["entity"] for row in rows if row["columns"].get(READY) is True]


def _held_back_at_first(rows: list[dict[str, Any]]) -> bool:
    created = [row for row in rows if row["kind"] == "row_created"]
    return bool(created) and all(row["columns"].get(READY) is False for row in created)


def _warehouses_here(order: Order) -> dict[int, str]:
    """The warehouses that the app's order has, of the lines that have one."""
    lines = order.world.app.order(order.order_id)["lines"]
    return {line["number"]: line["shipping_warehouse"] for line in lines if line["shipping_warehouse"]}
