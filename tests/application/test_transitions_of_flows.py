"""Whatever a flow meets, wherever the order stands, the shipped transitions know what becomes of it."""

from collections.abc import Iterator

import pytest

from shared.configuration import Configuration
from shared.domain import events
from shared.domain.states import COMPLETED, NOWHERE, ON_HOLD, Position, StateFramework
from shared.flows.order_flow import MILESTONES

# The way of an order through the flows, each event with what it takes to get there.
WAY = (
    events.NEW_ORDER,
    events.HEADER_VALIDATED,
    events.LINES_VALIDATED,
    events.SENT_TO_FULFILLMENT,
    *MILESTONES,
)
ON_THE_WAY = range(1, len(WAY) + 1)
# Confirmation is told in the timeline; validation, which waits for it, moves the order.
MOVING = [milestone for milestone in MILESTONES if milestone != events.ORDER_CONFIRMED]


@pytest.fixture
def states(configuration: Configuration) -> StateFramework:
    return configuration.state_framework()


def positions(states: StateFramework) -> Iterator[Position]:
    """After each event of the way."""
    position = NOWHERE
    for event in WAY:
        position, _ = states.apply(event, position)
        yield position


def after(states: StateFramework, count: int) -> Position:
    return list(positions(states))[count - 1]


@pytest.mark.parametrize("count", ON_THE_WAY)
def test_a_step_that_fails_holds_the_order_and_its_release_puts_it_back(states: StateFramework, count: int):
    before = after(states, count)

    held, holding = states.apply(events.STEP_FAILED, before)
    released, releasing = states.apply(events.REPROCESS_REQUESTED, held)

    assert (holding, held.state.name) == ("applied", ON_HOLD)
    assert (releasing, released) == ("applied", before)


@pytest.mark.parametrize("count", ON_THE_WAY)
def test_an_order_that_is_not_completed_can_be_canceled_held_or_not(states: StateFramework, count: int):
    before = after(states, count)
    held, _ = states.apply(events.STEP_FAILED, before)

    outcomes = [states.apply(events.ORDER_CANCELED, position)[1] for position in (before, held)]

    expected = "ignored" if before.state.name == COMPLETED else "applied"
    assert outcomes[0] == expected
    assert outcomes[1] == "applied"


@pytest.mark.parametrize("milestone", MOVING)
@pytest.mark.parametrize("count", range(WAY.index(events.LINES_VALIDATED) + 1, len(WAY) + 1))
def test_what_finops_says_moves_a_validated_order_forward_and_never_back(
    states: StateFramework, count: int, milestone: str
):
    before = after(states, count)

    _, outcome = states.apply(milestone, before)

    is_news = count <= WAY.index(milestone)
    again = count == WAY.index(milestone) + 1 and milestone != events.ORDER_INVOICED
    assert outcome == ("applied" if is_news or again else "ignored")


@pytest.mark.parametrize("milestone", MOVING)
def test_a_held_order_moves_on_behind_its_hold(states: StateFramework, milestone: str):
    sent = after(states, WAY.index(events.SENT_TO_FULFILLMENT) + 1)
    held, _ = states.apply(events.STEP_FAILED, sent)

    moved, _ = states.apply(milestone, held)
    released, _ = states.apply(events.REPROCESS_REQUESTED, moved)

    assert moved.state == held.state
    assert released == states.apply(milestone, sent)[0]


@pytest.mark.parametrize("refused", [events.HEADER_REFUSED, events.LINES_REFUSED])
def test_a_refused_order_can_be_validated_again(states: StateFramework, refused: str):
    position = after(states, 1)
    for event in (refused, events.STEP_FAILED, events.REPROCESS_REQUESTED, events.LINES_VALIDATED):
        position, outcome = states.apply(event, position)

        assert outcome == "applied"
    assert position == after(states, WAY.index(events.LINES_VALIDATED) + 1)


def test_every_event_of_the_way_moves_an_order_or_is_only_recorded(
    states: StateFramework, configuration: Configuration
):
    position = NOWHERE
    for event in WAY:
        position, outcome = states.apply(event, position)

        assert outcome == ("recorded" if event in configuration.states.recorded else "applied")
