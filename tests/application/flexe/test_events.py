"""The Flexe event handler: whatever makes it look, the order's timeline has each happening once."""

from decimal import Decimal

import pytest

from shared.application.flexe_events import FlexeEvents
from shared.domain.errors import TransientProviderError
from shared.domain.events import (
    FULFILLMENT_REFUSED,
    LINES_SHIPPED,
    ORDER_SHIPPED,
    SHIPMENT_UPDATED,
)
from shared.domain.identity import FLEXE
from shared.domain.orders import Order
from shared.domain.ports import OpenOrder
from shared.domain.records import Change
from shared.store.order_book import TableOrderBook
from tests.application.flexe.conftest import BOTH, SOURCES, Warehouse, at_flexe, names, parcel
from tests.application.samples import SENT, an_order, happened, standing, taken_in
from tests.providers.flexe.samples import a_parcel


def test_a_shipped_order_is_told_to_its_flow(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse, order: Order
):
    seen = events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert seen[0].order_id == order.order_id
    assert [(mark.number, mark.name) for mark in seen[0].events] == [(5, ORDER_SHIPPED)]
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Packed")
    record = book.get(order.order_id)
    assert [each.shipment_id for each in record.order.shipments] == ["shp_1"]
    assert record.order.fulfillment_source == SOURCES["wh_12"]
    assert [line.fulfillment_source for line in record.order.lines] == [SOURCES["wh_12"]] * 2


def test_a_partial_shipment_then_the_rest_then_a_copy_are_two_parcels(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse, order: Order
):
    first = events.handle(warehouse.has(order, "partial", parcel(1, "1")), redelivered=False)
    event = warehouse.has(order, "shipped", parcel(1, "1"), parcel(2, "2"))
    rest, copy = events.handle(event, redelivered=False), events.handle(event, redelivered=False)

    assert (names(first), names(rest), names(copy)) == ([LINES_SHIPPED], [ORDER_SHIPPED], [])
    assert len(book.header(order.order_id).order.shipments) == 2


def test_a_message_delivered_again_raises_all_events_so_far_again(
    events: FlexeEvents, warehouse: Warehouse, order: Order
):
    event = warehouse.has(order, "shipped", BOTH)
    events.handle(event, redelivered=False)

    assert names(events.handle(event, redelivered=True)) == [*SENT, ORDER_SHIPPED]


def test_what_a_callback_says_is_only_a_hint(events: FlexeEvents, warehouse: Warehouse, order: Order):
    event = warehouse.has(order, "accepted")

    assert names(events.handle(event, redelivered=False)) == []


def test_a_callback_that_does_not_say_our_name_for_the_order_still_finds_it(
    events: FlexeEvents, warehouse: Warehouse, order: Order
):
    event = warehouse.has(order, "shipped", BOTH).model_copy(update={"reference": ""})

    assert names(events.handle(event, redelivered=False)) == [ORDER_SHIPPED]


def test_an_order_that_is_not_ours_is_passed_over_without_a_call(events: FlexeEvents, warehouse: Warehouse):
    event = warehouse.has(an_order(), "shipped", BOTH)

    assert events.handle(event, redelivered=False) == ()
    assert warehouse.looks == 0
    assert events.handle(event.model_copy(update={"reference": ""}), redelivered=True) == ()


def test_a_callback_that_names_another_order_of_ours_does_not_touch_that(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse, order: Order
):
    event = warehouse.has(an_order(), "shipped", BOTH).model_copy(update={"reference": order.external_id})

    assert events.handle(event, redelivered=False) == ()
    assert happened(book, order.order_id) == [*SENT]


def test_a_parcel_may_leave_before_the_sending_is_stored(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse
):
    order = taken_in(book, order=an_order()).order
    book.link(order.order_id, FLEXE, order.external_id)

    seen = events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert names(seen) == [ORDER_SHIPPED]


def test_a_refusal_before_the_sending_is_stored_comes_again(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse
):
    order = taken_in(book, order=an_order()).order
    book.link(order.order_id, FLEXE, order.external_id)
    event = warehouse.has(order, "rejected")

    with pytest.raises(TransientProviderError):
        events.handle(event, redelivered=False)

    book.change(order.order_id, lambda record: Change(order=at_flexe(record.order)))
    assert names(events.handle(event, redelivered=True))[-1] == FULFILLMENT_REFUSED


def test_tracking_that_comes_late_is_told_even_of_a_completed_order(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse, order: Order
):
    untracked = a_parcel("shp_1", {"1": 1, "2": 1}, tracking_numbers=[])
    events.handle(warehouse.has(order, "shipped", untracked), redelivered=False)

    seen = events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert names(seen) == [SHIPMENT_UPDATED]
    (shipment,) = book.header(order.order_id).order.shipments
    assert shipment.tracking_number == "1Z-shp_1"


def test_a_tracking_number_that_changes_to_and_fro_is_told_each_time_and_a_copy_is_not(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse, order: Order
):
    def look(number: str, minute: int) -> None:
        tracked = a_parcel("shp_1", {"1": 1, "2": 1}, tracking_numbers=[number])
        event = warehouse.has(order, "shipped", tracked, updated_at=f"2026-01-02T10:{minute:02}:00Z")
        events.handle(event, redelivered=False)

    for minute, number in enumerate(["1ZA", "1ZB", "1ZA", "1ZB", "1ZB", "1ZA"]):
        look(number, minute)

    assert happened(book, order.order_id) == [*SENT, ORDER_SHIPPED, *[SHIPMENT_UPDATED] * 4]
    (shipment,) = book.header(order.order_id).order.shipments
    assert shipment.tracking_number == "1ZA"


def test_a_number_that_two_callbacks_at_once_tell_of_is_told_once(
    events: FlexeEvents,
    book: TableOrderBook,
    warehouse: Warehouse,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
):
    events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)
    retracked = a_parcel("shp_1", {"1": 1, "2": 1}, tracking_numbers=["1ZB"])
    event, read = warehouse.has(order, "shipped", retracked), book.open

    def read_before_the_other_is_handled(order_id: str) -> OpenOrder:
        opened = read(order_id)
        monkeypatch.undo()
        events.handle(event, redelivered=False)
        return opened

    monkeypatch.setattr(book, "open", read_before_the_other_is_handled)
    events.handle(event, redelivered=False)

    assert happened(book, order.order_id).count(SHIPMENT_UPDATED) == 1


def test_what_was_canceled_before_sending_stays_canceled(
    events: FlexeEvents, book: TableOrderBook, warehouse: Warehouse
):
    whole = an_order()
    lines = (whole.lines[0].with_(quantity=Decimal(2), quantity_canceled=Decimal(1)), whole.lines[1])
    order = taken_in(book, *SENT, order=at_flexe(whole.with_(lines=lines))).order
    book.link(order.order_id, FLEXE, order.external_id)

    seen = events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert names(seen) == [ORDER_SHIPPED]
