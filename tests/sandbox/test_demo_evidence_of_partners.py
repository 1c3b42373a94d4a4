"""What the demo takes for proof of what Flexe, SAP and the store have of an order."""

from typing import Any

import pytest

from sandbox.demo.evidence import assignment, flexe, sap, store
from sandbox.demo.scenario import Order
from tests.sandbox.canned_world import Canned, Effects, event, step

SHIPPED = event("Order Shipped", "Fulfillment in Process", "Packed")
INVOICED = event("Order Invoiced", "Completed", "Fulfilled")
AT_FLEXE = {
    "kind": "order_created",
    "order_id": "obo_1",
    "external_order_id": "BC-10427",
    "lines": {"30911": 2, "30912": 1},
}
OURS = {
    "state": "Completed",
    "state_reason": "Fulfilled",
    "lines": [{"quantity": "2"}, {"quantity": "1"}],
    "fulfillment_orders": [{"fulfiller": "flexe", "external_id": "obo_1"}],
    "shipments": [{"tracking_number": "1Z1"}],
}


def _at_flexe(*created: dict[str, Any], tracking: tuple[str, ...] = ("1Z1",), **changes: Any) -> Order:
    return Canned(
        order={**OURS, **changes},
        events=[SHIPPED],
        steps=[step("Send order to Flexe")],
        effects={"flexe": list(created)},
        theirs={"flexe": {"shipments": [{"tracking_numbers": [number]} for number in tracking]}},
    ).order_of_the_shop()


def test_one_order_at_flexe_with_all_units_is_proof_that_it_was_sent():
    assert flexe.sent_to_flexe(_at_flexe(AT_FLEXE)) == "Flexe order obo_1 for BC-10427, 2 lines"


@pytest.mark.parametrize("created", [
    pytest.param([], id="none"),
    pytest.param([AT_FLEXE, {**AT_FLEXE, "order_id": "obo_2"}], id="two"),
    pytest.param([AT_FLEXE, {**AT_FLEXE, "external_order_id": "BC-10427-2"}], id="a second one under a further name"),
    pytest.param([{**AT_FLEXE, "external_order_id": "BC-104270"}], id="somebody else's"),
    pytest.param([{**AT_FLEXE, "lines": {"30911": 2}}], id="a line is missing"),
    pytest.param([{**AT_FLEXE, "order_id": "obo_9"}], id="not the one the app knows"),
])  # fmt: skip
def test_any_other_orders_at_flexe_are_not(created: Effects):
    assert flexe.sent_to_flexe(_at_flexe(*created)) is None


def test_flexe_s_parcels_must_be_the_order_s():
    moved = "Order Shipped: Fulfillment in Process / Packed"

    assert flexe.shipped_by_flexe(_at_flexe(AT_FLEXE)) == f"{moved}, tracking 1Z1"
    assert flexe.shipped_by_flexe(_at_flexe(AT_FLEXE, tracking=("1Z1", "1Z2"))) is None


def test_orders_of_two_companies_with_one_number_are_told_apart_at_flexe():
    created = {**AT_FLEXE, "external_order_id": "USRT-SO-10427"}
    world = Canned(effects={"flexe": [created]})

    assert flexe.received_by_flexe(world.order_of_finops("USRT")) == {"orders": 1}
    assert flexe.received_by_flexe(world.order_of_finops("USMF")) == {"orders": 0}


IN_SAP = {
    "kind": "sales_order_created",
    "SalesOrder": "1",
    "PurchaseOrderByCustomer": "USRT-SO-10427",
    "SoldToParty": "10100555",
    "TotalNetAmount": "176.00",
    "TransactionCurrency": "USD",
    "Items": [{}, {}],
}


def _in_sap(*created: dict[str, Any], events: Effects | None = None, **changes: Any) -> Order:
    return Canned(
        order={**OURS, **changes},
        events=[event("Send Order to Billing Provider has Succeeded"), *([INVOICED] if events is None else events)],
        steps=[step("Send to invoice")],
        effects={"sap": list(created)},
        theirs={"sap": {"billing_documents": [{"BillingDocument": "90000000"}]}},
    ).order_of_finops("USRT")


def test_one_sales_order_in_sap_with_all_lines_is_proof_that_it_was_sent():
    assert sap.sent_to_sap(_in_sap(IN_SAP)) == "SAP sales order 1 of customer 10100555, 176.00 USD"


@pytest.mark.parametrize("created", [
    pytest.param([], id="none"),
    pytest.param([IN_SAP, {**IN_SAP, "SalesOrder": "2"}], id="two"),
    pytest.param([{**IN_SAP, "PurchaseOrderByCustomer": "USMF-SO-10427"}], id="another company's"),
    pytest.param([{**IN_SAP, "Items": [{}]}], id="an item is missing"),
])  # fmt: skip
def test_any_other_orders_in_sap_are_not(created: Effects):
    assert sap.sent_to_sap(_in_sap(*created)) is None


def test_a_billing_document_is_proof_of_the_invoice_in_sap():
    assert sap.billed(_in_sap(IN_SAP)) == "SAP billing document 90000000"


def test_a_late_invoice_in_finops_must_have_left_the_order_as_it_was():
    assert sap.invoiced_once(_in_sap(IN_SAP)) == "still one Order Invoiced, one SAP sales order"
    assert sap.invoiced_once(_in_sap(IN_SAP, events=[INVOICED, INVOICED])) is None
    assert sap.invoiced_once(_in_sap(IN_SAP, state_reason="Partially Fulfilled")) is None
    assert sap.invoiced_once(_in_sap(IN_SAP, {**IN_SAP, "SalesOrder": "2"})) is None


def _told(*tracking: str, status: int, left: tuple[str, ...]) -> Order:
    """The store knows of parcels, and the app of those that have `left`."""
    shipments = [{"kind": "shipment_created", "order_id": 10427, "tracking_number": number} for number in tracking]
    return Canned(
        order={**OURS, "shipments": [{"tracking_number": number} for number in left]},
        steps=[step("Update BigCommerce: parcels"), step("Update BigCommerce: shipped")],
        effects={"bigcommerce": shipments},
        theirs={"bigcommerce": {"order": {"status_id": status}}},
    ).order_of_the_shop()


def test_the_store_must_have_each_parcel_once():
    told = store.shipment_told("Update BigCommerce: shipped")

    assert told(_told("1Z1", status=2, left=("1Z1",))) == "tracking 1Z1, status 2"
    assert told(_told("1Z1", "1Z1", status=2, left=("1Z1",))) is None
    assert told(_told("1Z1", status=2, left=("1Z1", "1Z2"))) is None
    assert told(_told("1Z1", status=11, left=("1Z1",))) is None


def test_parcels_on_their_way_must_leave_the_store_s_order_partially_shipped():
    told = store.parcels_told("Update BigCommerce: parcels", parcels=2)

    assert told(_told("1Z1", "1Z2", status=3, left=("1Z2", "1Z1"))) == "tracking 1Z1, 1Z2, status 3"
    assert told(_told("1Z1", status=3, left=("1Z1",))) is None
    assert told(_told("1Z1", "1Z2", status=2, left=("1Z1", "1Z2"))) is None


PLACE = {"company": "USMF", "shipping_site": "5", "shipping_warehouse": "52"}


def _assigned(*, line: dict[str, str] | None = None, by_policy: tuple[str, ...] = ()) -> Order:
    order = {
        **PLACE,
        "invoice_customer": "US-007",
        "fulfillment_source": {"name": "Flexe wh_31"},
        "lines": [PLACE, line or PLACE],
    }
    decision = {"rules": [{"set": dict.fromkeys(by_policy, "x")}]}
    return Canned(order=order, steps=[step("Policy Assignment", decisions=[decision])]).order_of_the_shop()


def test_what_is_assigned_must_be_where_the_goods_have_left_from():
    from_there = assignment.assigned_from_source("USMF", "5", "52")

    proof = from_there(_assigned())

    assert proof == "source Flexe wh_31: company USMF, customer US-007, site 5, warehouse 52"
    assert from_there(_assigned(line={**PLACE, "shipping_warehouse": "51"})) is None


def test_before_optimization_company_and_site_are_set_and_no_warehouse():
    proof = assignment.assigned_without_warehouse(_assigned(by_policy=("company", "shipping_site")))

    assert proof == "company USMF, site 5, no warehouse"
    assert assignment.assigned_without_warehouse(_assigned(by_policy=("company",))) is None
    assert assignment.assigned_without_warehouse(_assigned(by_policy=tuple(PLACE))) is None
