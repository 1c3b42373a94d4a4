"""Trying again what failed: once per failure, however often it is asked for."""

import pytest

from shared.application.cancellation import Cancellation
from shared.application.intake import OrderIntake, StillWrong
from shared.application.reprocessing import NothingToReprocess, Reprocessing
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.domain.errors import TransientProviderError, UnknownOrder
from shared.domain.events import INTAKE_FAILED, ORDER_CANCELED, REPROCESS_REQUESTED, STEP_FAILED
from shared.domain.ports import ErrorEntry
from shared.domain.records import Change, OrderRecord
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import (
    FLOW,
    SENT,
    VALIDATED,
    RecordingQueues,
    an_event,
    an_order,
    errors_of,
    happened,
    standing,
    taken_in,
)

VERSION = 7
"""Of the configuration that is current when an order is tried again."""


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def reprocessing(book: TableOrderBook, errors: TableErrorPages, queues: RecordingQueues) -> Reprocessing:
    return Reprocessing(book, errors, queues, mend=lambda _: None, configuration=VERSION)


def test_an_order_on_hold_goes_on_from_where_it_was_held(
    reprocessing: Reprocessing, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *SENT, STEP_FAILED).order.order_id
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))

    marks = reprocessing.again(order_id, "operator")

    assert [(mark.number, mark.name) for mark in marks] == [(len(SENT) + 2, REPROCESS_REQUESTED)]
    assert standing(book, order_id) == ("Fulfillment in Process", "Sent To Fulfillment")
    assert errors_of(errors, order_id) == []


def test_an_order_that_is_tried_again_goes_by_the_current_configuration(
    reprocessing: Reprocessing, book: TableOrderBook
):
    order_id = taken_in(book, *SENT, STEP_FAILED).order.order_id

    reprocessing.again(order_id, "operator")

    assert book.header(order_id).configuration == VERSION


def test_an_order_that_is_still_wrong_at_its_source_stays_on_hold(
    book: TableOrderBook, errors: TableErrorPages, queues: RecordingQueues
):
    def mend(held: OrderRecord) -> None:
        raise StillWrong(f"{held.order.number} has an unknown SKU")

    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id

    with pytest.raises(StillWrong, match="unknown SKU"):
        Reprocessing(book, errors, queues, mend, VERSION).again(order_id, "operator")

    assert standing(book, order_id)[0] == "On Hold"


def test_reprocessing_twice_raises_the_same_event(reprocessing: Reprocessing, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id

    first = reprocessing.again(order_id, "operator")
    second = reprocessing.again(order_id, "operator")

    assert first == second
    assert happened(book, order_id).count(REPROCESS_REQUESTED) == 1


def test_a_second_failure_is_reprocessed_by_an_event_of_its_own(reprocessing: Reprocessing, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id
    first = reprocessing.again(order_id, "operator")
    second_failure = an_event(STEP_FAILED).with_(cause="the second time")
    book.change(order_id, lambda _: Change(events=(second_failure,)))

    second = reprocessing.again(order_id, "operator")

    assert second != first
    assert reprocessing.again(order_id, "operator") == second
    assert standing(book, order_id)[0] == "In Progress"


def test_a_canceled_order_whose_others_could_not_be_stopped_is_tried_again_once(
    reprocessing: Reprocessing, book: TableOrderBook
):
    order_id = taken_in(book, *SENT, ORDER_CANCELED, STEP_FAILED).order.order_id

    marks = reprocessing.again(order_id, "operator")

    assert [(mark.number, mark.name) for mark in marks] == [(len(SENT) + 3, REPROCESS_REQUESTED)]
    assert standing(book, order_id) == ("Canceled", "Canceled")
    assert reprocessing.again(order_id, "operator") == marks


def test_an_order_that_was_canceled_from_its_hold_has_nothing_to_reprocess(
    reprocessing: Reprocessing, book: TableOrderBook
):
    order_id = taken_in(book, *SENT, STEP_FAILED, ORDER_CANCELED).order.order_id

    with pytest.raises(NothingToReprocess, match="is Canceled"):
        reprocessing.again(order_id, "operator")


def test_what_a_person_is_to_do_whatever_becomes_of_the_order_is_not_forgotten_when_it_goes_on(
    reprocessing: Reprocessing, book: TableOrderBook, errors: TableErrorPages
):
    order_id = taken_in(book, *SENT, STEP_FAILED).order.order_id
    refund = ErrorEntry(kind="inbound", key=f"{order_id}.refund", order_id=order_id, message="refund the shopper")
    errors.report(refund, stays=True)
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="no"))

    reprocessing.again(order_id, "operator")

    assert [entry.message for entry in errors_of(errors, order_id)] == ["refund the shopper"]


def test_an_order_that_never_was_on_hold_has_nothing_to_reprocess(reprocessing: Reprocessing, book: TableOrderBook):
    order_id = taken_in(book, *SENT).order.order_id

    with pytest.raises(NothingToReprocess, match="BC-10427 is Fulfillment in Process"):
        reprocessing.again(order_id, "operator")


def test_an_order_that_was_refused_at_intake_is_read_from_its_shop_again(
    reprocessing: Reprocessing, book: TableOrderBook, queues: RecordingQueues
):
    order = taken_in(book, INTAKE_FAILED, flow=None).order

    marks = reprocessing.again(order.order_id, "operator")

    assert marks == ()
    (message,) = queues.messages(INTAKE_QUEUE)
    assert IntakeMessage.model_validate_json(message) == IntakeMessage(
        source="bigcommerce", external_id=order.external_id
    )


def test_an_unknown_order_cannot_be_reprocessed(reprocessing: Reprocessing, queues: RecordingQueues):
    with pytest.raises(UnknownOrder):
        reprocessing.again(an_order().order_id, "operator")

    assert queues.sent == []


def test_an_order_that_could_never_be_read_is_read_again_from_its_shop(
    book: TableOrderBook,
    errors: TableErrorPages,
    queues: RecordingQueues,
    reprocessing: Reprocessing,
    configuration: Configuration,
):
    order = an_order()
    given_up = IntakeMessage(source="bigcommerce", external_id=order.external_id, attempt=8)
    OrderIntake(book, errors, {}, only(configuration), Cancellation(book, errors)).give_up(given_up, "the shop is down")

    reprocessing.again(order.order_id, "operator")

    (message,) = queues.messages(INTAKE_QUEUE)
    assert IntakeMessage.model_validate_json(message) == given_up.model_copy(update={"attempt": 1})
    assert errors_of(errors, order.order_id) == []


class OutOfReach(RecordingQueues):
    def send(self, queue: str, *_: object, **__: object) -> None:
        raise TransientProviderError(f"{queue} is out of reach")


def unreadable(_: OrderRecord) -> None:
    raise TransientProviderError("the shop is down")


@pytest.mark.parametrize(
    ("events", "flow"), [((*VALIDATED, STEP_FAILED), FLOW), ((INTAKE_FAILED,), None)], ids=["a step", "intake"]
)
def test_an_order_whose_reprocessing_fails_stays_on_hold_with_its_error(
    book: TableOrderBook, errors: TableErrorPages, events: tuple[str, ...], flow: str | None
):
    order_id = taken_in(book, *events, flow=flow).order.order_id
    errors.report(ErrorEntry(kind="inbound", key=order_id, order_id=order_id, message="no"))

    with pytest.raises(TransientProviderError):
        Reprocessing(book, errors, OutOfReach(), unreadable, VERSION).again(order_id, "operator")

    assert standing(book, order_id)[0] == "On Hold"
    assert [error.message for error in errors_of(errors, order_id)] == ["no"]
    assert happened(book, order_id) == [*events]


def test_asking_again_finishes_what_a_crash_left_of_the_first_time(
    book: TableOrderBook, errors: TableErrorPages, reprocessing: Reprocessing
):
    order_id = taken_in(book, *VALIDATED, STEP_FAILED).order.order_id
    reprocessing.again(order_id, "operator")
    errors.report(ErrorEntry(kind="provider_action", key=order_id, order_id=order_id, message="not resolved in time"))

    reprocessing.again(order_id, "operator")

    assert errors_of(errors, order_id) == []


def test_an_order_whose_flow_could_never_be_started_is_taken_in_again(
    book: TableOrderBook,
    errors: TableErrorPages,
    queues: RecordingQueues,
    reprocessing: Reprocessing,
    configuration: Configuration,
):
    order = taken_in(book).order
    message = IntakeMessage(source="bigcommerce", external_id=order.external_id)
    OrderIntake(book, errors, {}, only(configuration), Cancellation(book, errors)).give_up(message, "no orchestrations")

    reprocessing.again(order.order_id, "operator")

    assert queues.messages(INTAKE_QUEUE) == [message.model_dump_json()]
