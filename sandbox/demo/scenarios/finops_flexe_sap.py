"""Finance + Operations (new order) > Flexe (fulfillment) > SAP (accounting)."""

from sandbox.demo import deeds
from sandbox.demo.evidence import finops, flexe, sap, timeline
from sandbox.demo.evidence.received import received
from sandbox.demo.scenario import Scenario, Step

# The books of company USRT are kept in SAP.
SALES_ORDER = {
    "company": "USRT",
    "customer": "RT-001",
    "ship_to": {
        "name": "Harbor Outfitters",
        "line1": "210 Pier Avenue",
        "city": "Santa Monica",
        "stateorprovince": "CA",
        "postalcode": "90405",
        "country": "US",
    },
    "lines": [
        {"product": "BAG-CNV-OLV", "quantity": 3, "price": 22, "site": "6", "warehouse": "61"},
        {"product": "KTL-EN-1L", "quantity": 2, "price": 55, "site": "6", "warehouse": "61"},
    ],
}

FINOPS_FLEXE_SAP = Scenario(
    name="finops_flexe_sap",
    title="F&O > Flexe fulfillment > SAP accounting",
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
        Step("SAP provider action: order sent to SAP", sap.sent_to_sap),
        Step("Order invoiced in SAP", sap.billed, deeds.invoice_in_sap),
        Step("Order Invoiced", timeline.ORDER_INVOICED),
        Step(
            "Late invoice in F&O changes nothing",
            timeline.all_of(finops.says("Invoiced"), finops.told_the_app, sap.invoiced_once),
            deeds.invoice,
        ),
    ),
    effects=received,
)
