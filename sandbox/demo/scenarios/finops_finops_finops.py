"""Finance + Operations (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from typing import Any

from sandbox.demo import evidence
from sandbox.demo.scenario import Order, Scenario, Step

_ENTERED = {
    "company": "USMF",
    "customer": "US-001",
    "ship_to": {"name": "Birch Works", "line1": "9 Mill Road", "city": "Tacoma", "country": "US"},
    "lines": [
        {"product": "1000", "quantity": 4, "price": 19.5, "site": "2", "warehouse": "24"},
        {"product": "KTL-EN-1L", "quantity": 1, "price": 60, "site": "2", "warehouse": "24"},
    ],
}


def _enter(order: Order) -> None:
    entered = order.world.finops.enter({**_ENTERED, "number": f"SO-{order.external_id}"})
    order.source, order.external_id, order.number = "finops", entered["salesorderid"], entered["number"]


def _confirm(order: Order) -> None:
    order.world.finops.confirm(order.number)


def _ship(order: Order) -> None:
    order.world.finops.pick(order.number)
    order.world.finops.pack(order.number)


def _invoice(order: Order) -> None:
    order.world.finops.invoice(order.number)


def _effects(order: Order) -> dict[str, dict[str, Any]]:
    return {
        "bigcommerce": evidence.received_by_bigcommerce(order),
        "dataverse": evidence.received_by_dataverse(order),
        "finops": {"sales_orders": evidence.finops_orders(order)},
    }


FINOPS_FINOPS_FINOPS = Scenario(
    name="finops_finops_finops",
    title="F&O > F&O fulfillment > F&O accounting",
    steps=(
        Step("Order created in F&O", evidence.entered_in_finops, _enter),
        Step("F&O order sent by dual-write; New Order", evidence.taken_in),
        Step("Order confirmed in F&O", evidence.heard("Order Confirmed"), _confirm),
        Step("Order header and lines validated", evidence.validated),
        Step(
            "Order shipped in F&O: Order Shipped",
            evidence.moved("Order Shipped", "Fulfillment in Process", "Packed"),
            _ship,
        ),
        Step(
            "Order invoiced in F&O: Order Invoiced, and nothing was written anywhere",
            evidence.only_watched("Order Invoiced", "Completed", "Fulfilled"),
            _invoice,
        ),
    ),
    effects=_effects,
)
