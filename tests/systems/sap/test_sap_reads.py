"""Reading: filters, keys, expansion, paging, in OData V2's own words."""

from typing import Any

import pytest

from tests.systems.sap.conftest import SALES, Sap, sap_with

ORDERS = f"{SALES}/A_SalesOrder"


def references(sap: Sap, options: str) -> list[str]:
    return [order["PurchaseOrderByCustomer"] for order in sap.read(f"{ORDERS}?{options}")["results"]]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("PurchaseOrderByCustomer eq 'BC-1'", ["BC-1"]),
        ("PurchaseOrderByCustomer eq 'bc-1'", []),
        ("PurchaseOrderByCustomer eq 'O''Neil'", ["O'Neil"]),
        ("'BC-1' eq PurchaseOrderByCustomer", ["BC-1"]),
        ("PurchaseOrderByCustomer ne 'BC-1' and SoldToParty eq '0010100555'", ["O'Neil"]),
        ("SalesOrder eq '0000000001' or SalesOrder eq '2'", ["BC-1", "O'Neil"]),
        ("not (SalesOrder eq '1')", ["O'Neil"]),
        ("TotalNetAmount gt 108.99m and TotalNetAmount le 109", ["BC-1"]),
        ("109m lt TotalNetAmount", ["O'Neil"]),
        ("CustomerPurchaseOrderDate eq datetime'2026-01-01T00:00:00'", ["BC-1", "O'Neil"]),
        ("LastChangeDateTime ge datetimeoffset'2020-01-01T00:00:00Z'", ["BC-1", "O'Neil"]),
        ("LastChangeDateTime gt datetimeoffset'2999-01-01T00:00:00Z'", []),
        ("LastChangeDate eq null", ["BC-1", "O'Neil"]),
        ("substringof('Nei',PurchaseOrderByCustomer)", ["O'Neil"]),
        ("startswith(PurchaseOrderByCustomer,'BC') eq true", ["BC-1"]),
    ],
)
def test_filters_find_what_they_say(sap: Sap, condition: str, found: list[str]) -> None:
    sap.order("BC-1")
    sap.order("O'Neil", to_Item=[{"Material": "KTL-EN-1L", "RequestedQuantity": "2"}])

    assert references(sap, f"$filter={condition}") == found


@pytest.mark.parametrize(
    "options",
    [
        "$filter=PurchaseOrderByCustomer eq BC-1",
        "$filter=PurchaseOrderByCustomer eq 'BC-1",
        "$filter=PurchaseOrderByCustomer eq 'a' 'b'",
        "$filter=contains(PurchaseOrderByCustomer,'BC')",
        "$filter=SalesOrder in ('1')",
        "$filter=SalesOrder eq 1",
        "$filter=TotalNetAmount eq '1'",
        "$filter=CreationDate eq 2026-01-01",
        "$filter=CreationDate eq datetime'soon'",
        "$filter=substringof('1',TotalNetAmount)",
        "$filter=Colour eq 'red'",
        "$filter=",
        "$expand=to_Nothing",
        "$select=Nothing",
        "$orderby=SalesOrder sideways",
        "$top=-1",
        "$inlinecount=some",
        "$count=true",
    ],
)
def test_what_is_no_odata_v2_is_refused(sap: Sap, options: str) -> None:
    answer = sap.raw("GET", f"{ORDERS}?{options}")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]["lang"] == "en"


def test_an_order_is_read_by_its_number_with_or_without_zeros(sap: Sap) -> None:
    number = sap.order()

    plain, padded = (sap.read(f"{ORDERS}('{key}')") for key in (number, number.zfill(10)))

    assert plain == padded
    assert plain["to_Item"]["__deferred"]["uri"] == f"{plain['__metadata']['uri']}/to_Item"
    assert plain["LastChangeDate"] is None
    assert sap.raw("GET", plain["to_Item"]["__deferred"]["uri"]).json()["d"]["results"][1]["Material"] == "KTL-EN-1L"


def test_expansion_goes_down_and_selection_keeps_what_is_named(sap: Sap) -> None:
    sap.order()

    (order,) = sap.read(f"{ORDERS}?$select=SalesOrder,to_Item&$expand=to_Item,to_Item/to_PricingElement")["results"]

    assert order.keys() == {"__metadata", "SalesOrder", "to_Item"}
    condition = order["to_Item"]["results"][0]["to_PricingElement"]["results"][0]
    assert (condition["ConditionType"], condition["ConditionRateValue"]) == ("PMP0", "24.50")


def test_an_item_has_a_key_of_two_parts(sap: Sap) -> None:
    number = sap.order()

    item = sap.read(f"{SALES}/A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='000020')")

    assert (item["Material"], item["SalesOrderItemText"]) == ("KTL-EN-1L", "Enamel kettle, 1 l")
    assert item["__metadata"]["uri"].endswith(f"A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='20')")


def test_lists_are_ordered_cut_and_counted(sap: Sap) -> None:
    for reference in ("BC-1", "BC-3", "BC-2"):
        sap.order(reference)

    page = sap.read(f"{ORDERS}?$orderby=PurchaseOrderByCustomer desc&$top=1&$skip=1&$inlinecount=allpages")

    assert ([order["PurchaseOrderByCustomer"] for order in page["results"]], page["__count"]) == (["BC-2"], "3")
    assert "__next" not in page
    assert sap.raw("GET", f"{ORDERS}/$count").text == "3"


def test_long_lists_are_paged_by_the_server() -> None:
    with sap_with(page_size=2) as sap:
        for number in range(5):
            sap.order(f"O'Neil {number}")
        found: list[Any] = []
        address: str | None = f"{ORDERS}?$filter=startswith(PurchaseOrderByCustomer,'O''Neil')"
        sizes = []
        while address:
            page = sap.read(address)
            found += [order["SalesOrder"] for order in page["results"]]
            sizes.append(len(page["results"]))
            address = page.get("__next")

    assert (found, sizes) == (["1", "2", "3", "4", "5"], [2, 2, 1])
