"""The state framework, with the shipped transitions: where events take an order, and where they must not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.configuration import load_configuration
from shared.domain import events
from shared.domain.states import NOWHERE, Outcome, Position, State, StateFramework, Transition

SHIPPED = load_configuration(Path(__file__).parents[2] / "config").states
FRAMEWORK = StateFramework(SHIPPED.transitions)

PLACED = (events.NEW_ORDER,)
VALIDATED = (*PLACED, events.HEADER_VALIDATED, events.LINES_VALIDATED)
SENT = (*VALIDATED, events.SENT_TO_FULFILLMENT)
SHIPPED_OUT = (*SENT, events.ORDER_PICKED, events.ORDER_SHIPPED)
INVOICED = (*SHIPPED_OUT, events.ORDER_INVOICED)


def after(*names: str, framework: StateFramework = FRAMEWORK) -> tuple[Position, Outcome]:
    position, outcome = NOWHERE, "recorded"
    for name in names:
        position, outcome = framework.apply(name, position)
    return position, outcome


def place(names: Sequence[str]) -> tuple[str, str]:
    position, _ = after(*names)
    return position.state.name, position.state.reason


@pytest.mark.parametrize(
    ("names", "state", "reason"),
    [
        (PLACED, "New", "New"),
        ((events.AWAITING_PAYMENT,), "New", "Awaiting Payment"),
        ((events.AWAITING_PAYMENT, events.NEW_ORDER), "New", "New"),
        (VALIDATED, "In Progress", "Order Validation Success"),
        ((*PLACED, events.HEADER_REFUSED), "In Progress", "Order Validation Failed"),
        ((*PLACED, events.LINES_REFUSED), "In Progress", "Order Validation Failed"),
        (SENT, "Fulfillment in Process", "Sent To Fulfillment"),
        ((*SENT, events.ORDER_PICKED), "Fulfillment in Process", "Picked"),
        (SHIPPED_OUT, "Fulfillment in Process", "Packed"),
        (INVOICED, "Completed", "Fulfilled"),
        ((*PLACED, events.ORDER_INVOICED), "Completed", "Fulfilled"),
        ((*VALIDATED, events.ORDER_INVOICED), "Completed", "Fulfilled"),
        ((*SENT, events.ORDER_CANCELED), "Canceled", "Canceled"),
        ((*SENT, events.STEP_FAILED), "On Hold", "Orchestration Step Failed"),
        ((*SENT, events.STEP_FAILED, events.ORDER_CANCELED), "Canceled", "Canceled"),
        ((*VALIDATED, events.ON_HAND_CHECK_FAILED), "On Hold", "Backorder Hold"),
        (
            (*VALIDATED, events.ON_HAND_CHECK_FAILED, events.ON_HAND_CHECK_SUCCEEDED),
            "Fulfillment in Process",
            "Inventory Check Successful",
        ),
        ((*INVOICED, events.STEP_FAILED), "On Hold", "Orchestration Step Failed"),
        ((*INVOICED, events.STEP_FAILED, events.REPROCESS_REQUESTED), "Completed", "Fulfilled"),
        ((events.INTAKE_FAILED,), "On Hold", "Order Intake Failed"),
        ((events.INTAKE_FAILED, events.NEW_ORDER), "New", "New"),
    ],
)
def test_events_take_an_order_through_its_states(names: Sequence[str], state: str, reason: str):
    assert place(names) == (state, reason)


@pytest.mark.parametrize(
    "names",
    [
        (*VALIDATED, events.STEP_FAILED),
        (*VALIDATED, events.ORDER_HELD),
        (*VALIDATED, events.ON_HAND_CHECK_FAILED, events.STEP_FAILED),
    ],
)
def test_stock_that_is_found_does_not_end_a_hold_that_a_person_must_end(names: Sequence[str]):
    """Its flow waits for them."""
    held, _ = after(*names, events.ON_HAND_CHECK_SUCCEEDED)

    assert held.state.name == "On Hold"
    assert held.held_from == State(name="Fulfillment in Process", reason="Inventory Check Successful")


@pytest.mark.parametrize(
    ("names", "late"),
    [
        (SHIPPED_OUT, events.ORDER_PICKED),
        ((*SHIPPED_OUT, events.STEP_FAILED), events.ORDER_PICKED),
        (SHIPPED_OUT, events.SENT_TO_FULFILLMENT),
        ((*SENT, events.ORDER_PICKED), events.SENT_TO_FULFILLMENT),
        (INVOICED, events.ORDER_SHIPPED),
        (INVOICED, events.LINES_VALIDATED),
        (INVOICED, events.ORDER_CANCELED),
        (SENT, events.NEW_ORDER),
        ((*SENT, events.STEP_FAILED), events.NEW_ORDER),
        ((*SENT, events.ORDER_CANCELED), events.ORDER_INVOICED),
        (SENT, events.REPROCESS_REQUESTED),
        ((*SENT, events.ORDER_CANCELED), events.STEP_FAILED),
    ],
)
def test_a_late_event_is_ignored_and_moves_nothing(names: Sequence[str], late: str):
    before, _ = after(*names)

    assert FRAMEWORK.apply(late, before) == (before, "ignored")


def test_an_order_on_hold_shows_on_release_what_has_become_of_it_meanwhile():
    held = (*SENT, events.STEP_FAILED, events.ORDER_PICKED, events.ORDER_SHIPPED)

    assert place(held) == ("On Hold", "Orchestration Step Failed")
    assert place((*held, events.REPROCESS_REQUESTED)) == ("Fulfillment in Process", "Packed")


def test_an_event_no_transition_speaks_of_is_recorded():
    before, _ = after(*SENT)

    assert FRAMEWORK.apply("Parcel Photographed", before) == (before, "recorded")


def test_every_event_of_the_flows_moves_orders_or_is_meant_only_to_be_recorded():
    named = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}

    assert named == FRAMEWORK.events | SHIPPED.recorded


@given(st.lists(st.sampled_from([events.ORDER_PICKED, events.ORDER_SHIPPED, events.ORDER_INVOICED]), max_size=8))
def test_however_status_events_arrive_an_order_stands_where_the_furthest_put_it(arrived: list[str]):
    stages = {
        events.ORDER_PICKED: ("Fulfillment in Process", "Picked"),
        events.ORDER_SHIPPED: ("Fulfillment in Process", "Packed"),
        events.ORDER_INVOICED: ("Completed", "Fulfilled"),
    }
    furthest = max(arrived, key=list(stages).index, default=None)

    expected = stages[furthest] if furthest else ("Fulfillment in Process", "Sent To Fulfillment")

    assert place((*SENT, *arrived)) == expected


def test_a_row_does_not_start_at_a_reason_it_excludes():
    row = Transition(event="e", sources=("A",), target="B", unless_reasons=("late",))

    assert row.starts_at(State(name="A", reason="early"))
    assert not row.starts_at(State(name="A", reason="late"))


def test_a_row_from_on_hold_can_depend_on_what_the_order_was_held_from():
    row = Transition(event="e", sources=("On Hold",), target="New", held_from=("(none)",))
    hold = State(name="On Hold", reason="")

    assert row.starts_at(hold, NOWHERE.state)
    assert not row.starts_at(hold, State(name="In Progress", reason=""))
