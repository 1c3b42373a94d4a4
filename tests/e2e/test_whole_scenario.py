"""BigCommerce > Finance + Operations > Finance + Operations, every step in its order."""

from typing import Any

from sandbox.demo import evidence
from tests.e2e.followed import ALL_EVENTS, ALL_STEPS, COMPLETED, PACKED, SENDING, SENT, once
from tests.e2e.town import Town


def test_an_order_goes_all_the_way_and_every_system_hears_of_each_step_once(town: Town):
    order = town.place()

    order.reaches(SENT).is_picked()
    order.is_packed().reaches(PACKED)
    when_packed = town.shop.order(order.external_id)
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert order.received() == once()
    assert order.events(outcome="ignored") == []
    assert order.events() == ALL_EVENTS
    assert [event["n"] for event in order.timeline().events] == [1, 2, 3, 4, 5, 6, 7]
    assert order.steps() == [(step, 1, True) for step in ALL_STEPS]
    assert order.errors() == []
    assert when_packed["order"]["status_id"] == evidence.SHIPPED
    assert town.shop.order(order.external_id)["order"]["status_id"] == evidence.COMPLETED


def test_what_was_ordered_reaches_finance_and_operations_and_what_was_packed_reaches_the_shopper(town: Town):
    order = town.place().succeeds(SENDING)
    sales_order = town.office.order(order.number)
    order.is_picked().is_packed()
    [parcel] = town.shop.order(order.external_id)["shipments"]

    header, lines = sales_order["header"], sales_order["lines"]
    assert (sales_order["company"], header["INVOICECUSTOMERACCOUNTNUMBER"]) == ("USMF", "US-007")
    assert (header["DELIVERYADDRESSNAME"], header["DELIVERYADDRESSCITY"]) == ("Mara Quill", "Portland")
    assert [_ordered(line) for line in lines] == [("BAG-CNV-OLV", 2, 24.5, "2", "24"), ("KTL-EN-1L", 1, 60, "2", "24")]
    packed = town.office.order(order.number)["lines"][0]
    assert (parcel["tracking_number"], parcel["shipping_provider"]) == (packed["tracking_number"], packed["carrier"])
    assert [item["quantity"] for item in parcel["items"]] == [2, 1]


def _ordered(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["product"], line["quantity"], line["price"], line["site"], line["warehouse"]
