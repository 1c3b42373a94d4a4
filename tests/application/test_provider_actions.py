"""Provider actions: each is performed until it has its answer, and its answer is given to the flow however often."""

import pytest

from shared.application.provider_actions import BeingPerformed, ProviderActions
from shared.application.step_keeping import StepKeeping
from shared.configuration import Configuration
from shared.configuration.providers import ProviderInstance
from shared.domain.actions import CANCEL_ORDER, ActionOutcome, Provider
from shared.domain.errors import RejectedByProvider, TransientProviderError, UnknownOrder
from shared.domain.events import (
    ORDER_CANCELED,
    REPROCESS_REQUESTED,
    SENT_TO_FULFILLMENT,
    STEP_FAILED,
    BusinessEvent,
)
from shared.domain.ports import Claims
from shared.domain.records import CANCELING, Change
from shared.domain.results import StepResult
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import (
    VALIDATED,
    RecordingAction,
    an_event,
    an_order,
    errors_of,
    happened,
    raising,
    sending,
    standing,
    taken_in,
)

SENT_EVENT = BusinessEvent(name=SENT_TO_FULFILLMENT, cause="sent", source="finops")


def sent(action, order) -> ActionOutcome:
    return ActionOutcome(
        StepResult.succeeded(action.step), (SENT_EVENT,), update=lambda now: now.with_(shipping_warehouse="24")
    )


@pytest.fixture
def runner(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims):
    """Makes a runner whose every action is `perform`."""

    def runner(perform: RecordingAction, claims: Claims = claims) -> ProviderActions:
        names = ("send_order_to_fulfillment", "update_order_status", CANCEL_ORDER)
        actions = {(provider, name): perform for provider in Provider for name in names}
        return ProviderActions(StepKeeping(book, errors), claims, actions)

    return runner


@pytest.fixture
def inactive_flexe(book: TableOrderBook, errors: TableErrorPages, claims: TableClaims, configuration: Configuration):
    """As `runner`, while Flexe is not active."""
    idle = configuration.providers | {Provider.FLEXE: ProviderInstance(active=False)}
    why_idle = configuration.with_(providers=idle).why_idle

    def runner(perform: RecordingAction) -> ProviderActions:
        names = ("send_fulfillment_order", "send_order_to_fulfillment", "update_order_status", CANCEL_ORDER)
        actions = {(provider, name): perform for provider in Provider for name in names}
        return ProviderActions(StepKeeping(book, errors), claims, actions, why_idle)

    return runner


@pytest.fixture
def order_id(book: TableOrderBook) -> str:
    return taken_in(book, *VALIDATED).order.order_id


def test_an_action_acts_on_the_whole_order_and_its_outcome_is_kept(runner, book: TableOrderBook, order_id: str):
    perform = RecordingAction(sent)

    answer = runner(perform).run(sending(order_id))

    assert answer.success
    assert [mark.name for mark in answer.events] == [SENT_TO_FULFILLMENT]
    ((_, order),) = perform.performed
    assert len(order.lines) == 2
    assert book.get(order_id).order == order.with_(shipping_warehouse="24")
    assert standing(book, order_id) == ("Fulfillment in Process", "Sent To Fulfillment")


def test_an_action_that_has_its_answer_is_never_performed_again(runner, book: TableOrderBook, order_id: str):
    perform = RecordingAction(sent)
    actions = runner(perform)
    first = actions.run(sending(order_id))

    again = actions.run(sending(order_id, attempt=2))

    assert again == first
    assert len(perform.performed) == 1
    assert happened(book, order_id).count(SENT_TO_FULFILLMENT) == 1


def test_while_one_copy_of_an_action_is_performed_another_waits_for_its_answer(
    runner, book: TableOrderBook, order_id: str
):
    copy = RecordingAction(sent)

    def meanwhile(action, order) -> ActionOutcome:
        with pytest.raises(BeingPerformed) as wait:
            runner(copy).run(action)
        assert wait.value.retry_after == 5
        return sent(action, order)

    first = runner(RecordingAction(meanwhile)).run(sending(order_id))

    assert copy.performed == []
    assert runner(copy).run(sending(order_id, attempt=2)) == first


@pytest.mark.parametrize("fault", [TransientProviderError("busy"), ZeroDivisionError()])
def test_an_action_that_was_not_done_is_free_to_be_tried_again_at_once(runner, order_id: str, fault: Exception):
    with pytest.raises(type(fault)):
        runner(raising(fault)).run(sending(order_id))

    assert runner(RecordingAction(sent)).run(sending(order_id, attempt=2)).success


class Free:
    """`Claims` that everybody gets, as after a lease that has run out."""

    def take(self, order_id: str, what: str) -> float:  # noqa: ARG002 - as the port has it
        return 0.0

    def give_back(self, order_id: str, what: str) -> None: ...


def test_of_two_runs_at_once_both_give_the_answer_that_was_kept_first(runner, book: TableOrderBook, order_id: str):
    twin = runner(RecordingAction(sent), Free())

    def overtaken(action, order) -> ActionOutcome:
        twin.run(action)
        return ActionOutcome(StepResult.failed(action.step, "too late"))

    answer = runner(RecordingAction(overtaken), Free()).run(sending(order_id))

    assert answer.success
    assert STEP_FAILED not in happened(book, order_id)


def test_a_refusal_puts_the_order_on_hold_and_is_on_the_error_pages_with_its_reason(
    runner, book: TableOrderBook, errors: TableErrorPages, order_id: str
):
    action = sending(order_id)

    answer = runner(raising(RejectedByProvider("customer US-007 is blocked"))).run(action)

    assert (answer.success, answer.message) == (False, "customer US-007 is blocked")
    assert [mark.name for mark in answer.events] == [STEP_FAILED]
    assert standing(book, order_id) == ("On Hold", "Send order to fulfillment Failed")
    (error,) = errors_of(errors, order_id)
    assert (error.kind, error.key, error.step) == ("provider_action", action.action_id, "Send order to fulfillment")
    assert error.message == "customer US-007 is blocked"
    assert error.details["provider"] == "finops"


def test_a_refused_action_is_performed_again_under_the_next_generation(runner, book: TableOrderBook, order_id: str):
    runner(raising(RejectedByProvider("no"))).run(sending(order_id))
    perform = RecordingAction(sent)

    answer = runner(perform).run(sending(order_id, generation=2))

    assert answer.success
    assert len(perform.performed) == 1


def test_what_an_action_did_before_it_failed_is_kept(runner, book: TableOrderBook, order_id: str):
    def half(action, order) -> ActionOutcome:
        lines = (order.lines[0].with_(sync_error="unit box is unknown"), *order.lines[1:])
        return ActionOutcome(StepResult.failed(action.step, "1 line"), update=lambda now: now.with_(lines=lines))

    runner(RecordingAction(half)).run(sending(order_id))

    assert [line.sync_error for line in book.get(order_id).order.lines] == ["unit box is unknown", None]
    assert standing(book, order_id)[0] == "On Hold"


def test_a_passing_fault_leaves_nothing_behind_and_is_worth_trying_again(
    runner, book: TableOrderBook, errors: TableErrorPages, order_id: str
):
    with pytest.raises(TransientProviderError):
        runner(raising(TransientProviderError("busy"))).run(sending(order_id))

    assert book.timeline(order_id).steps == ()
    assert standing(book, order_id)[0] == "In Progress"
    assert errors_of(errors, order_id) == []


def test_an_action_given_up_is_answered_so_that_its_flow_does_not_wait_for_ever(
    runner, book: TableOrderBook, errors: TableErrorPages, order_id: str
):
    answer = runner(RecordingAction()).give_up(sending(order_id, attempt=8), "Dataverse is down")

    assert answer.message == "finops send_order_to_fulfillment gave up after 8 attempts: Dataverse is down"
    assert standing(book, order_id)[0] == "On Hold"
    assert errors_of(errors, order_id)[0].message == answer.message


def test_giving_up_an_action_that_has_its_answer_gives_that_answer(
    runner, book: TableOrderBook, errors: TableErrorPages, order_id: str
):
    actions = runner(RecordingAction(sent))
    kept = actions.run(sending(order_id))

    assert actions.give_up(sending(order_id, attempt=8), "too often") == kept
    assert standing(book, order_id)[0] == "Fulfillment in Process"
    assert errors_of(errors, order_id) == []


def test_an_order_canceled_while_its_action_was_on_its_way_is_not_sent(
    runner, book: TableOrderBook, errors: TableErrorPages, order_id: str
):
    book.change(order_id, lambda _: Change(events=(an_event(ORDER_CANCELED),)))
    perform = RecordingAction(sent)

    answer = runner(perform).run(sending(order_id))

    assert (answer.success, answer.message) == (False, "the order is canceled, or is to be")
    assert perform.performed == []
    assert standing(book, order_id) == ("Canceled", "Canceled")
    assert errors_of(errors, order_id) == []


@pytest.mark.parametrize(
    ("provider", "name", "performed"),
    [
        (Provider.FINOPS, "send_order_to_fulfillment", False),
        (Provider.FINOPS, CANCEL_ORDER, True),
        (Provider.BIGCOMMERCE, "update_order_status", True),
    ],
)
def test_while_an_order_is_to_be_canceled_only_the_store_and_who_must_stop_hear_of_it(
    request: pytest.FixtureRequest, runner, provider: Provider, name: str, performed: bool
):
    book, errors, order_id = map(request.getfixturevalue, ("book", "errors", "order_id"))
    book.change(order_id, lambda _: Change(marks={CANCELING: "requested"}))
    perform = RecordingAction(sent)

    answer = runner(perform).run(sending(order_id, provider=provider, name=name))

    assert (answer.success, bool(perform.performed)) == (performed, performed)
    assert errors_of(errors, order_id) == []
    assert standing(book, order_id)[0] != "On Hold"


def test_an_action_for_an_unknown_order_is_a_mistake(runner):
    with pytest.raises(UnknownOrder):
        runner(RecordingAction()).run(sending(an_order().order_id))


INACTIVE = "provider flexe is not active"


@pytest.mark.parametrize("name", ["send_fulfillment_order", CANCEL_ORDER])
def test_an_inactive_provider_is_asked_for_nothing_and_the_order_waits_with_that_reason(
    inactive_flexe, book: TableOrderBook, errors: TableErrorPages, order_id: str, name: str
):
    perform = RecordingAction(sent)

    answer = inactive_flexe(perform).run(sending(order_id, provider=Provider.FLEXE, name=name))

    assert (answer.success, answer.message) == (False, f"{INACTIVE}; activate it, then reprocess")
    assert perform.performed == []
    assert standing(book, order_id)[0] == "On Hold"
    assert [error.message for error in errors_of(errors, order_id)] == [answer.message]


def test_what_an_inactive_provider_was_not_asked_for_is_done_once_it_is_active(
    inactive_flexe, runner, book: TableOrderBook, order_id: str
):
    perform, wish = RecordingAction(sent), {"provider": Provider.FLEXE, "name": "update_order_status"}
    inactive_flexe(perform).run(sending(order_id, **wish))
    book.change(order_id, lambda _: Change(events=(an_event(REPROCESS_REQUESTED),)))

    answers = [runner(perform).run(sending(order_id, generation=2, **wish)) for _ in range(2)]

    assert [answer.success for answer in answers] == [True, True]
    assert len(perform.performed) == 1
    assert standing(book, order_id) == ("Fulfillment in Process", "Sent To Fulfillment")


def test_an_answer_from_before_its_provider_was_deactivated_stands(inactive_flexe, runner, order_id: str):
    wish = {"provider": Provider.FLEXE, "name": "update_order_status"}
    before = runner(RecordingAction(sent)).run(sending(order_id, **wish))

    assert inactive_flexe(RecordingAction(sent)).run(sending(order_id, **wish)) == before


def test_the_others_go_on_while_a_provider_is_inactive(inactive_flexe, order_id: str):
    assert inactive_flexe(RecordingAction(sent)).run(sending(order_id)).success
