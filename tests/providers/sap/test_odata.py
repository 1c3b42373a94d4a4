"""Values in SAP's form (reference: sap.md section 2)."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from shared.domain.errors import TransientProviderError
from shared.providers.sap import odata
from shared.providers.sap.documents import BillingDocument, SalesOrder


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/Date(1767225600000)/", datetime(2026, 1, 1, tzinfo=UTC)),
        ("/Date(1767268815000+0000)/", datetime(2026, 1, 1, 12, 0, 15, tzinfo=UTC)),
        ("/Date(1767268815000+0120)/", datetime(2026, 1, 1, 12, 0, 15, tzinfo=UTC)),
        ("/Date(-86400000)/", datetime(1969, 12, 31, tzinfo=UTC)),
        (None, None),
    ],
)
def test_dates_are_read_whatever_their_offset(written, meant):
    assert odata.read_date(written) == meant


@pytest.mark.parametrize("value", ["2026-01-01", 1767225600000, ""])
def test_what_is_no_date_is_not_taken_for_one(value):
    with pytest.raises(ValueError, match="no OData date"):
        odata.read_date(value)


def test_a_day_is_written_as_its_midnight_in_utc():
    in_berlin = datetime(2026, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    assert odata.json_date(in_berlin) == "/Date(1767225600000)/"


def test_a_point_in_time_is_written_to_the_second_in_utc():
    in_berlin = datetime(2026, 1, 2, 0, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert odata.moment(in_berlin) == "datetimeoffset'2026-01-01T23:30:15Z'"


@pytest.mark.parametrize(
    ("padded", "plain"),
    [("0090000318", "90000318"), ("90000318", "90000318"), ("000010", "10"), ("0", "0"), ("", ""), ("00AB", "00AB")],
)
def test_only_numbers_lose_their_leading_zeros(padded, plain):
    assert odata.plain_number(padded) == plain


def test_a_quote_is_doubled_and_the_whole_is_encoded():
    address = odata.address("/A_SalesOrder", {"$filter": f"PurchaseOrderByCustomer eq {odata.text('O’Neil & Sons')}"})
    doubled = odata.address("/x", {"$filter": odata.text("O'Neil")})

    assert address == "/A_SalesOrder?$filter=PurchaseOrderByCustomer%20eq%20%27O%E2%80%99Neil%20%26%20Sons%27"
    assert doubled == "/x?$filter=%27O%27%27Neil%27"
    assert odata.key("A_SalesOrder", "1/2'3") == "A_SalesOrder('1%2F2''3')"


def test_items_may_be_expanded_deferred_or_absent():
    item = {"SalesOrderItem": "000010", "Material": "BAG-CNV-OLV", "RequestedQuantity": "2.000"}
    navigations = [{"to_Item": {"results": [item]}}, {"to_Item": {"__deferred": {"uri": "x"}}}, {}]

    orders = [SalesOrder.model_validate({"SalesOrder": "0000001042", **navigation}) for navigation in navigations]

    assert [len(order.items) for order in orders] == [1, 0, 0]
    assert (orders[0].number, orders[0].items[0].number, orders[0].items[0].quantity) == ("1042", "10", 2)


def test_amounts_are_exact_and_padded_numbers_are_not_told_apart():
    row = {
        "BillingDocument": "0090000318",
        "SDDocumentCategory": "M",
        "LastChangeDateTime": None,
        "to_Item": {
            "results": [
                {"BillingDocument": "90000318", "BillingQuantity": "0.30", "SalesDocument": "0000001042"},
                {"BillingDocument": "90000318", "BillingQuantity": "0.00"},
            ]
        },
    }

    document = BillingDocument.model_validate(row)

    assert (document.number, document.changed_at) == ("90000318", None)
    assert [item.quantity for item in document.items] == [Decimal("0.30"), Decimal("0.00")]
    assert document.items[0].sales_order == "1042"


@pytest.mark.parametrize("odd", ["1e30", "1e1000000", "-1e1000000", "1e-1000000"])
def test_a_number_that_nothing_can_be_added_to_is_no_answer(sap, odd):
    sap.break_call("GET /A_SalesOrder*", status=200, body={"d": {"SalesOrder": "1042", "TotalNetAmount": odd}})
    item = {"BillingDocument": "90000318", "BillingQuantity": odd}
    sap.break_call("GET /A_BillingDocumentItem", status=200, body={"d": {"results": [item]}})
    client = sap.client()

    with pytest.raises(TransientProviderError, match="SalesOrder of another shape: TotalNetAmount"):
        client.sales_order("1042")
    with pytest.raises(TransientProviderError, match="BillingItem of another shape: BillingQuantity"):
        client.billing_items_of("1042")


@pytest.mark.parametrize("exact", ["3.00000000000000", "999999999999999.99", "-0.30", 0.1 + 0.2])
def test_a_number_of_many_digits_is_read_to_the_last_one(exact):
    order = SalesOrder.model_validate({"SalesOrder": "1042", "TotalNetAmount": exact})

    assert order.net == Decimal(str(exact))


def test_an_answer_of_another_shape_is_no_answer(sap):
    sap.break_call("GET /A_SalesOrder*", status=200, body={"d": {"SalesOrder": 1042}})

    with pytest.raises(TransientProviderError, match="SalesOrder of another shape: SalesOrder"):
        sap.client().sales_order("1042")
