"""BigCommerce (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from typing import Any

from sandbox.demo import evidence
from sandbox.demo.scenario import Order, Scenario, Step
from sandbox.systems.bigcommerce import samples


def _place(order: Order) -> None:
    order.world.bigcommerce.place(samples.order(int(order.external_id)))


def _pick(order: Order) -> None:
    order.world.finops.pick(order.number)


def _pack(order: Order) -> None:
    order.world.finops.pack(order.number)


def _invoice(order: Order) -> None:
    order.world.finops.invoice(order.number)


def _effects(order: Order) -> dict[str, dict[str, Any]]:
    return {
        "bigcommerce": evidence.received_by_bigcommerce(order),
        "dataverse": evidence.received_by_dataverse(order),
        "finops": evidence.received_by_finops(order),
    }


BIGCOMMERCE_FINOPS_FINOPS = Scenario(
    name="bigcommerce_finops_finops",
    title="BigCommerce > F&O fulfillment > F&O accounting",
    steps=(
        Step("Order created in BigCommerce", evidence.placed_in_bigcommerce, _place),
        Step("Callback: order pulled, transformed and stored; New Order", evidence.taken_in),
        Step("Order header and lines validated", evidence.validated),
        Step("Company, invoice customer, site and warehouse assigned by policy", evidence.assigned),
        Step("F&O provider action: order sent to fulfillment", evidence.sent_to_finops),
        Step(
            "Order picked in F&O",
            evidence.moved("Order Picked", "Fulfillment in Process", "Picked"),
            _pick,
        ),
        Step(
            "Order packed and delivered in F&O: Order Shipped",
            evidence.moved("Order Shipped", "Fulfillment in Process", "Packed"),
            _pack,
        ),
        Step(
            "BigCommerce provider action: shipment with tracking, status shipped",
            evidence.shipment_told("Update BigCommerce: shipped"),
        ),
        Step(
            "Order invoiced in F&O: Order Invoiced",
            evidence.moved("Order Invoiced", "Completed", "Fulfilled"),
            _invoice,
        ),
        Step(
            "BigCommerce provider action: status completed",
            evidence.completion_told("Update BigCommerce: invoiced"),
        ),
    ),
    effects=_effects,
)
