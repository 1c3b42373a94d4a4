"""Sending an order to F&O, through real HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.errors import RejectedByProvider
from shared.domain.events import SENT_TO_FULFILLMENT
from shared.providers.finops.actions import SendOrderToFulfillment
from shared.providers.finops.batch import Write
from shared.providers.finops.errors import DualWriteRefused
from shared.providers.finops.references import References
from tests.providers.finops.samples import ORDER_ID, SEATTLE, a_bad_line_of_three, a_line, a_request, an_order, updated

HOUR = timedelta(hours=1)


def test_an_order_arrives_in_finops_once_with_all_its_lines(finops, send):
    outcome = send(an_order(2))

    (sent,) = finops.sales_orders
    assert outcome.result.success
    assert (sent["number"], sent["company"], sent["salesorderid"]) == ("BC-10427", "USMF", ORDER_ID)
    assert [line["quantity"] for line in sent["lines"]] == [2, 2]


def test_success_raises_sent_to_fulfillment_once_per_request(send):
    first, again = send(an_order(2)), send(an_order(2))

    (event,) = first.events
    assert (event.name, event.details) == (SENT_TO_FULFILLMENT, {"number": "BC-10427", "lines": [1, 2]})
    assert again.events == first.events


def test_rows_are_held_back_until_they_are_whole(finops, send):
    send(an_order(2))

    created, updated = finops.effects("row_created"), finops.effects("row_updated")
    order = [(effect["entity"], effect["columns"]) for effect in updated]
    assert [effect["entity"] for effect in created] == ["salesorder", "salesorderdetail", "salesorderdetail"]
    assert all(effect["columns"]["msdyn_isreadytosync"] is False for effect in created)
    assert order == [
        ("salesorder", {"msdyn_isreadytosync": True}),
        ("salesorderdetail", {"msdyn_isreadytosync": True}),
        ("salesorderdetail", {"msdyn_isreadytosync": True}),
    ]


def test_sending_again_writes_nothing(finops, send):
    send(an_order(2))
    before = len(finops.effects("row_updated"))

    send(an_order(2))

    assert len(finops.effects("row_updated")) == before
    assert len(finops.effects("row_created")) == 3
    assert len(finops.effects("finops_order_created")) == 1


def test_an_order_invoiced_long_ago_is_still_sent(finops, send):
    send(an_order(1))
    for action in ("pick", "pack", "invoice"):
        finops.post(action)

    outcome = send(an_order(1))

    assert outcome.result.success


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lines": 0}, "the order has no lines"),
        ({"company": None}, "company of the order is not set"),
        ({"invoice_customer": None}, "invoice_customer of the order is not set"),
        ({"lines": (a_line(company=None),)}, "company of line 1 is not set"),
        ({"lines": (a_line(1), a_line(2, shipping_site=None))}, "shipping_site of line 2 is not set"),
        ({"lines": (a_line(shipping_warehouse=None),)}, "shipping_warehouse of line 1 is not set"),
        ({"lines": (a_line(shipping_warehouse=""),)}, "shipping_warehouse of line 1 is not set"),
        ({"lines": (a_line(product=None),)}, "product of line 1 is not set"),
    ],
)
def test_an_order_with_a_missing_fact_is_not_sent(finops, send, changes, why):
    outcome = send(an_order(**changes))

    assert not outcome.result.success
    assert outcome.result.message == why
    assert outcome.events == ()
    assert finops.effects("row_created") == []


def test_a_line_that_dual_write_would_skip_is_named_before_anything_is_written(finops, send, connect):
    send(a_bad_line_of_three())
    connect().write(Write("salesorderdetails", a_line(2).line_id, {"msdyn_statuscode": 192350001}))
    before = len(finops.effects("row_updated"))

    outcome = send(an_order(3), generation=2)

    assert not outcome.result.success
    assert "line 2 would be skipped by dual-write: `msdyn_statuscode ne 192350001` is false" in outcome.result.message
    assert "its value is 192350001" in outcome.result.message
    assert len(finops.effects("row_updated")) == before


def test_every_row_that_would_be_skipped_is_explained_as_it_would_be_sent(finops, connect, clock):
    asked = []

    def explain(kind, row):
        asked.append((kind, row))
        return f"{kind} {row['msdyn_isreadytosync']} {row['_msdyn_company_value'] is not None}"

    references = References(connect(), HOUR, clock)
    action = SendOrderToFulfillment(connect(), references, explain, finops.connection())
    outcome = action(a_request("send_order_to_fulfillment", an_order(2)), an_order(2))

    assert outcome.result.message == "headers True True; lines True True; lines True True"
    assert asked[0][1]["statuscode"] == 1
    assert finops.effects("row_created") == []


def test_an_unknown_warehouse_is_named_with_its_company(finops, send):
    with pytest.raises(RejectedByProvider) as refused:
        send(an_order((a_line(1), a_line(2, shipping_warehouse="99", product="NO-SUCH"))))

    assert str(refused.value) == "product 'NO-SUCH' does not exist; warehouse '99' does not exist in company USMF"
    assert finops.effects("row_created") == []


def test_the_company_code_is_read_without_regard_to_case(finops, send):
    outcome = send(an_order((a_line(company="usmf"),), company="usmf"))

    assert outcome.result.success
    assert finops.sales_orders[0]["company"] == "USMF"


def test_a_header_that_finops_refuses_fails_in_its_words(finops, send):
    with pytest.raises(DualWriteRefused) as refused:
        send(an_order(1, shipping_site="1"))

    assert "Warehouse 24 does not belong to site 1 in company USMF" in str(refused.value)
    assert finops.sales_orders == []


def test_a_header_mended_after_a_refusal_is_sent_as_it_is_now(finops, send):
    with pytest.raises(DualWriteRefused):
        send(an_order(1, shipping_site="1"))

    outcome = send(an_order(1), generation=2)

    assert outcome.result.success
    assert len(finops.sales_orders) == 1


def test_nothing_of_an_order_changes_that_knows_its_lines_to_be_in_finops(send):
    order = updated(send(an_order(2)), an_order(2))

    assert updated(send(order), order) is order


def test_what_was_canceled_before_it_was_sent_stays_out_of_finops(finops, send):
    part = a_line(2, quantity=Decimal(3), quantity_canceled=Decimal(1), discount=Decimal("0.10"))
    order = an_order((a_line(1, quantity_canceled=Decimal(2)), part))

    outcome = send(order)

    (sent,) = finops.sales_orders
    (row,) = finops.rows("salesorderdetails")
    assert outcome.result.details["lines"] == [2]
    assert [(line["sequence"], line["quantity"]) for line in sent["lines"]] == [(2, 2)]
    assert row["manualdiscountamount"] == 0.0667


def test_an_order_of_which_everything_is_canceled_is_not_sent(finops, send):
    outcome = send(an_order((a_line(1, quantity_canceled=Decimal(2)),)))

    assert outcome.result.message == "there is no line to send; line 1: it is canceled"
    assert finops.effects("row_created") == []


def test_another_order_with_the_number_is_not_overwritten(finops, send):
    finops.control(
        "POST",
        "/orders",
        {
            "number": "BC-10427",
            "company": "USMF",
            "customer": "US-001",
            "currency": "USD",
            "lines": [{"product": "1000", "quantity": 1, "price": 19.5, "unit": "ea", "site": "2", "warehouse": "24"}],
        },
    )

    with pytest.raises(RejectedByProvider, match="BC-10427"):
        send(an_order(1))

    (only,) = finops.sales_orders
    assert only["salesorderid"] != ORDER_ID


def test_the_same_number_in_another_company_is_no_collision(finops, send):
    line = {"product": "1000", "quantity": 1, "price": 19.5, "site": "3", "warehouse": "31"}
    theirs = {"number": "BC-10427", "company": "DEMF", "customer": "DE-001", "currency": "USD", "lines": [line]}
    finops.control("POST", "/orders", theirs)

    outcome = send(an_order(1))

    assert outcome.result.success
    assert [(order["company"], order["number"]) for order in finops.sales_orders] == [
        ("DEMF", "BC-10427"),
        ("USMF", "BC-10427"),
    ]


@pytest.mark.parametrize("external_id", ["A/B+C & D", "50%", "O'Neil <1>", "Größe 東京", "x" * 100])
def test_an_external_id_with_signs_that_no_key_may_have_arrives_and_is_found_again(finops, send, external_id):
    order = an_order(1, external_id=external_id)

    send(order)
    again = send(order)

    assert again.result.success
    assert finops.header["msdyn_externalorderid"] == external_id
    assert len(finops.effects("row_created")) == 2


def test_another_row_with_our_external_id_is_named(finops, send):
    send(an_order(1))
    twin = an_order(1, order_id="7d0b2f57-6d0c-5a53-9a55-0c7f6f0f1a77", number="BC-2")

    with pytest.raises(RejectedByProvider, match="another order has number BC-2, or its external id"):
        send(twin)


def test_an_order_of_251_lines_arrives_whole(finops, send, exchanges):
    outcome = send(an_order(251))

    (sent,) = finops.sales_orders
    assert outcome.result.success
    assert len(sent["lines"]) == 251
    assert sum(exchange.call == "POST /$batch" for exchange in exchanges) == 6
    assert len(exchanges) < 20


def test_odd_text_and_money_arrive_as_they_are(finops, send):
    address = SEATTLE.with_(name='Zoë "Ωmega" \\ O\'Neil\r\nLine', line1="Straße 1 / 東京")
    line = a_line(quantity=Decimal("1.5"), unit_price=Decimal("0.1"), discount=Decimal("0.03"))

    outcome = send(an_order((line,), addresses=(address,)))

    (row,) = finops.rows("salesorderdetails")
    assert outcome.result.success
    assert row["shipto_name"] == address.name
    assert row["shipto_line1"] == address.line1
    assert (row["quantity"], row["priceperunit"], row["manualdiscountamount"]) == (1.5, 0.1, 0.03)
