"""Canceling: whoever has been told of an order is asked to stop, and what has shipped is not canceled any more."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shared.application.cancellation import AlreadyShipped, Cancellation
from shared.application.order_lines import NotWaiting, UnknownLine
from shared.domain.errors import UnknownOrder
from shared.domain.events import (
    ALERT,
    CANCEL_PENDING,
    CANCEL_REFUSED,
    CANCEL_REQUESTED,
    LINES_CANCELED,
    NEW_ORDER,
    ORDER_CANCELED,
    ORDER_SHIPPED,
    STEP_FAILED,
    BusinessEvent,
)
from shared.domain.orders import BACKORDER_HOLD, LineHold, Order, Shipment, ShipmentItem
from shared.domain.ports import ErrorEntry
from shared.domain.progress import Report, advance
from shared.domain.records import CANCELING, Change
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import INVOICED, SENT, VALIDATED, an_order, errors_of, happened, standing, taken_in


@pytest.fixture
def cancellation(book: TableOrderBook, errors: TableErrorPages) -> Cancellation:
    return Cancellation(book, errors)


def a_shipped_order(lines: int = 2) -> Order:
    """Of its two lines, so many have left."""
    order = an_order(2)
    items = tuple(ShipmentItem(line_id=line.line_id, quantity=Decimal(1)) for line in order.lines[:lines])
    return order.with_(shipments=(Shipment(tracking_number="1Z", items=items),))


def test_an_order_without_a_flow_ends_at_once(cancellation: Cancellation, book: TableOrderBook):
    order_id = taken_in(book, flow=None).order.order_id

    first = cancellation.cancel(order_id, "operator")
    second = cancellation.cancel(order_id, "operator")

    assert first == second
    assert happened(book, order_id) == [NEW_ORDER, ORDER_CANCELED]
    assert standing(book, order_id) == ("Canceled", "Canceled")
    assert book.timeline(order_id).events[-1].source == "operator"


@pytest.mark.parametrize("events", [(NEW_ORDER,), (*VALIDATED, STEP_FAILED), SENT, (*SENT, STEP_FAILED)])
def test_the_flow_of_an_order_is_asked_to_cancel_it_once(
    cancellation: Cancellation, book: TableOrderBook, events: tuple[str, ...]
):
    order_id = taken_in(book, *events).order.order_id
    before = standing(book, order_id)

    first = cancellation.cancel(order_id, "operator")
    second = cancellation.canceled_at_source(order_id, "bigcommerce")

    assert [(mark.number, mark.name) for mark in first] == [(len(events) + 1, CANCEL_REQUESTED)]
    assert second == first
    assert standing(book, order_id) == before


@pytest.mark.parametrize(
    ("order", "events", "why"),
    [
        (an_order(), INVOICED, "is completed"),
        (an_order(), (*INVOICED, STEP_FAILED), "is completed"),
        (a_shipped_order(), SENT, "has shipped"),
    ],
)
def test_an_order_that_has_shipped_cannot_be_canceled(
    cancellation: Cancellation, book: TableOrderBook, order: Order, events: tuple[str, ...], why: str
):
    order_id = taken_in(book, *events, order=order).order.order_id
    before = standing(book, order_id)

    with pytest.raises(AlreadyShipped, match=f"BC-10427 {why}"):
        cancellation.cancel(order_id, "operator")

    assert standing(book, order_id) == before
    assert happened(book, order_id) == [*events]


def test_once_everyone_has_stopped_the_order_is_canceled_and_nobody_has_to_mend_it(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))
    cancellation.cancel(order_id, "operator")

    first = cancellation.conclude(order_id, None)
    cancellation.conclude(order_id, None)

    assert [mark.name for mark in first] == [ORDER_CANCELED]
    assert happened(book, order_id).count(ORDER_CANCELED) == 1
    assert standing(book, order_id) == ("Canceled", "Canceled")
    assert errors_of(errors, order_id) == []


def test_an_order_that_whoever_stopped_has_called_canceled_is_canceled_once(
    cancellation: Cancellation, book: TableOrderBook
):
    record = taken_in(book, *SENT)
    order_id = record.order.order_id
    cancellation.cancel(order_id, "operator")
    report = Report(source="finops", canceled={line.line_id: line.quantity for line in record.order.lines})
    canceled, events = advance(record.order, report)
    told = book.change(order_id, lambda _: Change(order=canceled, events=events)).events

    concluded = cancellation.conclude(order_id, None)

    assert concluded == told
    assert happened(book, order_id).count(ORDER_CANCELED) == 1


def test_shipping_that_was_faster_is_told_to_a_person_and_the_order_can_be_canceled_again(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *SENT).order.order_id
    cancellation.cancel(order_id, "operator")

    events = cancellation.conclude(order_id, CANCEL_REFUSED)
    again = cancellation.cancel(order_id, "operator")

    assert events == ()
    assert [mark.name for mark in again] == [CANCEL_REQUESTED]
    assert [entry.message for entry in errors_of(errors, order_id)] == [
        "order BC-10427 was to be canceled, but has shipped, in part or whole"
    ]


def test_an_order_of_which_a_part_had_left_goes_on_with_that_part(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *SENT, order=a_shipped_order(lines=1)).order.order_id
    cancellation.cancel(order_id, "operator")

    events = cancellation.conclude(order_id, None)

    assert [mark.name for mark in events] == [CANCEL_REFUSED]
    assert standing(book, order_id)[0] == "Fulfillment in Process"
    assert len(errors_of(errors, order_id)) == 1


def test_a_cancellation_that_was_only_noted_stays_under_way(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *SENT).order.order_id
    asked = cancellation.cancel(order_id, "operator")

    cancellation.conclude(order_id, CANCEL_PENDING)

    assert book.header(order_id).marks[CANCELING] == "pending"
    assert cancellation.cancel(order_id, "operator") == asked
    assert errors_of(errors, order_id) == []


def test_a_cancellation_that_was_settled_while_it_was_noted_is_not_under_way_again(
    cancellation: Cancellation, book: TableOrderBook
):
    order_id = taken_in(book, *SENT).order.order_id
    cancellation.cancel(order_id, "operator")
    shipped_after_all = BusinessEvent(name=CANCEL_REFUSED, cause="shipped", source="flexe")
    book.change(order_id, lambda _: Change(events=(shipped_after_all,), marks={CANCELING: ""}))

    cancellation.conclude(order_id, CANCEL_PENDING)

    assert not book.header(order_id).marks[CANCELING]


def test_a_line_that_waits_for_stock_can_be_given_up_and_the_others_go_on(
    cancellation: Cancellation, book: TableOrderBook
):
    order = a_shipped_order(lines=1)
    waiting = order.lines[1].with_(hold=LineHold(reason=BACKORDER_HOLD, since=datetime(2026, 1, 1, tzinfo=UTC)))
    order_id = taken_in(book, *SENT, order=order.with_(lines=(order.lines[0], waiting))).order.order_id

    events = cancellation.cancel_line(order_id, 2, "operator")

    assert [mark.name for mark in events] == [LINES_CANCELED, ORDER_SHIPPED]
    assert book.get(order_id).order.lines[1].hold is None
    assert cancellation.cancel_line(order_id, 2, "operator")[-2:] == events
    with pytest.raises(NotWaiting, match="line 1 of order BC-10427 does not wait for stock"):
        cancellation.cancel_line(order_id, 1, "operator")
    with pytest.raises(UnknownLine, match="order BC-10427 has no line 3"):
        cancellation.cancel_line(order_id, 3, "operator")


def test_an_unknown_order_cannot_be_canceled(cancellation: Cancellation):
    with pytest.raises(UnknownOrder):
        cancellation.cancel("no such order", "operator")


@pytest.mark.parametrize("order", [a_shipped_order()])
def test_the_shop_s_cancellation_of_an_order_that_has_shipped_tells_a_person_once(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages, order: Order
):
    order_id = taken_in(book, *SENT, order=order).order.order_id
    before = standing(book, order_id)

    first = cancellation.canceled_at_source(order_id, "bigcommerce")
    second = cancellation.canceled_at_source(order_id, "bigcommerce")

    assert first == second
    assert [mark.name for mark in first] == [ALERT]
    assert standing(book, order_id) == before
    assert [entry.message for entry in errors_of(errors, order_id)] == [
        "order BC-10427 was canceled in bigcommerce after it had shipped"
    ]
