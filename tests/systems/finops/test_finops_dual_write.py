"""Dual-write: what is skipped, what is refused, what reaches F&O, and what paused maps do."""

import json
import re
from typing import Any

import pytest

from tests.systems.finops.conftest import Organization

HEADERS, LINES = "CDS sales order headers", "CDS sales order lines"


def finops_numbers(finops: Organization) -> list[str]:
    return [order["number"] for order in finops.control("GET", "/orders").json()["orders"]]


@pytest.mark.parametrize(
    ("columns", "clause"),
    [
        ({"msdyn_ordertype": 192350001}, "msdyn_ordertype eq 192350000"),
        ({"msdyn_ordertype": None}, "msdyn_ordertype eq 192350000"),
        ({"msdyn_Company@odata.bind": None}, "_msdyn_company_value ne null"),
        ({"msdyn_isreadytosync": False}, "msdyn_isreadytosync eq true"),
        ({"statecode": 4, "statuscode": 100003}, "statuscode ne 100003"),
    ],
)
def test_a_header_outside_the_filter_is_skipped_silently(
    finops: Organization, columns: dict[str, Any], clause: str
) -> None:
    answer = finops.call("POST", "salesorders", finops.order_body("BC-1", **columns))

    assert answer.status_code == 204
    assert finops_numbers(finops) == []
    assert [effect["clause"] for effect in finops.effects("dual_write_skipped")] == [clause]


@pytest.mark.parametrize(
    ("columns", "clause"),
    [
        ({"msdyn_company@odata.bind": None}, "_msdyn_company_value ne null"),
        ({"msdyn_shippingsite@odata.bind": None}, "_msdyn_shippingsite_value ne null"),
        ({"msdyn_shippingwarehouse@odata.bind": None}, "_msdyn_shippingwarehouse_value ne null"),
        ({"msdyn_isreadytosync": False}, "msdyn_isreadytosync eq true"),
        ({"msdyn_statuscode": 192350001}, "msdyn_statuscode ne 192350001"),
    ],
)
def test_a_line_outside_the_filter_is_skipped_silently(
    finops: Organization, columns: dict[str, Any], clause: str
) -> None:
    order_id = finops.place("BC-1", ())

    answer = finops.call("POST", f"salesorders({order_id})/order_details", finops.line_body(**columns))

    assert answer.status_code == 204
    assert finops.control("GET", "/orders/BC-1").json()["lines"] == []
    assert [effect["clause"] for effect in finops.effects("dual_write_skipped")] == [clause]


def test_the_first_write_after_which_a_row_matches_brings_it_to_f_and_o(finops: Organization) -> None:
    order_id = finops.place("BC-1", (), ready=False)
    before = finops_numbers(finops)

    finops.call("PATCH", f"salesorders({order_id})", {"msdyn_isreadytosync": True})

    assert (before, finops_numbers(finops)) == ([], ["BC-1"])
    assert finops.status(order_id) == (192350000, 0, 1)
    assert [effect["number"] for effect in finops.effects("finops_order_created")] == ["BC-1"]


def test_an_order_without_a_number_gets_one_from_f_and_o(finops: Organization) -> None:
    body = finops.order_body("BC-1")
    del body["msdyn_salesordernumber"]

    row = finops.call("POST", "salesorders", body, Prefer="return=representation").json()

    assert re.fullmatch(r"SO-\d{6}", row["msdyn_salesordernumber"])
    assert finops_numbers(finops) == [row["msdyn_salesordernumber"]]


def test_f_and_o_takes_over_the_mapped_fields(finops: Organization) -> None:
    finops.place("BC-1", (2, 3), shipto_city="Reno", shipto_country="US")

    order = finops.control("GET", "/orders/BC-1").json()

    assert order["company"] == "USMF"
    assert order["external_order_id"] == "BC-1"
    assert order["header"]["ORDERINGCUSTOMERACCOUNTNUMBER"] == "US-007"
    assert order["header"]["INVOICECUSTOMERACCOUNTNUMBER"] == "US-001"
    assert (order["header"]["DELIVERYADDRESSCITY"], order["header"]["CURRENCYCODE"]) == ("Reno", "USD")
    assert [(line["product"], line["quantity"], line["site"], line["warehouse"]) for line in order["lines"]] == [
        ("BAG-CNV-OLV", 2, "2", "24"),
        ("BAG-CNV-OLV", 3, "2", "24"),
    ]


def test_a_later_write_updates_f_and_o(finops: Organization) -> None:
    order_id = finops.place("BC-1", (2,))
    line = finops.read("salesorderdetails?$select=quantity")["value"][0]["salesorderdetailid"]

    finops.call("PATCH", f"salesorders({order_id})", {"shipto_city": "Elko"})
    finops.call("PATCH", f"salesorderdetails({line})", {"quantity": 5, "quantityshipped": 3})

    order = finops.control("GET", "/orders/BC-1").json()
    assert order["header"]["DELIVERYADDRESSCITY"] == "Elko"
    assert (order["lines"][0]["quantity"], order["lines"][0]["deliver_now"]) == (5, 3)
    assert len(finops.effects("finops_order_created")) == len(finops.effects("finops_order_updated")) == 1


REFUSED_LINES = [
    ("msdyn_shippingsite", "msdyn_operationalsites", "msdyn_siteid", "3", "Site 3 does not exist in company USMF"),
    ("msdyn_shippingsite", "msdyn_operationalsites", "msdyn_siteid", "1", "Warehouse 24 does not belong to site 1"),
    (
        "msdyn_shippingwarehouse",
        "msdyn_warehouses",
        "msdyn_warehouseidentifier",
        "31",
        "Warehouse 31 does not exist in company USMF",
    ),
]


@pytest.mark.parametrize(("navigation", "entity_set", "column", "value", "reason"), REFUSED_LINES)
def test_a_line_f_and_o_refuses_is_not_written(
    finops: Organization, *, navigation: str, entity_set: str, column: str, value: str, reason: str
) -> None:
    order_id = finops.place("BC-1", ())
    body = finops.line_body() | {f"{navigation}@odata.bind": finops.reference(entity_set, column, value)}

    status, code, message = finops.refusal("POST", f"salesorders({order_id})/order_details", body)

    assert (status, code) == (400, "0x80040265")
    assert "Microsoft.Dynamics.Integrator.DualWriteRuntime.Plugins.PostCommitPlugin" in message
    records = json.loads(message[message.index('{"RecordError0"') :])
    assert records["RecordError0"].startswith(f"Write failed for entity {LINES} with unknown exception - {reason}")
    assert finops.read("salesorderdetails?$select=quantity")["value"] == []
    assert finops.effects("dual_write_failed")[0]["reason"].startswith(reason)


def test_a_customer_of_another_company_is_refused(finops: Organization) -> None:
    german = finops.reference("accounts", "accountnumber", "DE-001")
    body = finops.order_body("BC-1") | {"msdyn_invoicecustomerid_account@odata.bind": german}

    _, code, message = finops.refusal("POST", "salesorders", body)

    assert code == "0x80040265"
    assert "Customer DE-001 does not exist in company USMF" in message
    assert finops.read("salesorders?$select=name")["value"] == []


def test_a_refused_update_keeps_the_old_values(finops: Organization) -> None:
    order_id = finops.place("BC-1", ())
    german = finops.reference("accounts", "accountnumber", "DE-001")
    change = {"description": "new", "customerid_account@odata.bind": german}
    before = finops.read(f"salesorders({order_id})")

    status, _, _ = finops.refusal("PATCH", f"salesorders({order_id})", change)

    assert status == 400
    assert finops.read(f"salesorders({order_id})") == before


def test_a_line_needs_its_header_in_f_and_o(finops: Organization) -> None:
    order_id = finops.place("BC-1", (), ready=False)

    _, code, message = finops.refusal("POST", f"salesorders({order_id})/order_details", finops.line_body())

    assert code == "0x80040265"
    assert "header does not exist" in message


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"quantity": 0}, "greater than zero"),
        ({"quantityshipped": 3}, "Deliver now quantity 3 is more than the 2 ordered"),
        (
            {"isproductoverridden": True, "productdescription": "x", "productid@odata.bind": None},
            "write-in products are not supported",
        ),
        ({"sequencenumber": 7}, "sequence number 7 already exists"),
    ],
)
def test_f_and_o_checks_the_line_itself(finops: Organization, columns: dict[str, Any], reason: str) -> None:
    order_id = finops.place("BC-1", ())
    finops.call("POST", f"salesorders({order_id})/order_details", finops.line_body(7))

    _, _, message = finops.refusal("POST", f"salesorders({order_id})/order_details", finops.line_body(8, **columns))

    assert reason in message


def test_a_number_taken_by_another_order_of_the_company_is_refused(finops: Organization) -> None:
    finops.place("BC-1", ())
    body = finops.order_body("BC-1", msdyn_externalorderid="other")

    status, code, message = finops.refusal("POST", "salesorders", body)

    assert (status, code) == (400, "0x80040265")
    assert "already exists" in message


def test_a_missing_product_can_be_added_and_the_line_sent_again(finops: Organization) -> None:
    order_id = finops.place("BC-1", ())
    line = finops.line_body() | {"productid@odata.bind": "/products(msdyn_productnumber='NEW-1')"}
    before = finops.refusal("POST", f"salesorders({order_id})/order_details", line)[:2]

    created = finops.control("POST", "/rows/products", {"name": "New", "msdyn_productnumber": "NEW-1"})
    after = finops.call("POST", f"salesorders({order_id})/order_details", line)
    deleted = finops.control("DELETE", "/rows/products(msdyn_productnumber='NEW-1')")

    assert before == (404, "0x80040217")
    assert (created.status_code, after.status_code, deleted.status_code) == (201, 204, 204)
    assert len(finops.effects("row_created")) == 2


def test_a_paused_map_queues_and_replays_when_it_runs(finops: Organization) -> None:
    assert finops.control("POST", "/maps/headers/pause").json()["state"] == "paused"
    for number in range(12):
        finops.place(f"BC-{number}", ())
    before = finops_numbers(finops)

    resumed = finops.control("POST", f"/maps/{HEADERS}/run").json()

    assert before == []
    assert (resumed["state"], resumed["replayed"], resumed["queued"]) == ("running", 12, 0)
    assert finops_numbers(finops) == [f"BC-{number}" for number in range(12)]


def test_a_paused_map_holds_back_f_and_o_changes_and_replays_each(finops: Organization) -> None:
    order_id = finops.place("BC-1")
    finops.control("POST", "/maps/headers/pause")
    finops.control("POST", "/maps/lines/pause")
    for action in ("confirm", "pick", "pack"):
        finops.post("BC-1", action)
    before = finops.status(order_id)

    headers = finops.control("POST", "/maps/headers/run", {"replay_twice": True}).json()
    finops.control("POST", "/maps/lines/run", {"replay_twice": True})

    assert before == (192350000, 0, 1)
    assert headers["replayed"] == 3
    assert finops.status(order_id) == (192350004, 3, 100001)
    assert finops.lines(order_id, "msdyn_linestatus,quantityshipped") == [[192350002, 2]]


def test_a_replay_that_f_and_o_refuses_is_told_to_nobody_but_the_log(finops: Organization) -> None:
    finops.control("POST", "/maps/headers/pause")
    german = finops.reference("accounts", "accountnumber", "DE-001")
    body = finops.order_body("BC-1") | {"customerid_account@odata.bind": german}

    accepted = finops.call("POST", "salesorders", body)
    resumed = finops.control("POST", "/maps/headers/run")

    assert (accepted.status_code, resumed.status_code) == (204, 200)
    assert len(finops.effects("dual_write_failed")) == 1
    assert len(finops.read("salesorders?$select=name")["value"]) == 1


def test_a_stopped_map_drops_what_happens(finops: Organization) -> None:
    finops.control("POST", "/maps/headers/stop")
    finops.place("BC-1", ())
    finops.control("POST", "/maps/headers/run")

    assert finops_numbers(finops) == []
    assert [effect["clause"] for effect in finops.effects("dual_write_skipped")] == ["the map is stopped"]


def test_dataverse_can_cancel_an_open_order_in_f_and_o(finops: Organization) -> None:
    order_id = finops.place("BC-1")

    finops.call("PATCH", f"salesorders({order_id})", {"msdyn_processingstatus": 192350007})

    assert finops.control("GET", "/orders/BC-1").json()["sales_status"] == "Canceled"
    assert finops.status(order_id) == (192350007, 2, 4)
    locked = finops.refusal("PATCH", f"salesorders({order_id})", {"description": "too late"})
    assert locked[0] == 400


def test_of_an_order_delivered_in_part_dataverse_can_cancel_the_rest(finops: Organization) -> None:
    order_id = finops.place("BC-1")
    finops.control("POST", "/orders/BC-1/pack", {"lines": {"1": 1}})

    finops.call("PATCH", f"salesorders({order_id})", {"msdyn_processingstatus": 192350007})

    assert finops.status(order_id) == (192350004, 3, 100001)
    assert finops.lines(order_id, "msdyn_linestatus,quantityshipped,quantitycancelled") == [[192350002, 1, 1]]


def test_the_maps_show_the_seeds_filters(finops: Organization) -> None:
    maps = finops.control("GET", "/maps").json()["maps"]

    assert [(found["name"], found["short_name"], found["state"]) for found in maps] == [
        (HEADERS, "headers", "running"),
        (LINES, "lines", "running"),
    ]
    assert maps[1]["filter"][0] == "_msdyn_company_value ne null"
    assert finops.control("POST", "/maps/invoices/pause").status_code == 404
    assert finops.control("POST", "/maps/headers/explode").status_code == 404
