"""Finance + Operations (new order) > Flexe (fulfillment) > Finance + Operations (accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import finops, flexe, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Scenario, Step

# Flexe runs warehouse 51 of site 5.
SALES_ORDER = {
    "company": "USMF",
    "customer": "US-001",
    "ship_to": {
        "name": "Birch Works",
        "line1": "9 Mill Road",
        "city": "Tacoma",
        "stateorprovince": "WA",
        "postalcode": "98402",
        "country": "US",
    },
    "lines": [
        {"product": "1000", "quantity": 4, "price": 19.5, "site": "5", "warehouse": "51"},
        {"product": "KTL-EN-1L", "quantity": 1, "price": 60, "site": "5", "warehouse": "51"},
    ],
}

FINOPS_FLEXE_FINOPS = Scenario(
    name="finops_flexe_finops",
    title="F&O > Flexe fulfillment > F&O accounting",
    steps=(
        Step("Order created in F&O", finops.entered, deeds.enter(SALES_ORDER)),
        Step("F&O order sent by dual-write; New Order", timeline.taken_in),
        Step("Order confirmed in F&O", timeline.heard("Order Confirmed"), deeds.confirm),
        Step("Order header and lines validated", timeline.validated),
        Step(
            "Flexe provider action: order sent to Flexe, and nothing to F&O",
            timeline.all_of(flexe.sent_to_flexe, finops.nothing_released),
        ),
        Step("Order shipped by Flexe: Order Shipped", flexe.shipped_by_flexe, deeds.ship_from("wh_12")),
        Step("F&O provider action: order status sent", finops.status_sent),
        Step("Order invoiced in F&O", finops.says("Invoiced"), deeds.invoice),
        Step("Order Invoiced", timeline.ORDER_INVOICED),
    ),
    effects=received,
)
