"""Sales orders: created once per call, priced by SAP, changed under their ETag; and every refusal."""

from typing import Any

import pytest
import requests

from tests.systems.conftest import wait_until
from tests.systems.sap.conftest import SALES, Sap, order_body, sap_with

ORDERS = f"{SALES}/A_SalesOrder"


def refusal(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]["value"]


def test_a_created_order_is_shown_with_its_number_prices_and_items(sap: Sap) -> None:
    answer = sap.write("POST", ORDERS, order_body())

    order = answer.json()["d"]
    assert (answer.status_code, answer.headers["Location"]) == (201, order["__metadata"]["uri"])
    assert order["__metadata"]["type"] == "API_SALES_ORDER_SRV.A_SalesOrderType"
    assert order["__metadata"]["etag"].startswith("W/\"datetimeoffset'20")
    assert (order["SalesOrder"], order["TotalNetAmount"], order["OverallSDProcessStatus"]) == ("1", "109.00", "A")
    assert order["CustomerPurchaseOrderDate"] == "/Date(1767225600000)/"
    assert order["LastChangeDateTime"].endswith("+0000)/")
    items = [(item["SalesOrderItem"], item["NetAmount"]) for item in order["to_Item"]["results"]]
    assert items == [("10", "49.00"), ("20", "60.00")]
    assert "__deferred" in order["to_Partner"]
    assert b'"\\/Date(1767225600000)\\/"' in answer.content


def test_a_create_sent_twice_makes_two_orders_and_a_warning(sap: Sap) -> None:
    first, second = (sap.write("POST", ORDERS, order_body("BC-1")) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert "sap-message" not in first.headers
    assert "already exists in sales document 1" in second.headers["sap-message"]
    found = sap.read(f"{ORDERS}?$filter=PurchaseOrderByCustomer eq 'BC-1'")["results"]
    assert [order["SalesOrder"] for order in found] == ["1", "2"]
    effects = sap.effects("sales_order_created")
    assert [(effect["SalesOrder"], effect["PurchaseOrderByCustomer"]) for effect in effects] == [
        ("1", "BC-1"),
        ("2", "BC-1"),
    ]


def test_an_answer_lost_after_the_commit_leaves_an_order(sap: Sap) -> None:
    token = sap.fetch_token()
    sap.control("POST", "/faults", {"call": "POST /A_SalesOrder", "fault": {"drop": "after"}})

    with pytest.raises(requests.ConnectionError):
        sap.raw("POST", ORDERS, order_body("BC-1"), x_csrf_token=token)

    assert len(sap.read(f"{ORDERS}?$filter=PurchaseOrderByCustomer eq 'BC-1'")["results"]) == 1


def test_nested_entities_come_wrapped_or_plain_and_so_does_the_body(sap: Sap) -> None:
    body = order_body()
    wrapped = {"d": body | {"to_Item": {"results": body["to_Item"]}}}

    answer = sap.write("POST", ORDERS, wrapped)

    assert answer.json()["d"]["TotalNetAmount"] == "109.00"


def test_header_amounts_are_spread_over_the_items_to_the_cent(sap: Sap) -> None:
    freight = {"ConditionType": "YBHD", "ConditionRateValue": "9.99", "ConditionCurrency": "USD"}

    answer = sap.write("POST", ORDERS, order_body(to_PricingElement=[freight]))

    order = answer.json()["d"]
    assert order["TotalNetAmount"] == "118.99"
    assert [item["NetAmount"] for item in order["to_Item"]["results"]] == ["53.49", "65.50"]


def test_items_without_a_number_are_counted_in_tens_and_partners_are_completed(sap: Sap) -> None:
    items = [{"Material": "1000", "RequestedQuantity": "1"}, {"Material": "1000", "RequestedQuantity": "2"}]
    ship_to = [{"PartnerFunction": "SH", "Customer": "10100556"}]

    number = sap.order(to_Item=items, to_Partner=ship_to, to_Text=[{"LongTextID": "TX01", "LongText": "Gift"}])

    order = sap.read(f"{ORDERS}('{number}')?$expand=to_Item,to_Partner,to_Text")
    assert [item["SalesOrderItem"] for item in order["to_Item"]["results"]] == ["10", "20"]
    partners = {row["PartnerFunction"]: row["Customer"] for row in order["to_Partner"]["results"]}
    assert partners == {"SP": "10100555", "SH": "10100556", "BP": "10100555", "PY": "10100555"}
    assert order["to_Text"]["results"][0]["LongText"] == "Gift"


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"SoldToParty": ""}, "SoldToParty"),
        ({"SoldToParty": "999"}, "Customer 999"),
        ({"SalesOrderType": "ZZ"}, "type ZZ"),
        ({"DistributionChannel": "99"}, "Sales area"),
        ({"TransactionCurrency": "usd"}, "Currency usd"),
        ({"PurchaseOrderByCustomer": "x" * 36}, "36 characters; 35 fit"),
        ({"SalesOrder": "77"}, "external number range"),
        ({"TotalNetAmount": "1.00"}, "read-only"),
        ({"Colour": "red"}, "Colour not found"),
        ({"CustomerPurchaseOrderDate": "tomorrow"}, "Edm.DateTime"),
        ({"to_Item": {}}, "to_Item"),
        ({"to_Item": [{"Material": "NOPE", "RequestedQuantity": "1"}]}, "Material NOPE is not maintained"),
        ({"to_Item": [{"Material": "1000", "RequestedQuantity": 1}]}, "Edm.Decimal"),
        ({"to_Item": [{"Material": "1000", "RequestedQuantity": "1e999"}]}, "Edm.Decimal"),
        ({"to_Item": [{"Material": "1000", "RequestedQuantity": "0"}]}, "Quantity 0"),
        ({"to_Item": [{"Material": "1000", "RequestedQuantity": "1", "RequestedQuantityUnit": "KG"}]}, "Unit KG"),
        ({"to_Partner": [{"PartnerFunction": "SH", "Customer": "1"}]}, "Customer 1"),
        ({"to_PricingElement": [{"ConditionType": "XXXX", "ConditionRateValue": "1"}]}, "Condition type XXXX"),
        ({"to_PricingElement": [{"ConditionType": "YBHD", "ConditionCurrency": "EUR"}]}, "currency EUR"),
    ],
)
def test_a_wrong_order_is_refused_whole_with_a_reason(sap: Sap, wish: dict[str, Any], named: str) -> None:
    answer = sap.write("POST", ORDERS, order_body(**wish))

    status, code, message = refusal(answer)
    inner = answer.json()["error"]["innererror"]
    assert (status, inner["errordetails"][0]["severity"]) == (400, "error")
    assert inner["errordetails"][0]["code"] == code
    assert named in message
    assert sap.control("GET", "/orders").json()["orders"] == []


def test_the_body_must_be_one_json_object_and_say_so(sap: Sap) -> None:
    headers = {"x-csrf-token": sap.fetch_token()}
    address = f"{sap.url}/sap/opu/odata/sap/{ORDERS}"

    as_text = sap.http.post(address, data="{}", headers=headers | {"Content-Type": "text/plain"}, timeout=10)
    broken = sap.http.post(address, data="{", headers=headers | {"Content-Type": "application/json"}, timeout=10)
    a_list = sap.http.post(address, json=[], headers=headers, timeout=10)

    assert [answer.status_code for answer in (as_text, broken, a_list)] == [415, 400, 400]


def test_a_change_needs_the_current_etag(sap: Sap) -> None:
    path = f"{ORDERS}('{sap.order()}')"
    tag = sap.read(path)["__metadata"]["etag"]
    change = {"d": {"HeaderBillingBlockReason": "01"}}

    missing = sap.write("PATCH", path, change)
    current = sap.write("PATCH", path, change, If_Match=tag)
    stale = sap.write("PATCH", path, change, If_Match=tag)
    whatever = sap.write("MERGE", path, {"HeaderBillingBlockReason": ""}, If_Match="*")
    tunneled = sap.write("POST", path, {"AssignmentReference": "A1"}, If_Match="*", X_HTTP_Method="MERGE")

    answers = (missing, current, stale, whatever, tunneled)
    assert [answer.status_code for answer in answers] == [428, 204, 412, 204, 204]
    assert [effect["Fields"] for effect in sap.effects("sales_order_changed")] == [
        ["HeaderBillingBlockReason"],
        ["HeaderBillingBlockReason"],
        ["AssignmentReference"],
    ]


@pytest.mark.parametrize("change", [{"SalesOrderType": "OR1"}, {"TotalNetAmount": "1"}, {"to_Item": []}])
def test_what_is_fixed_at_creation_can_not_be_changed(sap: Sap, change: dict[str, Any]) -> None:
    path = f"{ORDERS}('{sap.order()}')"

    assert sap.write("PATCH", path, change, If_Match="*").status_code == 400


def test_items_are_added_changed_and_rejected_and_the_order_priced_again(sap: Sap) -> None:
    number = sap.order()

    added = sap.write("POST", f"{ORDERS}('{number}')/to_Item", {"Material": "1000", "RequestedQuantity": "3"})
    path = f"{SALES}/A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='20')"
    rejected = sap.write("PATCH", path, {"SalesDocumentRjcnReason": "61"}, If_Match="*")

    assert (added.status_code, added.json()["d"]["SalesOrderItem"], rejected.status_code) == (201, "30", 204)
    order = sap.read(f"{ORDERS}('{number}')")
    assert (order["TotalNetAmount"], order["OverallSDDocumentRejectionSts"]) == ("79.00", "B")


def test_a_deleted_order_is_gone_but_not_once_it_is_billed(sap: Sap) -> None:
    open_order, billed = sap.order("BC-1"), sap.order("BC-2")
    sap.done(f"/orders/{billed}/invoice")

    assert sap.write("DELETE", f"{ORDERS}('{open_order}')").status_code == 428
    assert sap.write("DELETE", f"{ORDERS}('{open_order}')", If_Match="*").status_code == 204
    assert refusal(sap.raw("GET", f"{ORDERS}('{open_order}')"))[0] == 404
    assert "subsequent documents" in refusal(sap.write("DELETE", f"{ORDERS}('{billed}')", If_Match="*"))[2]


def test_a_locked_order_and_an_approved_one_refuse_changes(sap: Sap) -> None:
    path = f"{ORDERS}('{sap.order()}')"
    change = {"ShippingCondition": "01"}

    sap.control("POST", "/orders/1/lock", {"user": "MILLER"})
    locked = refusal(sap.write("PATCH", path, change, If_Match="*"))
    sap.control("POST", "/orders/1/lock", {"user": ""})
    free = sap.write("PATCH", path, change, If_Match="*")
    sap.control("POST", "/orders/1/approve")
    approved = refusal(sap.write("PATCH", path, change, If_Match="*"))

    assert locked[0] == 400
    assert "currently being processed by user MILLER" in locked[2]
    assert (free.status_code, approved[:2]) == (204, (400, "V2/474"))


def test_external_numbers_make_a_repeat_fail() -> None:
    with sap_with(external_numbers=True) as sap:
        first, second = (sap.write("POST", ORDERS, order_body(SalesOrder="0000004501")) for _ in range(2))

    assert (first.status_code, first.json()["d"]["SalesOrder"]) == (201, "4501")
    assert refusal(second)[:2] == (400, "V1/032")


def test_a_system_may_check_references_and_hide_new_orders_from_look_ups_and_defer_items() -> None:
    with sap_with(unique_references=True, lookup_lag_seconds=1.0, create_answer_expands=False) as sap:
        created, repeated = (sap.write("POST", ORDERS, order_body("BC-1")) for _ in range(2))
        look_up = f"{ORDERS}?$filter=PurchaseOrderByCustomer eq 'BC-1'"
        early = sap.read(look_up)["results"]
        by_key = sap.raw("GET", f"{ORDERS}('1')")
        wait_until(lambda: len(sap.read(look_up)["results"]) == 1)

    assert "__deferred" in created.json()["d"]["to_Item"]
    assert refusal(repeated)[:2] == (400, "V4/115")
    assert (early, by_key.status_code) == ([], 200)


def test_an_order_entered_by_a_clerk_is_there_but_no_effect(sap: Sap) -> None:
    entered = sap.control("POST", "/orders", order_body("BC-1"))
    refused = sap.control("POST", "/orders", {"SalesOrderType": "OR"})

    assert (entered.status_code, entered.json()["items"][0]["billed"]) == (201, "0")
    assert (refused.status_code, "missing" in refused.json()["error"]) == (400, True)
    assert sap.effects("sales_order_created") == []
