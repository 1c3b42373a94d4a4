"""How fulfillment optimization has sourced the order's lines, and what Inventory Visibility keeps for them."""

from collections.abc import Iterable
from typing import Any

from sandbox.demo.evidence.finops import warehouses_in_finops
from sandbox.demo.evidence.timeline import Evidence
from sandbox.demo.scenario import Order

Units = dict[tuple[str, str], float]
"""By product and warehouse."""

_STEP = "Send to fulfillment optimization"
_HOLD = "Backorder Hold"
_EVENTS = ("Fulfillment optimization request has Succeeded", "On Hand Check Success")


def optimized(order: Order) -> str | None:
    """Inventory Visibility keeps the very units that the lines with a source need, where they need them."""
    timeline, kept, needed = order.timeline(), _kept(order), _needed(order)
    if not timeline.succeeded(_STEP) or not timeline.has(*_EVENTS) or not kept or kept != needed:
        return None
    shown = ", ".join(f"{units:g} {product} in {warehouse}" for (product, warehouse), units in kept.items())
    return f"reserved: {shown}"


def one_fulfillment_order_for_each_source(*, sources: int) -> Evidence:
    """So many sources, each with one fulfillment order, which has all the lines that leave from there."""

    def evidence(order: Order) -> str | None:
        found = order.world.app.order(order.order_id)
        planned = [(each["source"]["name"], _line_numbers(found, each)) for each in found["fulfillment_orders"]]
        created = order.timeline().has("Creation of Fulfillment Order has Succeeded")
        if not created or len(planned) != sources or dict(planned) != _sourced(found):
            return None
        return "; ".join(f"{name}: line {', '.join(map(str, numbers))}" for name, numbers in planned)

    return evidence


def left_out_of_finops(line: int) -> Evidence:
    """F&O has other lines of the order, and not this one."""

    def evidence(order: Order) -> str | None:
        there = warehouses_in_finops(order)
        out = bool(there) and line not in there and not _line(order, line)["in_finops"]
        return f"line {line} is not in F&O" if out else None

    return evidence


def on_backorder_hold(line: int) -> Evidence:
    """The line waits for stock, without a source."""

    def evidence(order: Order) -> str | None:
        found = _line(order, line)
        waits = found["hold"] and found["hold"]["reason"] == _HOLD and not found["fulfillment_source"]
        told = order.timeline().has("Order Lines on Backorder Hold")
        return f"line {line} is on {_HOLD}" if waits and told else None

    return evidence


def released(line: int) -> Evidence:
    """The line waits no longer and has a source; its units are kept there, and all that is kept is needed."""

    def evidence(order: Order) -> str | None:
        found = _line(order, line)
        source = found["fulfillment_source"]
        if found["hold"] or not source or not found["in_finops"] or _kept(order) != _needed(order):
            return None
        return f"line {line} from {source['name']}"

    return evidence


def received_by_inventory(order: Order) -> dict[str, int]:
    return {"reservations": len(_reservations(order))}


def _kept(order: Order) -> Units:
    """What was reserved for the order."""
    return _summed(
        (each["product"], each["dimensions"]["locationid"], each["quantity"]) for each in _reservations(order)
    )


def _needed(order: Order) -> Units:
    """What the lines need that have a source."""
    return _summed(
        (line["product"], line["shipping_warehouse"], line["quantity"])
        for line in order.world.app.order(order.order_id)["lines"]
        if line["fulfillment_source"]
    )


def _summed(rows: Iterable[tuple[str, str, Any]]) -> Units:
    units: Units = {}
    for product, warehouse, quantity in rows:
        units[product, warehouse] = units.get((product, warehouse), 0) + float(quantity)
    return units


def _reservations(order: Order) -> list[dict[str, Any]]:
    """What was reserved under the ids that the order's fulfillment orders name."""
    if not order.order_id:
        return []
    orders = order.world.app.order(order.order_id)["fulfillment_orders"]
    ids = {line["reservation_id"] for each in orders for line in each["lines"]} - {""}
    effects = order.world.inventory.effects()
    return [each for each in effects if each["kind"] == "reserved" and each["reservation_id"] in ids]


def _line(order: Order, number: int) -> dict[str, Any]:
    lines = order.world.app.order(order.order_id)["lines"]
    return next(line for line in lines if line["number"] == number)


def _line_numbers(found: dict[str, Any], fulfillment_order: dict[str, Any]) -> list[int]:
    numbers = {line["line_id"]: line["number"] for line in found["lines"]}
    return sorted(numbers[line["line_id"]] for line in fulfillment_order["lines"])


def _sourced(found: dict[str, Any]) -> dict[str, list[int]]:
    """The numbers of the lines that have a source, by its name."""
    sourced: dict[str, list[int]] = {}
    for line in found["lines"]:
        if line["fulfillment_source"]:
            sourced.setdefault(line["fulfillment_source"]["name"], []).append(line["number"])
    return sourced
