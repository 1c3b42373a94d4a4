"""Orders that F&O delivers, invoices or cancels in parts: the shopper hears of each parcel as it leaves."""

from sandbox.demo.evidence.store import PARTIALLY_SHIPPED
from tests.e2e.followed import (
    COMPLETED,
    COMPLETED_IN_PART,
    PACKED,
    PICKED,
    TELL_PARCELS,
    TELL_SHIPPED,
    once,
)
from tests.e2e.town import Town


def test_the_shopper_is_told_of_each_parcel_as_it_leaves_and_of_none_twice(town: Town):
    order = town.place().reaches("Fulfillment in Process / Sent To Fulfillment").is_picked()

    town.office.pack(order.number, {1: 1})
    order.succeeds(TELL_PARCELS)
    after_the_first = (order.position(), order.store_status(), len(order.store_shipments()))
    town.office.pack(order.number, {1: 1, 2: 1})
    order.succeeds(TELL_SHIPPED)
    town.falls_quiet()
    town.operator.runs("pull_dataverse_changes")
    town.falls_quiet()
    after_the_second = order.received()
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    first, second = order.store_shipments()
    assert after_the_first == (PICKED, PARTIALLY_SHIPPED, 1)
    assert after_the_second == once(shipments=2, status_writes=(2,))
    assert [[item["quantity"] for item in each["items"]] for each in (first, second)] == [[1], [1, 1]]
    assert len({first["tracking_number"], second["tracking_number"], ""}) == 3
    assert order.events().count("Order Lines Shipped") == order.events().count("Order Shipped") == 1
    assert order.received() == once(shipments=2)
    assert order.errors() == []


def test_an_order_invoiced_in_two_parts_is_completed_by_the_second(town: Town):
    order = town.place().reaches("Fulfillment in Process / Sent To Fulfillment").is_picked().is_packed()

    town.office.invoice_only(order.number, {2: 1})
    order.hears("Order Lines Invoiced")
    town.falls_quiet()
    in_part = (order.position(), order.received()["status_writes"])
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert in_part == (PACKED, [2])
    assert order.events()[-2:] == ["Order Lines Invoiced", "Order Invoiced"]
    assert order.received() == once()


def test_an_order_of_which_f_and_o_cancels_a_line_is_completed_in_part(town: Town):
    order = town.place().reaches("Fulfillment in Process / Sent To Fulfillment")

    town.office.cancel(order.number, {2: 1})
    order.is_picked().is_packed()
    order.is_invoiced().reaches(COMPLETED_IN_PART)

    town.falls_quiet()
    [shipment] = order.store_shipments()
    assert [item["quantity"] for item in shipment["items"]] == [2]
    assert order.events()[-2:] == ["Order Invoiced", "Order Fulfilled in Part"]
    assert order.events().count("Order Lines Canceled") == 1
    assert order.received() == once()
