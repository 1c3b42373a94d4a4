"""A person wants a line sent to F&O again: its flow hears of it, unless something else is to be done first."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from shared.application.cancellation import Cancellation
from shared.application.holding import Holding
from shared.application.line_resending import LineResending, NotToBeResent
from shared.application.order_lines import UnknownLine
from shared.domain.errors import UnknownOrder
from shared.domain.events import (
    LINE_RESEND_REQUESTED,
    NEW_ORDER,
    ORDER_INVOICED,
    SENT_TO_FULFILLMENT,
    SENT_TO_INVOICE,
    STEP_FAILED,
    BusinessEvent,
)
from shared.domain.orders import BACKORDER_HOLD, LineHold, Order
from shared.domain.records import Change
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import VALIDATED, an_event, an_order, happened, standing, taken_in

REFUSED = "the warehouse is unknown"


@pytest.fixture
def resending(book: TableOrderBook) -> LineResending:
    return LineResending(book)


def told(book: TableOrderBook, order_id: str, name: str, source: str) -> None:
    event = BusinessEvent(name=name, cause=f"{source} {name}", source=source)
    book.change(order_id, lambda _: Change(events=(event,)))


def changed(order: Order, number: int, **facts) -> Order:
    lines = (line.with_(**facts) if line.number == number else line for line in order.lines)
    return order.with_(lines=tuple(lines))


def change_line(book: TableOrderBook, order_id: str, number: int, **facts) -> None:
    book.change(order_id, lambda record: Change(order=changed(record.order, number, **facts)))


def sent(book: TableOrderBook, name: str = SENT_TO_FULFILLMENT) -> str:
    """F&O has line 1 of the order and refused line 2."""
    order = changed(changed(an_order(), 1, in_finops=True), 2, sync_error=REFUSED)
    order_id = taken_in(book, *VALIDATED, order=order).order.order_id
    told(book, order_id, name, "finops")
    return order_id


def wished(book: TableOrderBook, order_id: str) -> list[bool]:
    return [line.resend for line in book.get(order_id).order.lines]


@pytest.mark.parametrize("name", [SENT_TO_FULFILLMENT, SENT_TO_INVOICE])
def test_the_flow_hears_that_a_line_is_to_be_sent_again(resending: LineResending, book: TableOrderBook, name: str):
    order_id = sent(book, name)
    before = standing(book, order_id)

    (mark,) = resending.again(order_id, 2, "operator")

    event = book.timeline(order_id).events[-1]
    assert (mark, event.name, event.source) == (event.mark, LINE_RESEND_REQUESTED, "operator")
    assert event.details == {"line": 2, "sync_error": REFUSED}
    assert wished(book, order_id) == [False, True]
    assert standing(book, order_id) == before


def test_asked_twice_it_is_one_wish_and_is_told_again(resending: LineResending, book: TableOrderBook):
    order_id = sent(book)

    first, second = (resending.again(order_id, 2, "operator") for _ in range(2))

    assert first == second
    assert happened(book, order_id).count(LINE_RESEND_REQUESTED) == 1


def test_a_line_that_is_refused_once_more_may_be_sent_once_more(resending: LineResending, book: TableOrderBook):
    order_id = sent(book)
    (first,) = resending.again(order_id, 2, "operator")
    change_line(book, order_id, 2, resend=False)

    (second,) = resending.again(order_id, 2, "operator")

    assert second.number == first.number + 1


def test_two_lines_are_two_wishes(resending: LineResending, book: TableOrderBook):
    order_id = sent(book)
    change_line(book, order_id, 1, in_finops=False, sync_error=REFUSED)

    marks = [resending.again(order_id, number, "operator")[0] for number in (1, 2)]

    assert marks[0] != marks[1]
    assert wished(book, order_id) == [True, True]


def canceled(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    change_line(book, order_id, 2, quantity_canceled=Decimal(1))


def taken(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    change_line(book, order_id, 2, in_finops=True)


def waiting_for_stock(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    hold = LineHold.model_validate({"reason": BACKORDER_HOLD, "since": "2026-03-02T12:00:00Z"})
    change_line(book, order_id, 2, hold=hold)


def held(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    Holding(book).hold(order_id, "operator", "")


def failed(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    book.change(order_id, lambda _: Change(events=(an_event(STEP_FAILED),), reason="Send Failed"))


def failed_while_held(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    held(book, order_id, errors)
    failed(book, order_id, errors)


def being_canceled(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    Cancellation(book, errors).cancel(order_id, "operator")


def completed(book: TableOrderBook, order_id: str, errors: TableErrorPages) -> None:
    told(book, order_id, ORDER_INVOICED, "finops")


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (taken, "it is in F&O already"),
        (canceled, "it is canceled"),
        (waiting_for_stock, "it waits for stock (Backorder Hold): release it"),
        (held, "the order is held by a person: resume it first"),
        (failed, "the order is on hold (Send Failed): reprocess it"),
        (failed_while_held, "the order is on hold (Send Failed): reprocess it"),
        (being_canceled, "the order is being canceled"),
        (completed, "the order is Completed"),
    ],
)
def test_a_line_is_not_sent_again_when_that_is_not_what_it_needs(
    resending: LineResending, book: TableOrderBook, errors: TableErrorPages, meanwhile: Callable[..., None], why: str
):
    order_id = sent(book)
    meanwhile(book, order_id, errors)

    with pytest.raises(NotToBeResent) as refusal:
        resending.again(order_id, 2, "operator")

    assert str(refusal.value) == f"line 2 of order BC-10427 is not sent again: {why}"
    assert LINE_RESEND_REQUESTED not in happened(book, order_id)
    assert wished(book, order_id) == [False, False]


@pytest.mark.parametrize("source", [None, "flexe"])
def test_what_finops_was_never_sent_is_reprocessed_instead(
    resending: LineResending, book: TableOrderBook, source: str | None
):
    order_id = taken_in(book, NEW_ORDER).order.order_id
    if source:
        told(book, order_id, SENT_TO_FULFILLMENT, source)

    with pytest.raises(NotToBeResent, match="has not been sent to F&O yet; if it stands still, reprocess it"):
        resending.again(order_id, 2, "operator")


def test_unknown_lines_and_orders_are_not_sent_again(resending: LineResending, book: TableOrderBook):
    with pytest.raises(UnknownLine, match="order BC-10427 has no line 9"):
        resending.again(sent(book), 9, "operator")
    with pytest.raises(UnknownOrder):
        resending.again(an_order().order_id, 1, "operator")
