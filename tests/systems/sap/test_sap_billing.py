"""Billing documents: what a clerk bills and cancels, and how a client reads it back."""

from typing import Any

import pytest

from tests.systems.conftest import wait_until
from tests.systems.sap.conftest import BILLING, SALES, Sap, sap_with

DOCUMENTS = f"{BILLING}/A_BillingDocument"


def statuses(sap: Sap, number: str) -> tuple[str, str, str]:
    order = sap.read(f"{SALES}/A_SalesOrder('{number}')")
    return order["OverallDeliveryStatus"], order["OverallOrdReltdBillgStatus"], order["OverallSDProcessStatus"]


def test_an_invoice_follows_a_delivery_and_names_the_order_on_its_items(sap: Sap) -> None:
    number = sap.order()

    (made,) = sap.done(f"/orders/{number}/invoice")

    document = sap.read(f"{DOCUMENTS}('{made['BillingDocument']}')?$expand=to_Item")
    header = ("BillingDocument", "SDDocumentCategory", "BillingDocumentType", "PurchaseOrderByCustomer")
    assert [document[name] for name in header] == ["90000000", "M", "F2", ""]
    assert [document[name] for name in ("TotalNetAmount", "TaxAmount", "TotalGrossAmount")] == [
        "109.00",
        "8.72",
        "117.72",
    ]
    assert (document["AccountingTransferStatus"], document["AccountingDocument"]) == ("C", "")
    assert (document["BillingDocumentIsCancelled"], document["CreationTime"][:2]) == (False, "PT")
    columns = ("BillingDocumentItem", "BillingQuantity", "SalesDocument", "SalesDocumentItem", "ReferenceSDDocument")
    items = document["to_Item"]["results"]
    assert [[item[name] for name in columns] for item in items] == [
        ["10", "2", number, "10", "80000000"],
        ["20", "1", number, "20", "80000000"],
    ]
    assert {item["ReferenceSDDocumentCategory"] for item in items} == {"J"}
    assert statuses(sap, number) == ("C", "", "C")


def test_order_related_billing_refers_to_the_order_itself(sap: Sap) -> None:
    number = sap.order("BC-1")

    (made,) = sap.done(f"/orders/{number}/invoice", {"order_related": True, "header_reference": True, "posted": False})

    item = made["items"][0]
    assert (item["ReferenceSDDocument"], item["ReferenceSDDocumentCategory"]) == (number, "C")
    assert (made["PurchaseOrderByCustomer"], made["AccountingTransferStatus"]) == ("BC-1", "A")
    assert statuses(sap, number) == ("A", "C", "C")


def test_an_order_is_invoiced_in_parts_that_add_up_to_the_cent(sap: Sap) -> None:
    price = [{"ConditionType": "PMP0", "ConditionRateValue": "10.00", "ConditionQuantity": "3"}]
    number = sap.order(to_Item=[{"Material": "1000", "RequestedQuantity": "3", "to_PricingElement": price}])
    documents = [{"10": 1}, {"000010": 1}]

    parts = sap.done(f"/orders/{number}/invoice", {"documents": documents})
    partly = statuses(sap, number)
    parts += sap.done(f"/orders/{number}/invoice")

    assert [made["TotalNetAmount"] for made in parts] == ["3.33", "3.34", "3.33"]
    assert (partly, statuses(sap, number)) == (("B", "", "B"), ("C", "", "C"))


def test_one_invoice_can_hold_several_orders(sap: Sap) -> None:
    first, second = sap.order("BC-1"), sap.order("BC-2")

    (made,) = sap.done(f"/orders/{first}/invoice", {"with_orders": [second]})

    assert [item["SalesDocument"] for item in made["items"]] == [first, first, second, second]
    assert [item["BillingDocumentItem"] for item in made["items"]] == ["10", "20", "30", "40"]
    found = sap.read(f"{BILLING}/A_BillingDocumentItem?$filter=SalesDocument eq '{second.zfill(10)}'")["results"]
    assert {item["BillingDocument"] for item in found} == {made["BillingDocument"]}


@pytest.mark.parametrize(
    ("wish", "category", "kind"),
    [({}, "U", "F8"), ({"order_related": True}, "U", "F5"), ({"type": "ZF8"}, "U", "ZF8")],
)
def test_a_pro_forma_uses_nothing_up(sap: Sap, wish: dict[str, Any], category: str, kind: str) -> None:
    number = sap.order()

    (made,) = sap.done(f"/orders/{number}/pro-forma", wish)

    assert (made["SDDocumentCategory"], made["BillingDocumentType"]) == (category, kind)
    assert sap.control("GET", f"/orders/{number}").json()["items"][0]["billed"] == "0"
    assert len(sap.done(f"/orders/{number}/invoice")) == 1


@pytest.mark.parametrize(("category", "kind"), [("O", "RE"), ("P", "L2"), ("5", "IV")])
def test_other_categories_can_be_made_of_an_order(sap: Sap, category: str, kind: str) -> None:
    (made,) = sap.done(f"/orders/{sap.order()}/invoice", {"category": category})

    assert (made["SDDocumentCategory"], made["BillingDocumentType"]) == (category, kind)


def test_a_cancelled_invoice_is_marked_and_its_quantities_are_open_again(sap: Sap) -> None:
    number = sap.order()
    (invoice,) = sap.done(f"/orders/{number}/invoice")

    (cancellation,) = sap.done(f"/orders/{number}/cancel-invoice")
    after = statuses(sap, number)
    (again,) = sap.done(f"/orders/{number}/invoice")

    kinds = ("SDDocumentCategory", "BillingDocumentType", "CancelledBillingDocument")
    assert [cancellation[name] for name in kinds] == ["N", "S1", invoice["BillingDocument"]]
    assert sap.read(f"{DOCUMENTS}('{invoice['BillingDocument']}')")["BillingDocumentIsCancelled"] is True
    assert (after, statuses(sap, number)) == (("C", "", "B"), ("C", "", "C"))
    assert again["items"][0]["ReferenceSDDocument"] == invoice["items"][0]["ReferenceSDDocument"]


def test_a_client_cancels_by_the_function_import(sap: Sap) -> None:
    (invoice,) = sap.done(f"/orders/{sap.order()}/invoice")
    path = f"{BILLING}/Cancel?BillingDocument='{invoice['BillingDocument']}'"

    cancelled, again = sap.write("POST", path), sap.write("POST", path)
    without, unknown = (
        sap.write("POST", f"{BILLING}/Cancel"),
        sap.write("POST", f"{BILLING}/Cancel?BillingDocument='1'"),
    )

    assert (cancelled.status_code, cancelled.json()["d"]["SDDocumentCategory"]) == (200, "N")
    assert [answer.status_code for answer in (again, without, unknown)] == [400, 400, 404]
    assert [effect["BillingDocument"] for effect in sap.effects("billing_document_cancelled")] == ["90000000"]


def test_what_can_not_be_billed_is_refused_with_a_reason(sap: Sap) -> None:
    number, other = sap.order("BC-1"), sap.order("BC-2", SoldToParty="10100556")

    def refused(path: str, body: Any = None) -> tuple[int, str]:
        answer = sap.control("POST", path, body)
        return answer.status_code, answer.json()["error"]

    assert refused("/orders/99/invoice")[0] == 404
    assert refused(f"/orders/{number}/invoice", {"itms": {}})[0] == 400
    assert refused(f"/orders/{number}/invoice", {"items": {"30": 1}}) == (409, "sales order 1 has no item 30")
    assert "2 is open" in refused(f"/orders/{number}/invoice", {"items": {"10": 3}})[1]
    assert "different payers" in refused(f"/orders/{number}/invoice", {"with_orders": [other]})[1]
    assert refused(f"/orders/{number}/cancel-invoice") == (409, "the order has no such invoice")
    sap.done(f"/orders/{number}/invoice")
    assert refused(f"/orders/{number}/invoice") == (409, "Nothing is open for billing.")
    sap.write("PATCH", f"{SALES}/A_SalesOrder('{other}')", {"HeaderBillingBlockReason": "01"}, If_Match="*")
    assert "blocked" in refused(f"/orders/{other}/invoice")[1]


def test_a_document_may_be_readable_only_after_its_event(sap: Sap) -> None:
    (made,) = sap.done(f"/orders/{sap.order()}/invoice", {"readable_after_seconds": 1.0})
    path = f"{DOCUMENTS}('{made['BillingDocument']}')"

    early = sap.raw("GET", path).status_code
    listed = sap.read(DOCUMENTS)["results"]
    wait_until(lambda: sap.raw("GET", path).status_code == 200)

    assert (early, listed) == (404, [])


def test_documents_are_swept_by_their_last_change(sap: Sap) -> None:
    sap.done(f"/orders/{sap.order()}/invoice")
    sap.done(f"/orders/{sap.order()}/invoice")
    sap.control("POST", "/billing-documents/90000000/touch")

    found = sap.read(
        f"{DOCUMENTS}?$filter=LastChangeDateTime ge datetimeoffset'2020-01-01T00:00:00Z'"
        "&$orderby=LastChangeDateTime desc"
    )["results"]

    assert [document["BillingDocument"] for document in found] == ["90000000", "90000001"]


def test_some_systems_pad_references_to_ten_digits() -> None:
    with sap_with(padded_numbers=True) as sap:
        (made,) = sap.done(f"/orders/{sap.order()}/invoice")
        found = sap.read(f"{BILLING}/A_BillingDocumentItem?$filter=SalesDocument eq '1'")["results"]
        (cancellation,) = sap.done("/orders/1/cancel-invoice")

    assert {item["SalesDocument"] for item in found} == {"0000000001"}
    assert made["items"][0]["ReferenceSDDocument"] == "0080000000"
    assert cancellation["CancelledBillingDocument"] == "0090000000"
