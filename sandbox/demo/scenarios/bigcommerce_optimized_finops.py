"""BigCommerce (new order) > fulfillment optimization > Finance + Operations (fulfillment and accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import assignment, finops, optimization, store, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Order, Scenario, Step

_BAG, _KETTLE = "BAG-CNV-OLV", "KTL-EN-1L"
_LINES = ((_BAG, 2), (_KETTLE, 1), (_BAG, 4))
_WITHOUT_STOCK = 3  # the line's number
_COMPANY, _SITE = "USMF", "2"
_SEATTLE, _RENO, _COLUMBUS = "24", "25", "26"
_BILLING = "Send order lines to billing"


def _place(order: Order) -> None:
    """When no single warehouse has both products, and nobody has another four bags."""
    for warehouse, bags, kettles in ((_SEATTLE, 2, 0), (_RENO, 0, 1), (_COLUMBUS, 0, 0)):
        order.world.inventory.count(_COMPANY, _SITE, warehouse, {_BAG: bags, _KETTLE: kettles})
    deeds.place(channel=3, lines=_LINES)(order)


def _bags_arrive(order: Order) -> None:
    order.world.inventory.count(_COMPANY, _SITE, _COLUMBUS, {_BAG: 4})


BIGCOMMERCE_OPTIMIZED_FINOPS = Scenario(
    name="bigcommerce_optimized_finops",
    title="BigCommerce > fulfillment optimization > F&O fulfillment > F&O accounting",
    steps=(
        Step("Order created in BigCommerce", store.placed, _place),
        Step("Callback: order pulled, transformed and stored; New Order", timeline.taken_in),
        Step("Order header and lines validated", timeline.validated),
        Step("Company and site assigned by policy, no warehouse", assignment.assigned_without_warehouse),
        Step("Optimization provider action: stock found and reserved", optimization.optimized),
        Step(
            "One fulfillment order for each source",
            optimization.one_fulfillment_order_for_each_source(sources=2),
        ),
        Step(
            "F&O provider action: lines with a warehouse sent to billing",
            finops.lines_sent(_BILLING, finops.SENT_TO_FULFILLMENT, lines=2),
        ),
        Step("Line without stock not sent to F&O", optimization.left_out_of_finops(_WITHOUT_STOCK)),
        Step("Line without stock on Backorder Hold", optimization.on_backorder_hold(_WITHOUT_STOCK)),
        Step(
            "Lines in F&O picked",
            timeline.moved("Order Picked", "Fulfillment in Process", "Picked"),
            deeds.pick,
        ),
        Step(
            "Two parcels leave; BigCommerce told of both, partially shipped",
            timeline.all_of(
                timeline.heard("Order Lines Shipped"), store.parcels_told("Update BigCommerce: parcels", parcels=2)
            ),
            deeds.pack_parcels({1: 2}, {2: 1}),
        ),
        Step(
            "Backorder job finds stock, releases the line; second sync",
            timeline.all_of(
                optimization.released(_WITHOUT_STOCK),
                finops.lines_sent(f"{_BILLING} (2)", finops.SENT_TO_FULFILLMENT, lines=3),
            ),
            _bags_arrive,
        ),
        Step(
            "Last line picked, packed and delivered in F&O: Order Shipped",
            timeline.all_of(timeline.ORDER_SHIPPED, finops.says("Delivered")),
            deeds.pick_and_pack,
        ),
        Step(
            "BigCommerce provider action: last shipment with tracking, status shipped",
            store.shipment_told("Update BigCommerce: shipped"),
        ),
        Step(
            "Order invoiced in F&O: Completed / Fulfilled",
            timeline.all_of(timeline.ORDER_INVOICED, finops.says("Invoiced")),
            deeds.invoice,
        ),
        Step(
            "BigCommerce provider action: status completed",
            store.completion_told("Update BigCommerce: invoiced"),
        ),
    ),
    effects=received,
)
