"""What policies have set on the order and its lines."""

from typing import Any

from sandbox.demo.evidence.timeline import Evidence
from sandbox.demo.scenario import Order

_STEP = "Policy Assignment"
_PLACE = ("company", "shipping_site", "shipping_warehouse")


def assigned(order: Order) -> str | None:
    """Company, invoice customer, site and warehouse on the header, company, site and warehouse on each line."""
    if not order.timeline().succeeded(_STEP):
        return None
    found = order.world.app.order(order.order_id)
    values = [found["invoice_customer"], *_places(found)]
    values += [value for line in found["lines"] for value in _places(line)]
    if not all(values):
        return None
    shown = "company {company}, customer {invoice_customer}, site {shipping_site}, warehouse {shipping_warehouse}"
    return shown.format_map(found)


def assigned_from_source(company: str, site: str, warehouse: str) -> Evidence:
    """The order and all its lines belong where the goods have left from."""

    def evidence(order: Order) -> str | None:
        if (proof := assigned(order)) is None:
            return None
        found = order.world.app.order(order.order_id)
        source = found["fulfillment_source"]
        there = all(_places(each) == [company, site, warehouse] for each in (found, *found["lines"]))
        return f"source {source['name']}: {proof}" if source and there else None

    return evidence


def assigned_without_warehouse(order: Order) -> str | None:
    """A policy has set company and site, and none a warehouse: that is left to the optimization."""
    results = [each for each in order.timeline().steps if each["step"] == _STEP and each["success"]]
    names = {name for result in results for name in _set_by(result)}
    if not {"company", "shipping_site"} <= names or "shipping_warehouse" in names:
        return None
    found = order.world.app.order(order.order_id)
    return f"company {found['company']}, site {found['shipping_site']}, no warehouse"


def _places(record: dict[str, Any]) -> list[Any]:
    return [record[name] for name in _PLACE]


def _set_by(result: dict[str, Any]) -> set[str]:
    rules = [rule for decision in result["details"]["decisions"] for rule in decision["rules"]]
    return {name for rule in rules for name in rule["set"]}
