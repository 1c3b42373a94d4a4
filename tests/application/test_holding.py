"""A person holds an order and lets it go on; nobody outside hears of it meanwhile."""

import pytest

from shared.application.cancellation import Cancellation
from shared.application.holding import Holding, NotHeld, NotToBeHeld
from shared.application.provider_actions import ProviderActions
from shared.application.reprocessing import NothingToReprocess, Reprocessing
from shared.application.step_keeping import StepKeeping
from shared.domain.actions import CANCEL_ORDER, Perform, Provider
from shared.domain.errors import UnknownOrder
from shared.domain.events import (
    CANCEL_REQUESTED,
    ON_HAND_CHECK_SUCCEEDED,
    ORDER_HELD,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_RESUMED,
    REPROCESS_REQUESTED,
    STEP_FAILED,
)
from shared.domain.records import Change
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import (
    INVOICED,
    SENT,
    VALIDATED,
    RecordingAction,
    RecordingQueues,
    an_event,
    an_order,
    errors_of,
    happened,
    sending,
    standing,
    taken_in,
)

HELD = ("On Hold", "Held by Operator")


@pytest.fixture
def holding(book: TableOrderBook) -> Holding:
    return Holding(book)


@pytest.fixture
def reprocessing(book: TableOrderBook, errors: TableErrorPages) -> Reprocessing:
    return Reprocessing(book, errors, RecordingQueues(), mend=lambda _: None, configuration=0)


def actions(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims, perform: Perform) -> ProviderActions:
    names = ("send_order_to_fulfillment", CANCEL_ORDER)
    return ProviderActions(StepKeeping(book, errors), claims, {(Provider.FINOPS, name): perform for name in names})


def test_a_held_order_says_who_holds_it_and_why(holding: Holding, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED).order.order_id

    (mark,) = holding.hold(order_id, "operator", "the shopper will call back")

    event = book.timeline(order_id).events[-1]
    assert (mark, event.name, event.source) == (event.mark, ORDER_HELD, "operator")
    assert event.details == {"message": "the shopper will call back"}
    assert standing(book, order_id) == HELD


def test_a_resumed_order_stands_where_it_was_held(holding: Holding, book: TableOrderBook):
    order_id = taken_in(book, *SENT).order.order_id
    before = standing(book, order_id)
    holding.hold(order_id, "operator", "")

    marks = holding.resume(order_id, "operator")

    # Of the hold, too: its own raise may have been lost, and a flow hears of what happened in turn.
    assert [mark.name for mark in marks] == [ORDER_HELD, ORDER_RESUMED]
    assert standing(book, order_id) == before


def test_holding_and_resuming_twice_changes_nothing_and_is_told_again(holding: Holding, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED).order.order_id

    held = [holding.hold(order_id, "operator", "") for _ in range(2)]
    resumed = [holding.resume(order_id, "operator") for _ in range(2)]

    assert (held[0], resumed[0]) == (held[1], resumed[1])
    assert happened(book, order_id) == [*VALIDATED, ORDER_HELD, ORDER_RESUMED]


def test_an_order_can_be_held_as_often_as_people_want(holding: Holding, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED).order.order_id

    for _ in range(2):
        holding.hold(order_id, "operator", "")
        holding.resume(order_id, "operator")

    assert happened(book, order_id) == [*VALIDATED, *(ORDER_HELD, ORDER_RESUMED) * 2]


def test_nobody_is_told_of_a_held_order_and_its_flow_hears_why(
    holding: Holding, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims
):
    order_id = taken_in(book, *VALIDATED).order.order_id
    (held,) = holding.hold(order_id, "operator", "")
    perform = RecordingAction()

    answer = actions(book, errors, claims, perform).run(sending(order_id))

    assert perform.performed == []
    assert (answer.success, answer.message, answer.events) == (False, "the order is held by a person", (held,))
    assert happened(book, order_id) == [*VALIDATED, ORDER_HELD]
    assert (standing(book, order_id), errors_of(errors, order_id)) == (HELD, [])


def test_its_next_try_is_performed_once_it_is_resumed(
    holding: Holding, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims
):
    order_id = taken_in(book, *VALIDATED).order.order_id
    holding.hold(order_id, "operator", "")
    perform = RecordingAction()
    runner = actions(book, errors, claims, perform)
    runner.run(sending(order_id))
    holding.resume(order_id, "operator")

    again, next_try = runner.run(sending(order_id)), runner.run(sending(order_id, generation=2))

    assert (again.success, next_try.success) == (False, True)
    assert [action.generation for action, _ in perform.performed] == [2]


def test_a_held_order_can_be_canceled(
    holding: Holding, book: TableOrderBook, errors: TableErrorPages, claims: TableClaims
):
    order_id = taken_in(book, *SENT).order.order_id
    holding.hold(order_id, "operator", "")
    Cancellation(book, errors).cancel(order_id, "operator")
    perform = RecordingAction()

    actions(book, errors, claims, perform).run(sending(order_id, name=CANCEL_ORDER, step="Cancel at finops"))

    assert [action.name for action, _ in perform.performed] == [CANCEL_ORDER]


@pytest.mark.parametrize("event", [ORDER_PICKED, ORDER_INVOICED, ON_HAND_CHECK_SUCCEEDED])
def test_what_others_say_meanwhile_shows_when_it_is_resumed(holding: Holding, book: TableOrderBook, event: str):
    held, never_held = (taken_in(book, *VALIDATED).order.order_id for _ in range(2))
    holding.hold(held, "operator", "")
    for order_id in (held, never_held):
        book.change(order_id, lambda _: Change(events=(an_event(event),)))

    assert standing(book, held) == HELD
    holding.resume(held, "operator")
    assert standing(book, held) == standing(book, never_held)


def test_what_fails_meanwhile_is_reprocessed_instead_of_resumed(
    holding: Holding, reprocessing: Reprocessing, book: TableOrderBook
):
    order_id = taken_in(book, *VALIDATED).order.order_id
    holding.hold(order_id, "operator", "")
    book.change(order_id, lambda _: Change(events=(an_event(STEP_FAILED),), reason="Send Failed"))

    with pytest.raises(NotHeld, match="is on hold for more: Send Failed; reprocess it"):
        holding.resume(order_id, "operator")
    (mark,) = reprocessing.again(order_id, "operator")

    assert mark.name == REPROCESS_REQUESTED
    assert standing(book, order_id)[0] == "In Progress"
    assert holding.hold(order_id, "operator", "again")[0].number == mark.number + 1


def test_a_held_order_is_not_reprocessed(holding: Holding, reprocessing: Reprocessing, book: TableOrderBook):
    order_id = taken_in(book, *VALIDATED).order.order_id
    holding.hold(order_id, "operator", "")

    with pytest.raises(NothingToReprocess, match="is held by a person: resume it"):
        reprocessing.again(order_id, "operator")


@pytest.mark.parametrize(
    ("events", "flow", "why"),
    [
        (INVOICED, "any", "is Completed"),
        ((*VALIDATED, STEP_FAILED), "any", "is on hold already: Orchestration Step Failed"),
        ((), None, "is in no flow yet"),
    ],
)
def test_an_order_that_would_not_move_anyway_is_not_held(
    holding: Holding, book: TableOrderBook, events: tuple[str, ...], flow: str | None, why: str
):
    order_id = taken_in(book, *events, flow=flow).order.order_id

    with pytest.raises(NotToBeHeld, match=f"order BC-10427 {why}"):
        holding.hold(order_id, "operator", "")


def test_an_order_that_is_being_canceled_is_not_held(holding: Holding, book: TableOrderBook, errors: TableErrorPages):
    order_id = taken_in(book, *SENT).order.order_id
    Cancellation(book, errors).cancel(order_id, "operator")

    with pytest.raises(NotToBeHeld, match="is being canceled"):
        holding.hold(order_id, "operator", "")
    assert happened(book, order_id)[-1] == CANCEL_REQUESTED


def test_an_order_that_nobody_holds_is_not_resumed(holding: Holding, book: TableOrderBook):
    with pytest.raises(NotHeld, match="is held by nobody"):
        holding.resume(taken_in(book).order.order_id, "operator")


def test_an_unknown_order_is_neither_held_nor_resumed(holding: Holding):
    for act in (lambda: holding.hold(an_order().order_id, "operator", ""), lambda: holding.resume("?", "operator")):
        with pytest.raises(UnknownOrder):
            act()
