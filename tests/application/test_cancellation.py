"""Canceling: before an order was sent it ends; afterwards those who were told already must be stopped by a person."""

import pytest

from shared.application.cancellation import AlreadySent, Cancellation
from shared.domain.errors import UnknownOrder
from shared.domain.events import ALERT, NEW_ORDER, ORDER_CANCELED, STEP_FAILED
from shared.domain.ports import ErrorEntry
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import INVOICED, SENT, VALIDATED, errors_of, happened, standing, taken_in


@pytest.fixture
def cancellation(book: TableOrderBook, errors: TableErrorPages) -> Cancellation:
    return Cancellation(book, errors)


@pytest.mark.parametrize("events", [(NEW_ORDER,), VALIDATED, (*VALIDATED, STEP_FAILED)])
def test_an_order_that_was_not_sent_is_canceled_at_an_operator_s_word(
    cancellation: Cancellation, book: TableOrderBook, events: tuple[str, ...]
):
    order_id = taken_in(book, *events).order.order_id

    marks = cancellation.cancel(order_id, "operator")

    assert [(mark.number, mark.name) for mark in marks] == [(len(events) + 1, ORDER_CANCELED)]
    assert standing(book, order_id) == ("Canceled", "Canceled")
    assert book.timeline(order_id).events[-1].source == "operator"


@pytest.mark.parametrize("events", [SENT, (*SENT, STEP_FAILED), INVOICED, (*INVOICED, STEP_FAILED)])
def test_an_order_that_was_sent_cannot_be_canceled_here(
    cancellation: Cancellation, book: TableOrderBook, events: tuple[str, ...]
):
    order_id = taken_in(book, *events).order.order_id
    before = standing(book, order_id)

    with pytest.raises(AlreadySent, match=f"BC-10427 is {before[0]}"):
        cancellation.cancel(order_id, "operator")

    assert standing(book, order_id) == before
    assert ORDER_CANCELED not in happened(book, order_id)


def test_canceling_twice_is_one_event_raised_again(cancellation: Cancellation, book: TableOrderBook):
    order_id = taken_in(book).order.order_id

    first = cancellation.cancel(order_id, "operator")
    second = cancellation.cancel(order_id, "operator")

    assert first == second
    assert happened(book, order_id) == [NEW_ORDER, ORDER_CANCELED]


def test_the_errors_of_a_canceled_order_need_nobody_any_more(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))

    cancellation.cancel(order_id, "operator")

    assert errors_of(errors, order_id) == []


def test_an_unknown_order_cannot_be_canceled(cancellation: Cancellation):
    with pytest.raises(UnknownOrder):
        cancellation.cancel("no such order", "operator")


def test_the_shop_s_cancellation_of_an_order_on_hold_ends_it(cancellation: Cancellation, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id

    marks = cancellation.canceled_at_source(order_id, "bigcommerce")

    assert [mark.name for mark in marks] == [ORDER_CANCELED]
    assert standing(book, order_id) == ("Canceled", "Canceled")


@pytest.mark.parametrize("events", [SENT, (*SENT, STEP_FAILED), (*INVOICED, STEP_FAILED)])
def test_the_shop_s_cancellation_of_a_sent_order_tells_a_person_once(
    cancellation: Cancellation, book: TableOrderBook, errors: TableErrorPages, events: tuple[str, ...]
):
    order_id = taken_in(book, *events).order.order_id
    before = standing(book, order_id)

    first = cancellation.canceled_at_source(order_id, "bigcommerce")
    second = cancellation.canceled_at_source(order_id, "bigcommerce")

    assert first == second
    assert [mark.name for mark in first] == [ALERT]
    assert standing(book, order_id) == before
    assert [entry.message for entry in errors_of(errors, order_id)] == [
        "order BC-10427 was canceled in bigcommerce after it was sent to fulfillment"
    ]
