"""What every outside system has received of an order, counted: nothing may be there twice."""

from typing import Any

from sandbox.demo.evidence.finops import received_by_dataverse, received_by_finops
from sandbox.demo.evidence.flexe import received_by_flexe
from sandbox.demo.evidence.optimization import received_by_inventory
from sandbox.demo.evidence.sap import received_by_sap
from sandbox.demo.evidence.store import received_by_bigcommerce
from sandbox.demo.scenario import Order


def received(order: Order) -> dict[str, dict[str, Any]]:
    return {
        "bigcommerce": received_by_bigcommerce(order),
        "dataverse": received_by_dataverse(order),
        "finops": received_by_finops(order),
        "flexe": received_by_flexe(order),
        "sap": received_by_sap(order),
        "inventory": received_by_inventory(order),
    }
