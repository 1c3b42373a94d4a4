"""What of an order at Flexe reaches a person, and when that person need not see to it any more."""

import pytest

from shared.application.flexe_events import FlexeEvents
from shared.application.flow_events import FlowEvents
from shared.application.provider_events import ProviderEvent
from shared.domain.actions import Provider
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import (
    ALERT,
    CANCEL_REFUSED,
    FULFILLMENT_REFUSED,
    LINES_CANCELED,
    ORDER_CANCELED,
    ORDER_SHIPPED,
)
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry, OrderBook
from shared.domain.records import CANCELING, Change
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.flexe.conftest import BOTH, Warehouse, names, parcel
from tests.application.samples import errors_of, standing


def keys(errors: TableErrorPages, order: Order) -> list[str]:
    """What the order's active errors are about."""
    return sorted(entry.key.rpartition(".")[2] for entry in errors_of(errors, order.order_id))


def test_an_order_that_flexe_refuses_is_on_hold_and_on_the_error_pages(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    event = warehouse.has(order, "rejected", cancel_reason="unknown SKU")

    seen = events.handle(event, redelivered=False)

    assert names(seen) == [FULFILLMENT_REFUSED]
    assert standing(book, order.order_id) == ("On Hold", "Refused by Fulfillment")
    (error,) = errors_of(errors, order.order_id)
    assert (error.kind, error.message) == (
        "inbound",
        f"Flexe will not ship order {order.external_id} (rejected): unknown SKU",
    )


class Crash(Exception):
    """The process dies here."""


def test_an_order_is_never_on_hold_without_an_error(
    events: FlexeEvents,
    errors: TableErrorPages,
    warehouse: Warehouse,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
):
    book = events.book
    event = warehouse.has(order, "rejected")

    def crash(entry: ErrorEntry, **how: bool) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(errors, "report", crash)
        with pytest.raises(Crash):
            events.handle(event, redelivered=False)
    assert standing(book, order.order_id)[0] == "Fulfillment in Process"

    events.handle(event, redelivered=True)
    assert (standing(book, order.order_id)[0], keys(errors, order)) == ("On Hold", ["refused"])


def test_a_hold_at_flexe_is_on_the_error_pages_until_it_is_over(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    held = events.handle(warehouse.has(order, "address_error"), redelivered=False)
    meanwhile = keys(errors, order)

    events.handle(warehouse.has(order, "accepted"), redelivered=False)

    assert (names(held), meanwhile, keys(errors, order)) == ([ALERT], ["on_hold"], [])
    assert standing(book, order.order_id)[0] == "Fulfillment in Process"


def test_a_short_shipment_completes_the_order_and_reaches_a_person(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    short = {order.lines[1].line_id: {"quantity_cancelled": 1}}

    seen = events.handle(warehouse.has(order, "shipped", parcel(1, "1"), **short), redelivered=False)

    assert names(seen) == [LINES_CANCELED, ORDER_SHIPPED, ALERT]
    assert keys(errors, order) == ["short"]
    assert [line.quantity_canceled for line in book.get(order.order_id).order.lines] == [0, 1]


def marked(book: OrderBook, order: Order, word: str) -> None:
    book.change(order.order_id, lambda _: Change(marks={CANCELING: word}), lines=False)


def test_an_order_that_was_to_be_canceled_is_canceled_and_nobody_has_to_mend_it(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    marked(book, order, "pending")
    errors.report(ErrorEntry(kind="inbound", key=order.order_id, order_id=order.order_id, message="some error"))

    seen = events.handle(warehouse.has(order, "cancelled"), redelivered=False)

    assert names(seen) == [ORDER_CANCELED]
    assert standing(book, order.order_id)[0] == "Canceled"
    assert book.header(order.order_id).marks[CANCELING] == ""
    assert keys(errors, order) == []


def test_an_order_that_ships_in_spite_of_its_cancellation_has_shipped_and_a_person_is_told(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    marked(book, order, "pending")

    seen = events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert names(seen) == [ORDER_SHIPPED, CANCEL_REFUSED]
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Packed")
    assert book.header(order.order_id).marks[CANCELING] == ""
    assert keys(errors, order) == ["shipped"]


def test_a_race_with_a_cancellation_leaves_only_the_error_that_came_true(
    events: FlexeEvents,
    errors: TableErrorPages,
    warehouse: Warehouse,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
):
    book, report = events.book, errors.report

    def report_while_somebody_cancels(entry: ErrorEntry, **how: bool) -> None:
        report(entry, **how)
        marked(book, order, "requested")

    monkeypatch.setattr(errors, "report", report_while_somebody_cancels)

    seen = events.handle(warehouse.has(order, "rejected"), redelivered=False)

    assert names(seen) == [ORDER_CANCELED]
    assert keys(errors, order) == []


@pytest.mark.parametrize("told", [("on_hold", "on_hold"), ("rejected", "refused"), ("partially_shipped", "short")])
def test_an_error_that_two_callbacks_at_once_tell_of_is_told(
    events: FlexeEvents, errors: TableErrorPages, warehouse: Warehouse, order: Order, told: tuple[str, str]
):
    (status, key), report = told, errors.report
    short = {order.lines[1].line_id: {"quantity_cancelled": 1}} if key == "short" else {}
    event = warehouse.has(order, status, **short)

    with pytest.MonkeyPatch.context() as patched:

        def report_while_the_other_is_handled(entry: ErrorEntry, **how: bool) -> None:
            report(entry, **how)
            patched.undo()
            events.handle(event, redelivered=False)

        patched.setattr(errors, "report", report_while_the_other_is_handled)
        events.handle(event, redelivered=False)

    assert keys(errors, order) == [key]


def test_an_order_that_was_overdue_is_no_longer_once_something_happens_to_it(
    events: FlexeEvents, book: TableOrderBook, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    FlowEvents(book, errors).report_delay(order.order_id, ORDER_SHIPPED, 1, after=4)

    events.handle(warehouse.has(order, "accepted"), redelivered=False)
    silent = len(errors_of(errors, order.order_id))
    events.handle(warehouse.has(order, "shipped", BOTH), redelivered=False)

    assert (silent, errors_of(errors, order.order_id)) == (1, [])


def test_an_order_that_flexe_will_not_show_is_on_the_error_pages_with_its_reason(
    events: FlexeEvents, errors: TableErrorPages, warehouse: Warehouse, order: Order
):
    event = warehouse.has(order)
    warehouse.fault = RejectedByProvider("Flexe answered 401")

    assert events.handle(event, redelivered=False) == ()

    (error,) = errors_of(errors, order.order_id)
    assert error.message == f"Flexe order {event.document} could not be read: Flexe answered 401"


def test_an_outage_of_flexe_is_worth_another_try(events: FlexeEvents, warehouse: Warehouse, order: Order):
    event = warehouse.has(order)
    warehouse.fault = TransientProviderError("Flexe is down")

    with pytest.raises(TransientProviderError):
        events.handle(event, redelivered=False)


def test_an_event_given_up_is_on_the_error_pages_also_without_an_order(events: FlexeEvents, errors: TableErrorPages):
    events.give_up(ProviderEvent(provider=Provider.FLEXE, document="obo-lost"), "Flexe is down")

    (error,) = [entry for entry in errors.entries("inbound") if entry.key == "flexe.obo-lost"]
    assert (error.order_id, error.message) == (None, "Flexe order obo-lost could not be read: Flexe is down")


def test_a_race_with_a_cancellation_that_ships_in_part_tells_what_came_true(
    events: FlexeEvents,
    errors: TableErrorPages,
    warehouse: Warehouse,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
):
    book, report = events.book, errors.report

    def report_while_somebody_cancels(entry: ErrorEntry, **how: bool) -> None:
        report(entry, **how)
        monkeypatch.setattr(errors, "report", report)
        marked(book, order, "requested")

    monkeypatch.setattr(errors, "report", report_while_somebody_cancels)
    short = {order.lines[1].line_id: {"quantity_cancelled": 1}}

    seen = events.handle(warehouse.has(order, "shipped", parcel(1, "1"), **short), redelivered=False)

    assert names(seen) == [LINES_CANCELED, ORDER_SHIPPED, CANCEL_REFUSED]
    assert keys(errors, order) == ["shipped"]
