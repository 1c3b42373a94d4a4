"""BigCommerce (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import assignment, finops, store, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Scenario, Step

BIGCOMMERCE_FINOPS_FINOPS = Scenario(
    name="bigcommerce_finops_finops",
    title="BigCommerce > F&O fulfillment > F&O accounting",
    steps=(
        Step("Order created in BigCommerce", store.placed, deeds.place(channel=1)),
        Step("Callback: order pulled, transformed and stored; New Order", timeline.taken_in),
        Step("Order header and lines validated", timeline.validated),
        Step("Company, invoice customer, site and warehouse assigned by policy", assignment.assigned),
        Step("F&O provider action: order sent to fulfillment", finops.sent_to_fulfillment),
        Step(
            "Order picked in F&O",
            timeline.moved("Order Picked", "Fulfillment in Process", "Picked"),
            deeds.pick,
        ),
        Step("Order packed and delivered in F&O: Order Shipped", timeline.ORDER_SHIPPED, deeds.pack),
        Step(
            "BigCommerce provider action: shipment with tracking, status shipped",
            store.shipment_told("Update BigCommerce: shipped"),
        ),
        Step("Order invoiced in F&O: Order Invoiced", timeline.ORDER_INVOICED, deeds.invoice),
        Step(
            "BigCommerce provider action: status completed",
            store.completion_told("Update BigCommerce: invoiced"),
        ),
    ),
    effects=received,
)
