"""Finance + Operations (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import finops, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Scenario, Step

SALES_ORDER = {
    "company": "USMF",
    "customer": "US-001",
    "ship_to": {"name": "Birch Works", "line1": "9 Mill Road", "city": "Tacoma", "country": "US"},
    "lines": [
        {"product": "1000", "quantity": 4, "price": 19.5, "site": "2", "warehouse": "24"},
        {"product": "KTL-EN-1L", "quantity": 1, "price": 60, "site": "2", "warehouse": "24"},
    ],
}

FINOPS_FINOPS_FINOPS = Scenario(
    name="finops_finops_finops",
    title="F&O > F&O fulfillment > F&O accounting",
    steps=(
        Step("Order created in F&O", finops.entered, deeds.enter(SALES_ORDER)),
        Step("F&O order sent by dual-write; New Order", timeline.taken_in),
        Step("Order confirmed in F&O", timeline.heard("Order Confirmed"), deeds.confirm),
        Step("Order header and lines validated", timeline.validated),
        Step("Order shipped in F&O: Order Shipped", timeline.ORDER_SHIPPED, deeds.pick_and_pack),
        Step(
            "Order invoiced in F&O: Order Invoiced, and nothing was written anywhere",
            timeline.all_of(timeline.ORDER_INVOICED, finops.only_watched),
            deeds.invoice,
        ),
    ),
    effects=received,
)
