"""Reading rows: options, pages, annotations, and what is refused."""

from uuid import uuid4

import pytest

from tests.systems.finops.conftest import Organization

FORMATTED = "OData.Community.Display.V1.FormattedValue"


def test_a_row_shows_the_selected_columns_its_id_and_its_version(finops: Organization) -> None:
    order_id = finops.place("BC-7")

    row = finops.read(f"salesorders({order_id})?$select=msdyn_salesordernumber,versionnumber,_msdyn_company_value")

    assert row["msdyn_salesordernumber"] == "BC-7"
    assert row["salesorderid"] == order_id
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'
    assert row.keys() == {
        "@odata.context",
        "@odata.etag",
        "msdyn_salesordernumber",
        "versionnumber",
        "_msdyn_company_value",
        "salesorderid",
    }


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("msdyn_salesordernumber eq 'bc-2'", ["BC-2"]),
        ("msdyn_salesordernumber ne 'BC-2' and msdyn_ordertype eq 192350000", ["BC-1", "BC-3"]),
        ("totalamount gt 50", ["BC-3"]),
        ("totalamount ge 40 and totalamount lt 60.5", ["BC-1", "BC-2"]),
        ("not (contains(name,'2') or endswith(name,'3'))", ["BC-1"]),
        ("startswith(name,'order bc')", ["BC-1", "BC-2", "BC-3"]),
        ("msdyn_processingstatus ne null and _msdyn_defaultshippingsite_value eq null", ["BC-1", "BC-2", "BC-3"]),
        ("msdyn_isreadytosync eq false", []),
        ("description ne 'x'", ["BC-1", "BC-2", "BC-3"]),
        ("description gt 'a'", []),
        ("createdon lt 2020-01-01T00:00:00Z", []),
        ("createdon gt 2020-01-01 and statuscode in (1,2)", ["BC-1", "BC-2", "BC-3"]),
        ("name eq 'O''Brien'", []),
    ],
)
def test_filters_find_what_they_say(finops: Organization, condition: str, numbers: list[str]) -> None:
    for number, quantity in (("BC-1", 2), ("BC-2", 2), ("BC-3", 5)):
        finops.place(number, (quantity,))

    found = finops.read(f"salesorders?$select=msdyn_salesordernumber&$filter={condition}&$count=true")

    assert [row["msdyn_salesordernumber"] for row in found["value"]] == numbers
    assert found["@odata.count"] == len(numbers)


def test_a_guid_in_a_filter_stands_without_quotes(finops: Organization) -> None:
    order_id = finops.place("BC-1", (1, 1))
    finops.place("BC-2", (1,))

    lines = finops.read(f"salesorderdetails?$select=quantity&$filter=_salesorderid_value eq {order_id}")
    order = finops.read(f"salesorders?$select=name&$filter=salesorderid eq {order_id}")

    assert (len(lines["value"]), len(order["value"])) == (2, 1)


def test_lines_come_with_their_order_when_expanded(finops: Organization) -> None:
    order_id = finops.place("BC-1", (1, 2, 3))
    inner = "$select=quantity;$filter=quantity gt 1;$orderby=quantity desc"

    order = finops.read(
        f"salesorders({order_id})?$select=name&$expand=order_details({inner}),msdyn_Company($select=cdm_companycode)"
    )

    assert [line["quantity"] for line in order["order_details"]] == [3, 2]
    assert order["msdyn_Company"]["cdm_companycode"] == "USMF"


def test_order_top_and_navigation_paths_work(finops: Organization) -> None:
    for number in ("BC-2", "BC-3", "BC-1"):
        order_id = finops.place(number)

    latest = finops.read("salesorders?$select=name&$orderby=msdyn_salesordernumber desc&$top=2")
    customer = finops.read(f"salesorders({order_id})/customerid_account?$select=accountnumber")
    name = finops.read(f"salesorders({order_id})/name")

    assert [row["name"] for row in latest["value"]] == ["Order BC-3", "Order BC-2"]
    assert (customer["accountnumber"], name["value"]) == ("US-007", "Order BC-1")


def test_annotations_come_when_asked(finops: Organization) -> None:
    order_id = finops.place()
    path = f"salesorders({order_id})?$select=statecode,_customerid_value"

    row = finops.read(path, Prefer='odata.include-annotations="*"')

    assert row[f"statecode@{FORMATTED}"] == "Active"
    assert row[f"_customerid_value@{FORMATTED}"] == "Desert Wholesales"
    assert row["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert row["_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "customerid_account"
    assert not [name for name in finops.read(path) if "@OData" in name]


def test_pages_follow_the_next_link(finops: Organization) -> None:
    for number in range(5):
        finops.place(f"BC-{number}", ())
    prefer = "odata.maxpagesize=2"

    pages = [finops.read("salesorders?$select=name&$orderby=name", Prefer=prefer)]
    while link := pages[-1].get("@odata.nextLink"):
        pages.append(finops.read(link, Prefer=prefer))

    assert [[row["name"][-1] for row in page["value"]] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


def test_a_rebuilt_next_link_is_refused(finops: Organization) -> None:
    for number in range(3):
        finops.place(f"BC-{number}", ())
    link = finops.read("salesorders?$select=name", Prefer="odata.maxpagesize=2")["@odata.nextLink"]

    status, code, message = finops.refusal("GET", link.replace("$select=name", "$select=statuscode"))

    assert (status, code) == (400, "0x80060888")
    assert "nextLink verbatim" in message


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("salesorders?$select=msdyn_company", "msdyn_company"),
        ("salesorders?$select=colour", "colour"),
        ("salesorders?$filter=colour eq 1", "colour"),
        ("salesorders?$filter=name eq", "Syntax error"),
        ("salesorders?$filter=statuscode eq 'New'", "incompatible types"),
        ("salesorders?$filter=customerid_account/name eq 'x'", "customerid_account"),
        ("salesorders?$expand=msdyn_company", "msdyn_company"),
        ("salesorders?$expand=order_details($skip=1)", "$skip"),
        ("salesorders?$orderby=name sideways", "$orderby"),
        ("salesorders?$top=few", "$top"),
        ("salesorders?$skip=5", "Skip Clause"),
        ("salesorders?page=2", "page"),
        ("cdm_companies(colour='USMF')", "key in the request URI is not valid"),
        ("cdm_companies(cdm_companycode='US%2FMF')", "dangerous"),
        ("salesorders(12)", "key in the request URI is not valid"),
    ],
)
def test_a_malformed_read_is_refused(finops: Organization, path: str, named: str) -> None:
    status, code, message = finops.refusal("GET", path)

    assert (status, code) == (400, "0x80060888")
    assert named in message


def test_what_does_not_exist_is_404(finops: Organization) -> None:
    assert finops.refusal("GET", f"salesorders({uuid4()})")[:2] == (404, "0x80040217")
    assert finops.refusal("GET", "cdm_companies(cdm_companycode='NONE')")[:2] == (404, "0x80040217")
    assert finops.call("GET", "saleorders").status_code == 404
    assert finops.call("PATCH", "salesorders", {}).status_code == 405


def test_a_url_beyond_32_kilobytes_is_refused(finops: Organization) -> None:
    status, code, _ = finops.refusal("GET", f"salesorders?$filter=name eq '{'x' * 33_000}'")

    assert (status, code) == (400, "0x80060888")


def test_an_unchanged_row_is_304(finops: Organization) -> None:
    order_id = finops.place()
    tag = finops.read(f"salesorders({order_id})?$select=name")["@odata.etag"]

    unchanged = finops.call("GET", f"salesorders({order_id})?$select=name", If_None_Match=tag)
    finops.call("PATCH", f"salesorders({order_id})", {"description": "changed"})
    changed = finops.call("GET", f"salesorders({order_id})?$select=name", If_None_Match=tag)

    assert (unchanged.status_code, unchanged.content, changed.status_code) == (304, b"", 200)
