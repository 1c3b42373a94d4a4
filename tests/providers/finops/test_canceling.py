"""Stopping an order in F&O, through real HTTP."""

from decimal import Decimal

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import CANCEL_REFUSED, LINES_CANCELED, ORDER_CANCELED
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order
from shared.domain.progress import advance
from shared.providers.answers import RefusedCall
from shared.providers.finops.batch import Write
from shared.providers.finops.errors import DualWriteRefused
from tests.providers.finops.samples import ORDER_ID, a_line, a_parcel, an_order, canceled, held

HEADER = "PATCH /api/data/v9.2/salesorders({id})"


def test_an_order_in_finops_is_canceled_there(finops, send, cancel):
    order = an_order(2)
    send(order)

    outcome = cancel(order)

    assert finops.sales_orders[0]["sales_status"] == "Canceled"
    assert canceled(outcome, order) == {1: 2, 2: 2}
    assert outcome.result.message == "F&O says the order is Canceled"
    _, events = advance(order, outcome.report)
    assert [event.name for event in events] == [ORDER_CANCELED]


def test_an_order_born_in_finops_is_canceled_there(finops, enter, cancel):
    order = enter()

    outcome = cancel(order)

    assert finops.sales_orders[0]["sales_status"] == "Canceled"
    assert canceled(outcome, order) == {1: Decimal(4), 2: Decimal("0.5")}


def test_canceling_again_writes_nothing(finops, send, cancel, exchanges):
    order = an_order(2)
    send(order)
    first = cancel(order)
    written, asked = len(finops.updates("salesorder")), len(exchanges)

    again = cancel(order)

    assert canceled(again, order) == canceled(first, order)
    assert len(finops.updates("salesorder")) == written
    assert len(exchanges) == asked + 1  # one look


def test_it_takes_three_calls(send, cancel, exchanges):
    send(an_order(251))
    del exchanges[:]

    cancel(an_order(251))

    assert [exchange.call.split(" ")[0] for exchange in exchanges] == ["GET", "PATCH", "GET"]


def test_an_order_canceled_in_finops_already_needs_nothing(finops, send, cancel):
    order = an_order(2)
    send(order)
    finops.post("cancel")
    before = len(finops.updates("salesorder"))

    outcome = cancel(order)

    assert canceled(outcome, order) == {1: 2, 2: 2}
    assert len(finops.updates("salesorder")) == before


def test_an_order_that_finops_never_heard_of_is_canceled(finops, cancel):
    order = an_order(2)

    outcome = cancel(order)

    assert canceled(outcome, order) == {1: 2, 2: 2}
    assert finops.rows("salesorders") == []


@pytest.fixture
def held_back(send) -> Order:
    """An order whose rows are in Dataverse only, because F&O refused its header."""
    with pytest.raises(DualWriteRefused):
        send(an_order(2, shipping_site="1"))
    return an_order(2)


def test_an_order_held_back_in_dataverse_can_never_be_sent_again(finops, held_back, send, cancel):
    outcome = cancel(held_back)

    assert canceled(outcome, held_back) == {1: 2, 2: 2}
    with pytest.raises(RefusedCall, match="not active"):
        send(held_back, generation=2)
    assert finops.header["msdyn_isreadytosync"] is False
    assert finops.sales_orders == []


def test_an_order_held_back_is_closed_once(finops, held_back, cancel):
    cancel(held_back)
    before = len(finops.updates("salesorder"))

    outcome = cancel(held_back)

    assert canceled(outcome, held_back) == {1: 2, 2: 2}
    assert outcome.result.message == "F&O was never sent the order"
    assert len(finops.updates("salesorder")) == before


def test_a_header_without_lines_is_canceled(finops, send, cancel):
    finops.break_nth("POST /api/data/v9.2/$batch", 2, drop="before")
    with pytest.raises(TransientProviderError):
        send(an_order(2))

    outcome = cancel(an_order(2))

    assert canceled(outcome, an_order(2)) == {1: 2, 2: 2}
    assert finops.sales_orders[0]["sales_status"] == "Canceled"


def test_lines_that_finops_never_got_are_canceled_too(bill, cancel):
    order = an_order((a_line(1), held(a_line(2))))
    bill(order)

    outcome = cancel(order)

    assert canceled(outcome, order) == {1: 2, 2: 2}


def test_what_finops_has_delivered_is_not_canceled(finops, send, cancel):
    order = an_order(2)
    send(order)
    finops.post("pack", lines={"1": 1})

    outcome = cancel(order)

    (sent,) = finops.sales_orders
    assert canceled(outcome, order) == {1: 1, 2: 2}
    assert [(line["delivered"], line["cancelled"]) for line in sent["lines"]] == [(1, 1), (0, 2)]
    _, events = advance(order, outcome.report)
    assert [event.name for event in events] == [LINES_CANCELED]


def test_the_rest_of_an_order_is_canceled_once(finops, send, cancel):
    order = an_order(2)
    send(order)
    finops.post("pack", lines={"1": 1})
    cancel(order)
    before = len(finops.updates("salesorder"))

    outcome = cancel(order)

    assert canceled(outcome, order) == {1: 1, 2: 2}
    assert outcome.events == ()
    assert len(finops.updates("salesorder")) == before


@pytest.mark.parametrize("postings", [("pack",), ("pack", "invoice")], ids=" then ".join)
def test_an_order_that_has_shipped_refuses_and_nobody_has_to_mend_anything(finops, send, cancel, postings):
    order = an_order(2)
    send(order)
    for posting in postings:
        finops.post(posting)
    before = finops.header

    outcome = cancel(order)

    (event,) = outcome.events
    assert outcome.result.success
    assert outcome.report is None
    assert (event.name, event.source) == (CANCEL_REFUSED, "finops")
    assert event.details["message"] in {"F&O says the order is Delivered", "F&O says the order is Invoiced"}
    assert finops.header == before


def test_what_was_canceled_before_sending_does_not_hide_that_the_rest_has_shipped(finops, send, cancel):
    order = an_order((a_line(1, quantity=Decimal(3), quantity_canceled=Decimal(1)),))
    send(order)
    finops.post("pack")

    assert [event.name for event in cancel(order).events] == [CANCEL_REFUSED]


def test_shipping_that_was_a_moment_faster_refuses_in_the_words_of_finops(finops, send, cancel):
    send(an_order(1))
    finops.control("POST", "/maps/lines/pause")  # Dataverse still shows the line as open
    finops.post("pack")

    outcome = cancel(an_order(1))

    (event,) = outcome.events
    assert outcome.result.success
    assert event.name == CANCEL_REFUSED
    assert "sales order BC-10427 has nothing left to cancel" in event.details["message"]


def test_a_refusal_for_another_reason_fails_the_step(finops, send, cancel):
    send(an_order(1))
    error = {"error": {"code": "0x80040220", "message": "prvWriteSalesOrder is missing"}}
    finops.break_call(HEADER, status=403, body=error)

    with pytest.raises(RejectedByProvider, match="prvWriteSalesOrder is missing"):
        cancel(an_order(1))


def test_an_order_that_dual_write_would_skip_is_not_left_half_canceled(finops, send, cancel, client):
    send(an_order(1))
    client.write(Write("salesorders", ORDER_ID, {"msdyn_isreadytosync": False}))

    with pytest.raises(RejectedByProvider, match="would be skipped by dual-write: `msdyn_isreadytosync eq true`"):
        cancel(an_order(1))

    assert finops.header["msdyn_processingstatus"] == 192350000


def test_goods_that_somebody_else_has_shipped_stay_in_finops_to_be_invoiced(finops, enter, cancel, exchanges):
    order = enter()
    line = order.lines[0]
    part = FulfillmentOrderLine(line_id=line.line_id, quantity=line.quantity)
    at_flexe = FulfillmentOrder(number="F-1", fulfiller="flexe", lines=(part,))
    shipped = order.with_(fulfillment_orders=(at_flexe,), shipments=(a_parcel((line, 1)),))
    del exchanges[:]

    outcome = cancel(shipped)

    assert [event.name for event in outcome.events] == [CANCEL_REFUSED]
    assert finops.sales_orders[0]["sales_status"] == "Backorder"
    assert exchanges == []


def test_where_the_map_carries_no_quantities_the_status_tells_what_was_delivered(finops, send, cancel, client):
    order = an_order(2)
    send(order)
    finops.post("pack", lines={"1": 2})
    finops.post("cancel", lines={"2": 2})
    finops.control("POST", "/maps/lines/stop")
    client.write(Write("salesorderdetails", order.lines[0].line_id, {"quantityshipped": None}))

    assert canceled(cancel(order), order) == {2: 2}


def test_goods_we_know_to_have_left_are_not_canceled_even_if_finops_does_not_tell_how_many(finops, send, cancel):
    order = an_order((a_line(1),))
    send(order)

    outcome = cancel(order.with_(shipments=(a_parcel((order.lines[0], 1)),)))

    assert canceled(outcome, order) == {1: 1}


def test_an_order_canceled_here_already_is_canceled_in_finops_too(finops, send, cancel):
    order = an_order((a_line(1),))
    send(order)

    outcome = cancel(order.with_(lines=(a_line(1, quantity_canceled=Decimal(2)),)))

    assert outcome.result.success
    assert outcome.events == ()
    assert finops.sales_orders[0]["sales_status"] == "Canceled"
