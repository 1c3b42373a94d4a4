"""BigCommerce (new order) > Flexe (fulfillment) > Finance + Operations (accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import assignment, finops, flexe, store, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Scenario, Step

BIGCOMMERCE_FLEXE_FINOPS = Scenario(
    name="bigcommerce_flexe_finops",
    title="BigCommerce > Flexe fulfillment > F&O accounting",
    steps=(
        Step("Order created in BigCommerce", store.placed, deeds.place(channel=2)),
        Step("Callback: order pulled, transformed and stored; New Order", timeline.taken_in),
        Step("Order header and lines validated", timeline.validated),
        Step(
            "Flexe provider action: order sent to Flexe, and nothing to F&O",
            timeline.all_of(flexe.sent_to_flexe, finops.nothing_released),
        ),
        # Not from the warehouse Flexe would take by itself: what is assigned must follow the parcel.
        Step("Order shipped by Flexe: Order Shipped", flexe.shipped_by_flexe, deeds.ship_from("wh_31")),
        Step(
            "BigCommerce provider action: shipment with tracking, status shipped",
            store.shipment_told("Update BigCommerce: shipped"),
        ),
        Step(
            "Company, site and warehouse assigned from where Flexe shipped",
            assignment.assigned_from_source("USMF", "5", "52"),
        ),
        Step(
            "F&O provider action: order lines sent to billing",
            finops.lines_sent("Send order lines to billing", finops.SENT_TO_BILLING, lines=2),
        ),
        Step("Order invoiced in F&O", finops.says("Invoiced"), deeds.invoice),
        Step("Order Invoiced", timeline.ORDER_INVOICED),
        Step(
            "BigCommerce provider action: status completed",
            store.completion_told("Update BigCommerce: invoiced"),
        ),
    ),
    effects=received,
)
