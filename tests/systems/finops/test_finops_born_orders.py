"""Orders born in F&O: how they reach Dataverse, and what F&O does not take."""

from typing import Any
from uuid import uuid4

import pytest

from tests.systems.finops.conftest import Organization

BORN = {
    "number": "SO-000123",
    "company": "USMF",
    "customer": "US-007",
    "invoice_customer": "US-001",
    "currency": "USD",
    "ship_to": {"name": "Ada", "line1": "1 Main St", "city": "Reno", "country": "US"},
    "lines": [{"product": "BAG-CNV-OLV", "quantity": 2, "price": 24.5, "unit": "ea", "site": "2", "warehouse": "24"}],
}


def test_an_order_born_in_f_and_o_shows_up_in_dataverse(finops: Organization) -> None:
    entered = finops.control("POST", "/orders", BORN)

    order = finops.read(f"salesorders({entered.json()['salesorderid']})?$expand=order_details,msdyn_Company")
    assert entered.status_code == 201
    assert (order["msdyn_salesordernumber"], order["msdyn_externalorderid"]) == ("SO-000123", None)
    assert (order["msdyn_isreadytosync"], order["msdyn_ordertype"]) == (True, 192350000)
    assert (order["msdyn_processingstatus"], order["totalamount"], order["shipto_city"]) == (192350000, 49.0, "Reno")
    assert order["msdyn_Company"]["cdm_companycode"] == "USMF"
    (line,) = order["order_details"]
    assert (line["quantity"], line["priceperunit"], line["msdyn_isreadytosync"]) == (2, 24.5, True)
    assert finops.control("GET", "/effects").json()["effects"] == []


def test_an_order_born_in_f_and_o_can_be_written_by_the_api_and_invoiced(finops: Organization) -> None:
    order_id = finops.control("POST", "/orders", BORN).json()["salesorderid"]
    finops.post("SO-000123", "confirm")
    line = finops.read(f"salesorders({order_id})/order_details?$select=quantity")["value"][0]["salesorderdetailid"]

    written = finops.call("PATCH", f"salesorderdetails({line})", {"quantityshipped": 2})
    deliver_now = finops.control("GET", "/orders/SO-000123").json()["lines"][0]["deliver_now"]
    finops.post("SO-000123", "invoice")

    assert (written.status_code, deliver_now) == (204, 2)
    assert finops.status(order_id) == (192350005, 4, 100003)


def test_orders_without_a_number_are_numbered_in_turn(finops: Organization) -> None:
    body = {name: value for name, value in BORN.items() if name != "number"}

    numbers = [finops.control("POST", "/orders", body).json()["number"] for _ in range(2)]

    assert numbers == ["SO-000001", "SO-000002"]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"customer": "DE-001"}, 409, "DE-001"),
        ({"company": "GBSI"}, 409, "GBSI"),
        ({"lines": [{**BORN["lines"][0], "warehouse": "13"}]}, 409, "does not belong to site 2"),
        ({"lines": [{**BORN["lines"][0], "product": "NONE"}]}, 409, "NONE"),
        ({"colour": "red"}, 400, "colour"),
        ({"number": "SO-" + "1" * 18}, 400, "'20'"),
        ({"requested_shipping_date": "soon"}, 400, "Edm.Date"),
        ({"lines": [{**BORN["lines"][0], "quantity": 0}]}, 409, "greater than zero"),
        ({"customer": None}, 400, "customer"),
    ],
)
def test_an_order_f_and_o_does_not_take_leaves_nothing(
    finops: Organization, change: dict[str, Any], status: int, reason: str
) -> None:
    answer = finops.control("POST", "/orders", BORN | change)

    assert answer.status_code == status
    assert reason in answer.json()["error"]
    assert finops.control("GET", "/orders").json()["orders"] == []
    assert finops.read("salesorders?$select=name")["value"] == []


def test_an_order_born_while_the_maps_are_paused_arrives_when_they_run(finops: Organization) -> None:
    for name in ("headers", "lines"):
        finops.control("POST", f"/maps/{name}/pause")
    order_id = finops.control("POST", "/orders", BORN).json()["salesorderid"]
    finops.post("SO-000123", "confirm")
    before = finops.read("salesorders?$select=name")["value"]

    for name in ("headers", "lines"):
        finops.control("POST", f"/maps/{name}/run", {"replay_twice": True})

    assert before == []
    assert finops.status(order_id) == (192350001, 0, 700970000)
    assert finops.read(f"salesorders({order_id})?$select=totalamount")["totalamount"] == 49.0
    assert finops.lines(order_id, "quantity,msdyn_linestatus") == [[2, 192350001]]


def test_a_line_that_arrives_before_its_header_is_an_error_in_the_log(finops: Organization) -> None:
    finops.control("POST", "/maps/headers/pause")

    finops.control("POST", "/orders", BORN)

    (failure,) = finops.effects("dual_write_failed")
    assert "Unable to lookup salesorders" in failure["reason"]
    assert finops.read("salesorderdetails?$select=quantity")["value"] == []


def test_a_number_is_taken_once_per_company(finops: Organization) -> None:
    first, second = finops.control("POST", "/orders", BORN), finops.control("POST", "/orders", BORN)
    twin = finops.refusal("PATCH", f"salesorders({uuid4()})", finops.order_body("SO-000123"))

    assert (first.status_code, second.status_code) == (201, 409)
    assert twin[:2] == (400, "0x80040265")


@pytest.mark.parametrize(("company", "customer", "site", "warehouse"), [
    ("USMF", "US-001", "1", "13"),
    *(("USMF", "US-001", "2", warehouse) for warehouse in ("24", "25", "26")),
    *(("USMF", "US-001", "5", warehouse) for warehouse in ("51", "52")),
    ("DEMF", "DE-001", "3", "31"),
    ("USRT", "RT-001", "6", "61"),
])  # fmt: skip
def test_every_warehouse_ships_for_the_company_of_its_site(
    finops: Organization, company: str, customer: str, site: str, warehouse: str
) -> None:
    line = BORN["lines"][0] | {"site": site, "warehouse": warehouse}
    wish = BORN | {"company": company, "customer": customer, "invoice_customer": customer, "lines": [line]}

    entered = finops.control("POST", "/orders", wish)

    assert entered.status_code == 201, entered.text
    assert [(line["site"], line["warehouse"]) for line in entered.json()["lines"]] == [(site, warehouse)]
