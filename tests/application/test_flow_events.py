"""What a running flow asks of its order's timeline."""

import pytest

from shared.application.flow_events import FlowEvents
from shared.domain.errors import UnknownOrder
from shared.domain.events import ALERT, NEW_ORDER, ORDER_PICKED
from shared.domain.records import Change
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import SENT, an_event, an_order, errors_of, happened, standing, taken_in


@pytest.fixture
def flow_events(book: TableOrderBook, errors: TableErrorPages) -> FlowEvents:
    return FlowEvents(book, errors)


def test_a_flow_hears_all_events_so_far_in_order(flow_events: FlowEvents, book: TableOrderBook):
    order_id = taken_in(book, *SENT).order.order_id

    marks = flow_events.after(order_id, 0)

    assert [(mark.number, mark.name) for mark in marks] == list(enumerate(SENT, start=1))


def test_a_flow_hears_only_what_it_has_not_heard(flow_events: FlowEvents, book: TableOrderBook):
    order_id = taken_in(book, *SENT).order.order_id

    assert [mark.number for mark in flow_events.after(order_id, 3)] == [4]
    assert flow_events.after(order_id, 4) == ()


def test_an_unknown_order_has_no_events(flow_events: FlowEvents):
    with pytest.raises(UnknownOrder):
        flow_events.after(an_order().order_id, 0)


def test_a_delay_is_told_to_a_person_and_moves_nothing(
    flow_events: FlowEvents, book: TableOrderBook, errors: TableErrorPages
):
    order = taken_in(book, *SENT).order

    marks = flow_events.report_delay(order.order_id, ORDER_PICKED, 1, after=4)

    assert [(mark.number, mark.name) for mark in marks] == [(5, ALERT)]
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Sent To Fulfillment")
    (error,) = errors_of(errors, order.order_id)
    assert (error.kind, error.external_id, error.step) == ("orchestration_step", order.external_id, ORDER_PICKED)
    assert error.message == "still waiting for 'Order Picked'"


def test_a_delay_reported_again_by_a_repeated_activity_is_one_alert(flow_events: FlowEvents, book: TableOrderBook):
    order_id = taken_in(book).order.order_id

    first = flow_events.report_delay(order_id, ORDER_PICKED, 1, after=1)

    assert flow_events.report_delay(order_id, ORDER_PICKED, 1, after=1) == first
    assert happened(book, order_id) == [NEW_ORDER, ALERT]


def test_the_second_deadline_is_another_alert_of_the_same_error(
    flow_events: FlowEvents, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book).order.order_id

    for count in (1, 2):
        flow_events.report_delay(order_id, ORDER_PICKED, count, after=1)

    assert happened(book, order_id) == [NEW_ORDER, ALERT, ALERT]
    assert len(errors_of(errors, order_id)) == 1


def test_a_flow_whose_event_got_lost_on_its_way_hears_of_it_at_its_deadline(
    flow_events: FlowEvents, book: TableOrderBook
):
    order_id = taken_in(book, *SENT).order.order_id
    book.change(order_id, lambda _: Change(events=(an_event(ORDER_PICKED),)))

    marks = flow_events.report_delay(order_id, ORDER_PICKED, 1, after=4)

    assert [mark.name for mark in marks] == [ORDER_PICKED, ALERT]
