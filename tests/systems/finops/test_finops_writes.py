"""Writing rows: create, upsert, conditions, and every strictness rule."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.systems.finops.conftest import Organization

COMPANY_USMF = "/cdm_companies(cdm_companycode='USMF')"


def test_a_created_row_has_the_real_defaults(finops: Organization) -> None:
    body = finops.order_body("BC-1")
    del body["msdyn_isreadytosync"], body["msdyn_Company@odata.bind"]

    answer = finops.call("POST", "salesorders", body, Prefer="return=representation")

    row = answer.json()
    assert answer.status_code == 201
    assert (row["msdyn_isreadytosync"], row["statecode"], row["statuscode"]) == (True, 0, 1)
    assert row["ordernumber"].startswith("ORD-")
    assert (row["msdyn_ordertype"], row["totalamount"]) == (192350000, 0)


def test_an_upsert_creates_then_updates_the_same_row(finops: Organization) -> None:
    path = f"salesorders({uuid4()})"

    created = finops.call("PATCH", path, finops.order_body("BC-1", ready=False), Prefer="return=representation")
    updated = finops.call("PATCH", path, {"description": "again"}, Prefer="return=representation")
    silent = finops.call("PATCH", path, {"description": "quietly"})

    assert [created.status_code, updated.status_code, silent.status_code] == [201, 200, 204]
    assert silent.headers["OData-EntityId"].endswith(path)
    assert [effect["entity"] for effect in finops.effects("row_created")] == ["salesorder"]
    assert [effect["columns"] for effect in finops.effects("row_updated")] == [
        {"description": "again"},
        {"description": "quietly"},
    ]


def test_an_upsert_by_alternate_key_takes_the_key_as_its_value(finops: Organization) -> None:
    body = finops.order_body("BC-1", ready=False)
    del body["msdyn_externalorderid"]
    path = "salesorders(msdyn_externalorderid='10427')"

    finops.call("PATCH", path, body)
    finops.call("PATCH", path, {"description": "second"})

    rows = finops.read("salesorders?$select=msdyn_externalorderid,description")["value"]
    assert [(row["msdyn_externalorderid"], row["description"]) for row in rows] == [("10427", "second")]


def test_conditions_guard_writes(finops: Organization) -> None:
    path = f"salesorders({finops.place()})"
    tag = finops.read(f"{path}?$select=name")["@odata.etag"]
    change = {"description": "mine"}

    assert finops.call("PATCH", path, change, If_Match=tag).status_code == 204
    assert finops.refusal("PATCH", path, change, If_Match=tag)[:2] == (412, "0x80060882")
    assert finops.refusal("DELETE", path, If_Match=tag)[:2] == (412, "0x80060882")
    assert finops.refusal("PATCH", path, change, If_None_Match="*")[:2] == (412, "0x80040237")
    assert finops.refusal("PATCH", f"salesorders({uuid4()})", change, If_Match="*")[:2] == (404, "0x80040217")
    assert finops.call("PATCH", path, change, If_Match="*").status_code == 204


def test_keys_are_unique(finops: Organization) -> None:
    order_id = finops.place("BC-1", ())

    twin = {**finops.order_body("BC-2"), "salesorderid": order_id}
    same_external_id = finops.order_body("BC-3", msdyn_externalorderid="bc-1")

    assert finops.refusal("POST", "salesorders", twin)[:2] == (412, "0x80040237")
    assert finops.refusal("POST", "salesorders", same_external_id)[:2] == (412, "0x80060892")


@pytest.mark.parametrize(
    ("column", "value", "code", "named"),
    [
        ("colour", "red", "0x80048d19", "colour"),
        ("msdyn_company@odata.bind", COMPANY_USMF, "0x80048d19", "undeclared property 'msdyn_company'"),
        ("msdyn_Company@odata.bind", "/accounts(accountnumber='x')", "0x80060888", "key"),
        ("msdyn_Company@odata.bind", "/uoms(msdyn_symbol='ea')", "0x80048d19", "is no cdm_company"),
        ("_msdyn_company_value", "1b0a6c3e-0d0e-4d53-9a55-0c7f6f0f1a01", "0x80048d19", "Entity Reference"),
        ("totalamount", 12.0, "0x80048d19", "read-only"),
        ("versionnumber", 1, "0x80048d19", "read-only"),
        ("msdyn_isreadytosync", "true", "0x80048d19", "Edm.Boolean"),
        ("msdyn_ordertype", "192350000", "0x80048d19", "Edm.Int32"),
        ("msdyn_ordertype", 7, "0x8004431a", "outside the valid range"),
        ("freightamount", "4.5", "0x80048d19", "Edm.Decimal"),
        ("requestdeliveryby", "2024-05-03T12:00:00Z", "0x80048d19", "Edm.Date"),
        ("msdyn_salesordernumber", "BC-" + "1" * 18, "0x80044331", "'20'"),
        ("name", None, "0x80040203", "name"),
        ("statuscode", 100003, "0x80048408", "not a valid status code"),
    ],
)
def test_a_wrong_column_is_refused(finops: Organization, column: str, value: Any, code: str, named: str) -> None:
    body = finops.order_body("BC-1", ready=False) | {column: value}

    status, refused_code, message = finops.refusal("POST", "salesorders", body)

    assert (status, refused_code) == (400, code)
    assert named in message
    assert finops.read("salesorders?$select=name")["value"] == []


@pytest.mark.parametrize("missing", ["name", "customerid_account@odata.bind", "pricelevelid@odata.bind"])
def test_a_header_needs_its_required_columns(finops: Organization, missing: str) -> None:
    body = finops.order_body("BC-1")
    del body[missing]

    assert finops.refusal("POST", "salesorders", body)[:2] == (400, "0x80040203")


@pytest.mark.parametrize("missing", ["quantity", "productid@odata.bind", "uomid@odata.bind", "salesorderid@odata.bind"])
def test_a_line_needs_its_required_columns(finops: Organization, missing: str) -> None:
    body = finops.line_body() | {"salesorderid@odata.bind": f"/salesorders({finops.place()})"}
    del body[missing]

    assert finops.refusal("POST", "salesorderdetails", body)[:2] == (400, "0x80040203")


def test_a_reference_to_a_missing_row_is_404(finops: Organization) -> None:
    body = finops.line_body() | {"salesorderid@odata.bind": f"/salesorders({uuid4()})"}

    assert finops.refusal("POST", "salesorderdetails", body)[:2] == (404, "0x80040217")


def test_a_body_must_be_json_and_say_so(finops: Organization) -> None:
    address = f"{finops.url}/api/data/v9.2/salesorders"

    as_text = finops.http.post(address, data="{}", headers={"Content-Type": "text/plain"}, timeout=10)
    broken = finops.http.post(address, data="{", headers={"Content-Type": "application/json"}, timeout=10)

    assert (as_text.status_code, broken.status_code) == (415, 400)


def test_the_company_stays_once_it_is_saved(finops: Organization) -> None:
    path = f"salesorders({finops.place()})"

    same = finops.call("PATCH", path, {"msdyn_Company@odata.bind": COMPANY_USMF})
    other = finops.refusal("PATCH", path, {"msdyn_Company@odata.bind": "/cdm_companies(cdm_companycode='DEMF')"})

    assert same.status_code == 204
    assert other[0] == 400
    assert "company" in other[2]


def test_lookups_are_cleared_and_set_by_reference(finops: Organization) -> None:
    order_id = finops.place("BC-1", (), ready=False)
    path = f"salesorders({order_id})"
    origin = finops.reference("msdyn_salesorderorigins", "msdyn_origincode", "WEB")

    finops.call("PUT", f"{path}/msdyn_salesorderorigin/$ref", {"@odata.id": f"{finops.url}/api/data/v9.2{origin}"})
    bound = finops.read(f"{path}?$select=_msdyn_salesorderorigin_value")["_msdyn_salesorderorigin_value"]
    finops.call("PATCH", path, {"msdyn_salesorderorigin": None})
    finops.call("DELETE", f"{path}/msdyn_invoicecustomerid_account/$ref")

    row = finops.read(f"{path}?$select=_msdyn_salesorderorigin_value,_msdyn_invoicecustomerid_value")
    assert bound in origin
    assert (row["_msdyn_salesorderorigin_value"], row["_msdyn_invoicecustomerid_value"]) == (None, None)


def test_one_property_is_put_and_deleted(finops: Organization) -> None:
    path = f"salesorders({finops.place()})/description"

    put = finops.call("PUT", path, {"value": "fragile"})
    value = finops.read(path)["value"]
    deleted = finops.call("DELETE", path)

    assert (put.status_code, value, deleted.status_code) == (204, "fragile", 204)
    assert finops.call("GET", path).status_code == 204


def test_prices_are_kept_only_when_overridden_and_totals_follow(finops: Organization) -> None:
    order_id = finops.place("BC-1", (), freightamount=5.0)
    line = finops.line_body(quantity=2, tax=4.0, manualdiscountamount=1.0)
    listed = finops.line_body(2, quantity=1, ispriceoverridden=False)

    for body in (line, listed):
        finops.call("POST", f"salesorders({order_id})/order_details", body)

    order = finops.read(f"salesorders({order_id})?$select=totallineitemamount,totaltax,totalamount")
    assert finops.lines(order_id, "priceperunit,baseamount,extendedamount") == [[20.0, 40.0, 43.0], [24.5, 24.5, 24.5]]
    assert (order["totallineitemamount"], order["totaltax"], order["totalamount"]) == (63.5, 4.0, 72.5)


def test_deleting_an_order_deletes_its_lines_and_f_and_o_order(finops: Organization) -> None:
    order_id = finops.place("BC-1", (1, 2))

    answer = finops.call("DELETE", f"salesorders({order_id})")

    assert answer.status_code == 204
    assert finops.read("salesorderdetails?$select=quantity")["value"] == []
    assert finops.control("GET", "/orders").json()["orders"] == []
    assert finops.refusal("DELETE", f"salesorders({order_id})")[0] == 404


def test_a_connection_lost_after_the_commit_leaves_the_row(finops: Organization) -> None:

    order_id = str(uuid4())
    finops.control("POST", "/faults", {"call": "^PATCH .*/salesorders", "fault": {"drop": "after"}})

    with pytest.raises(requests.ConnectionError):
        finops.call("PATCH", f"salesorders({order_id})", finops.order_body("BC-1"))

    assert finops.read(f"salesorders({order_id})?$select=name")["name"] == "Order BC-1"
