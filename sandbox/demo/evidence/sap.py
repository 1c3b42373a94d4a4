"""What SAP has and says of the order."""

from typing import Any

from sandbox.demo.evidence.timeline import ORDER_INVOICED
from sandbox.demo.scenario import Order

_STEP = "Send to invoice"


def sent_to_sap(order: Order) -> str | None:
    """SAP has one sales order of it, with all lines."""
    timeline, found = order.timeline(), _orders(order)
    sent = timeline.succeeded(_STEP) and timeline.has("Send Order to Billing Provider has Succeeded")
    if not sent or len(found) != 1:
        return None
    [created] = found
    if len(created["Items"]) != len(order.world.app.order(order.order_id)["lines"]):
        return None
    amount = f"{created['TotalNetAmount']} {created['TransactionCurrency']}"
    return f"SAP sales order {created['SalesOrder']} of customer {created['SoldToParty']}, {amount}"


def billed(order: Order) -> str | None:
    """SAP has billed the order."""
    documents = order.world.sap.order(sap_number(order))["billing_documents"]
    numbers = ", ".join(each["BillingDocument"] for each in documents)
    return f"SAP billing document {numbers}" if documents else None


def invoiced_once(order: Order) -> str | None:
    """Order Invoiced has happened once and the order is where it led, in SAP as here."""
    found = order.world.app.order(order.order_id)
    times = sum(event["name"] == "Order Invoiced" for event in order.timeline().events)
    stays = (found["state"], found["state_reason"]) == ("Completed", "Fulfilled")
    if times != 1 or not stays or len(_orders(order)) != 1 or not ORDER_INVOICED(order):
        return None
    return "still one Order Invoiced, one SAP sales order"


def sap_number(order: Order) -> str:
    """SAP's number of its one sales order; LookupError while it has none."""
    return _orders(order)[0]["SalesOrder"]


def received_by_sap(order: Order) -> dict[str, int]:
    return {"sales_orders": len(_orders(order))}


def _orders(order: Order) -> list[dict[str, Any]]:
    created = [each for each in order.world.sap.effects() if each["kind"] == "sales_order_created"]
    return [each for each in created if order.number and each["PurchaseOrderByCustomer"] == order.reference]
