"""The F&O status event handler: whatever message makes it look, the order's timeline has each happening once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from shared.application.finops_changes import ChangeMessage, FinopsChanges
from shared.application.flow_events import FlowEvents
from shared.application.provider_events import Seen
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import (
    NEW_ORDER,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    STEP_FAILED,
)
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry
from shared.domain.sources import IntakeMessage, PulledOrder
from shared.messaging.names import INTAKE_QUEUE
from shared.providers.finops.client import OrderRows
from shared.providers.finops.status import EVERYTHING
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.dataverse import (
    CANCELED,
    CONFIRMED,
    DELIVERED,
    INVOICED,
    PARTIALLY_DELIVERED,
    PICKED,
    Dataverse,
    change_of,
)
from tests.application.samples import (
    SENT,
    VALIDATED,
    RecordingQueues,
    Shop,
    an_order,
    errors_of,
    happened,
    standing,
    taken_in,
)


@pytest.fixture
def dataverse() -> Dataverse:
    return Dataverse()


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def changes(
    book: TableOrderBook, errors: TableErrorPages, dataverse: Dataverse, queues: RecordingQueues, shop: Shop
) -> FinopsChanges:
    return FinopsChanges(book, errors, dataverse, queues, shop, lambda _: EVERYTHING)


@pytest.fixture
def order(book: TableOrderBook) -> Order:
    """With F&O, which has not said anything of it yet."""
    return taken_in(book, *SENT).order


def names(seen: Seen | None) -> list[str]:
    assert seen is not None
    return [mark.name for mark in seen.events]


def test_a_picked_order_is_told_to_its_flow(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, PICKED)

    seen = changes.handle(change_of(order), redelivered=False)

    assert seen
    assert (seen.order_id, [(mark.number, mark.name) for mark in seen.events]) == (order.order_id, [(5, ORDER_PICKED)])
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Picked")


def test_an_order_that_was_overdue_is_no_longer_once_something_happens_to_it(
    changes: FinopsChanges, book: TableOrderBook, errors: TableErrorPages, dataverse: Dataverse, order: Order
):
    FlowEvents(book, errors).report_delay(order.order_id, ORDER_PICKED, 1, after=4)
    errors.report(ErrorEntry(kind="inbound", key=order.order_id, order_id=order.order_id, message="something else"))
    dataverse.has(order, PICKED)

    changes.handle(change_of(order), redelivered=False)

    assert [error.message for error in errors_of(errors, order.order_id)] == ["something else"]


def test_the_same_change_told_again_is_no_news(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, PICKED)
    changes.handle(change_of(order), redelivered=False)

    again = changes.handle(change_of(order), redelivered=False)

    assert names(again) == []
    assert happened(book, order.order_id).count(ORDER_PICKED) == 1


def test_a_change_that_two_registrations_tell_of_at_once_happens_once(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order, monkeypatch: pytest.MonkeyPatch
):
    dataverse.has(order, DELIVERED)
    look, together = dataverse.order_status, Barrier(2)

    def together_at_first(order_id: str) -> OrderRows | None:
        if dataverse.looks < 2:
            together.wait(10)
        return look(order_id)

    monkeypatch.setattr(dataverse, "order_status", together_at_first)

    with ThreadPoolExecutor(2) as both:
        seen = [*both.map(lambda _: changes.handle(change_of(order), redelivered=False), range(2))]

    assert sorted(names(each) for each in seen) == [[], [ORDER_PICKED, ORDER_SHIPPED]]
    assert happened(book, order.order_id) == [*SENT, ORDER_PICKED, ORDER_SHIPPED]
    assert len(book.header(order.order_id).order.shipments) == 1


def test_the_echo_of_our_own_write_is_silent(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, None)

    seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == []
    assert happened(book, order.order_id) == [*SENT]


def test_an_order_invoiced_at_a_stroke_was_picked_and_shipped_too(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, INVOICED, tracking_number="1ZA", carrier="ups")

    seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]
    assert standing(book, order.order_id) == ("Completed", "Fulfilled")
    (parcel,) = book.header(order.order_id).order.shipments
    assert (parcel.tracking_number, len(parcel.items)) == ("1ZA", 2)


def test_a_late_message_about_an_order_that_has_moved_on_finds_what_is_true_now(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, DELIVERED)
    changes.handle(change_of(order), redelivered=False)
    dataverse.has(order, CONFIRMED)

    seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == [ORDER_CONFIRMED]
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Packed")


def test_an_order_canceled_in_finops_is_canceled(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, CANCELED)

    seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == [ORDER_CANCELED]
    assert standing(book, order.order_id) == ("Canceled", "Canceled")


def test_a_message_delivered_again_raises_all_events_so_far_again(
    changes: FinopsChanges, dataverse: Dataverse, order: Order
):
    dataverse.has(order, PICKED)
    changes.handle(change_of(order), redelivered=False)

    again = changes.handle(change_of(order), redelivered=True)

    assert names(again) == [*SENT, ORDER_PICKED]


def test_the_raise_of_an_order_s_last_event_is_made_good_too(
    changes: FinopsChanges, dataverse: Dataverse, order: Order
):
    dataverse.has(order, INVOICED)
    changes.handle(change_of(order), redelivered=False)

    again = changes.handle(change_of(order), redelivered=True)

    assert names(again)[-1] == ORDER_INVOICED


def test_a_completed_order_is_not_read_from_dataverse_again(changes: FinopsChanges, dataverse: Dataverse, order: Order):
    dataverse.has(order, INVOICED)
    changes.handle(change_of(order), redelivered=False)

    assert changes.handle(change_of(order), redelivered=False) is None
    assert dataverse.looks == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_changed_line_makes_us_look_at_its_order(
    changes: FinopsChanges, dataverse: Dataverse, order: Order, told: bool
):
    dataverse.has(order, PICKED)
    order_row_id = order.order_id if told else None
    message = ChangeMessage(entity="salesorderdetail", row_id=order.lines[0].line_id, order_row_id=order_row_id)

    seen = changes.handle(message, redelivered=False)

    assert names(seen) == [ORDER_PICKED]


def test_a_line_or_an_order_that_dataverse_does_not_show_yet_is_looked_for_later(changes: FinopsChanges, order: Order):
    line = ChangeMessage(entity="salesorderdetail", row_id=order.lines[0].line_id)

    for message in (line, change_of(order)):
        with pytest.raises(TransientProviderError, match="not in Dataverse"):
            changes.handle(message, redelivered=False)


def test_an_order_that_is_not_known_yet_goes_to_intake(
    changes: FinopsChanges, errors: TableErrorPages, dataverse: Dataverse, queues: RecordingQueues
):
    stranger = an_order()

    seen = changes.handle(change_of(stranger), redelivered=False)

    assert seen is None
    assert dataverse.looks == 0
    assert errors_of(errors, stranger.order_id) == []
    (message,) = map(IntakeMessage.model_validate_json, queues.messages(INTAKE_QUEUE))
    assert (message.source, message.external_id) == ("finops", stranger.order_id)


def test_what_happened_before_we_had_heard_of_an_order_is_caught_up_with(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse
):
    order = taken_in(book).order
    dataverse.has(order, DELIVERED)

    marks = changes.catch_up(order.order_id)

    assert [mark.name for mark in marks] == [NEW_ORDER, ORDER_PICKED, ORDER_SHIPPED]
    assert changes.catch_up(order.order_id) == marks
    assert standing(book, order.order_id) == ("Fulfillment in Process", "Packed")


def entered(**facts: Any) -> Order:
    return an_order(source="finops", company="USMF", **facts)


@pytest.mark.parametrize("events", [(NEW_ORDER,), (NEW_ORDER, STEP_FAILED)])
def test_what_people_in_finops_add_and_change_counts_until_the_order_is_validated(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop, events: tuple[str, ...]
):
    order = taken_in(book, *events, order=entered(lines=1)).order
    more = shop.has(entered(lines=3, external_id=order.external_id, currency="EUR"))
    dataverse.has(more, CONFIRMED)

    seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == [ORDER_CONFIRMED]
    assert book.get(order.order_id).order == more
    assert names(changes.handle(change_of(order), redelivered=False)) == []


def test_lines_added_between_intake_and_the_first_look_are_caught_up_with(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop
):
    order = taken_in(book, order=entered(lines=1)).order
    more = shop.has(entered(lines=2, external_id=order.external_id))
    dataverse.has(more, CONFIRMED)

    changes.catch_up(order.order_id)

    assert len(book.get(order.order_id).order.lines) == 2


def test_parcels_that_leave_before_the_confirmation_are_not_forgotten(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop
):
    five = entered(lines=1).lines[0].with_(quantity=Decimal(5))
    order = taken_in(book, order=shop.has(entered(lines=1).with_(lines=(five,)))).order
    for status, units in ((PARTIALLY_DELIVERED, 2), (PARTIALLY_DELIVERED, 2), (DELIVERED, 5)):
        dataverse.has(order, status, quantity=Decimal(5), quantityshipped=Decimal(units))

        seen = changes.handle(change_of(order), redelivered=False)

    assert names(seen) == [ORDER_PICKED, ORDER_SHIPPED]
    assert [item.quantity for parcel in book.get(order.order_id).order.shipments for item in parcel.items] == [2, 3]


@pytest.mark.parametrize("before", [(1, 1), (2, 3)])
def test_an_order_that_is_changed_in_finops_while_we_read_it_is_read_again_and_loses_nothing(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop, before: tuple[int, int]
):
    lines, units = before
    order = taken_in(book, order=entered(lines=1)).order
    by_now = shop.has(entered(lines=2, external_id=order.external_id))
    dataverse.has(entered(lines=lines, external_id=order.external_id), CONFIRMED, quantity=Decimal(units))

    with pytest.raises(TransientProviderError, match="being changed"):
        changes.handle(change_of(order), redelivered=False)

    assert happened(book, order.order_id) == [NEW_ORDER]
    dataverse.has(by_now, CONFIRMED)
    assert names(changes.handle(change_of(order), redelivered=False)) == [ORDER_CONFIRMED]
    assert [line.quantity_canceled for line in book.get(order.order_id).order.lines] == [0, 0]


def test_whoever_loses_a_race_reads_finops_again(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    order = taken_in(book, order=entered(lines=1)).order
    early = shop.has(entered(lines=1, external_id=order.external_id, currency="EUR"))
    dataverse.has(early)
    pull = shop.pull

    def overtaken(external_id: str) -> PulledOrder:
        answer = pull(external_id)
        if shop.pulls == 1:
            dataverse.has(shop.has(entered(lines=2, external_id=external_id)), CONFIRMED)
            changes.handle(change_of(order), redelivered=False)
        return answer

    monkeypatch.setattr(shop, "pull", overtaken)

    changes.handle(change_of(order), redelivered=False)

    assert len(book.get(order.order_id).order.lines) == 2
    assert happened(book, order.order_id) == [NEW_ORDER, ORDER_CONFIRMED]


def test_an_order_that_was_validated_is_not_changed_by_finops_any_more(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, shop: Shop
):
    order = taken_in(book, *VALIDATED, order=entered(lines=1)).order
    shop.has(entered(lines=3, external_id=order.external_id))
    dataverse.has(order, PICKED)

    changes.handle(change_of(order), redelivered=False)

    assert len(book.get(order.order_id).order.lines) == 1
    assert shop.pulls == 0


def test_a_change_that_dataverse_refuses_to_show_is_on_the_error_pages_with_its_reason(
    changes: FinopsChanges, errors: TableErrorPages, dataverse: Dataverse, order: Order
):
    dataverse.fault = RejectedByProvider("the application user lacks prvReadSalesOrder")

    seen = changes.handle(change_of(order), redelivered=False)

    assert seen is None
    assert errors_of(errors, order.order_id)[0].message.endswith("lacks prvReadSalesOrder")


def test_a_change_given_up_is_on_the_error_pages_of_its_order(
    changes: FinopsChanges, errors: TableErrorPages, order: Order
):
    changes.give_up(change_of(order), "Dataverse is down")

    (error,) = errors_of(errors, order.order_id)
    assert error.kind == "inbound"
    assert error.message == f"change of salesorder {order.order_id} could not be read: Dataverse is down"


def test_where_status_handlers_are_disabled_nothing_is_looked_at(
    changes: FinopsChanges, book: TableOrderBook, dataverse: Dataverse, order: Order
):
    dataverse.has(order, PICKED)

    seen = replace(changes, listening=False).handle(change_of(order), redelivered=False)

    assert names(seen) == []
    assert ORDER_PICKED not in happened(book, order.order_id)


def test_where_status_handlers_are_disabled_orders_born_in_finops_are_still_taken_in(
    changes: FinopsChanges, queues: RecordingQueues
):
    stranger = an_order()

    replace(changes, listening=False).handle(change_of(stranger), redelivered=False)

    assert len(queues.messages(INTAKE_QUEUE)) == 1
