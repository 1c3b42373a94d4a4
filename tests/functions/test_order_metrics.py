"""What is counted and timed while messages are handled."""

import time
from datetime import timedelta

import pytest

from shared.domain.actions import AnsweredLater, Provider, ProviderAction
from shared.domain.errors import NotTried, RejectedByProvider, TransientProviderError
from shared.domain.events import NEW_ORDER, ORDER_PICKED, ORDER_SHIPPED
from shared.domain.records import Change
from shared.domain.sources import Readiness
from shared.messaging.names import INTAKE_QUEUE, actions_queue
from shared.telemetry import metrics
from tests.application.samples import (
    VALIDATED,
    RecordingAction,
    an_event,
    an_order,
    message_about,
    raising,
    sending,
    taken_in,
)
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World
from tests.seen import Seen

ACTIONS = actions_queue(Provider.FINOPS)
BUSY = TransientProviderError("busy")


@pytest.fixture
def action(world: World) -> ProviderAction:
    return sending(taken_in(world.book, *VALIDATED).order.order_id)


async def run(world: World, action: ProviderAction) -> None:
    await world.call("run_finops_action", a_message(action), world.client)


@pytest.mark.parametrize(
    ("perform", "outcomes"),
    [
        (RecordingAction(), ("succeeded", "handled")),
        (raising(RejectedByProvider("no such customer")), ("failed", "handled")),
        (raising(BUSY), ("put off", "redelivered")),
        (raising(NotTried("left in peace", retry_after=3)), ("put off", "put back")),
        (raising(AnsweredLater("with others")), ("gathered", "handled")),
    ],
)
async def test_actions_are_timed_by_provider_and_outcome_and_messages_by_queue(
    world: World, seen: Seen, action: ProviderAction, perform, outcomes: tuple[str, str]
):
    world.performing(perform)

    await run(world, action)

    action_came_to, message_was = outcomes
    of_action = {"provider": "finops", "action": "send_order_to_fulfillment", "outcome": action_came_to}
    assert seen.counted(metrics.ACTION_DURATION, **of_action) == 1
    assert seen.counted(metrics.MESSAGE_DURATION, queue=ACTIONS, outcome=message_was) == 1
    assert seen.counted(metrics.ACTION_DURATION) == seen.counted(metrics.MESSAGE_DURATION) == 1


async def test_an_answer_that_is_given_again_is_no_action(world: World, seen: Seen, action: ProviderAction):
    await run(world, action)
    await run(world, action)

    assert seen.counted(metrics.ACTION_DURATION) == 1
    assert seen.counted(metrics.MESSAGE_DURATION) == 2


async def test_a_message_given_up_and_one_that_fails_are_counted_as_such(
    world: World, seen: Seen, action: ProviderAction
):
    world.performing(raising(BUSY))
    await run(world, action.model_copy(update={"attempt": LAST_ATTEMPT}))
    world.performing(raising(KeyError("bug")))
    with pytest.raises(KeyError):
        await run(world, action.model_copy(update={"generation": 2}))

    assert seen.counted(metrics.MESSAGE_DURATION, queue=ACTIONS, outcome="given up") == 1
    assert seen.counted(metrics.MESSAGE_DURATION, queue=ACTIONS, outcome="failed") == 1


async def test_the_age_of_a_message_counts_from_when_it_was_due(world: World, seen: Seen, action: ProviderAction):
    lay, postponed = timedelta(minutes=2), timedelta(hours=1)

    await run(world, action.stamped("", time.time() - lay.total_seconds()))
    await run(world, action.stamped("", time.time() + postponed.total_seconds()))

    (point,) = seen.points(metrics.MESSAGE_AGE)
    assert dict(point.attributes or {}) == {"queue": ACTIONS}
    assert (point.count, point.min) == (2, 0)  # pyright: ignore[reportAttributeAccessIssue] # a histogram's
    assert point.max == pytest.approx(120, abs=5)  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_message_that_is_sent_says_when_it_is_due(world: World, seen: Seen, action: ProviderAction):
    world.performing(raising(TransientProviderError("busy", retry_after=600)))
    before = time.time()

    await run(world, action)

    ((_, sent, delay),) = world.queues.sent
    assert delay
    assert ProviderAction.model_validate_json(sent).due == pytest.approx(before + delay.total_seconds(), abs=5)


@pytest.mark.parametrize(
    ("readiness", "outcome"),
    [(Readiness.READY, "started"), (Readiness.WAITING, "waiting"), (Readiness.ELSEWHERE, "elsewhere")],
)
async def test_intake_counts_what_becomes_of_orders(world: World, seen: Seen, readiness: Readiness, outcome: str):
    order = world.shop.has(an_order(), readiness)

    await world.call("order_intake", a_message(message_about(order)), world.client)

    assert seen.counted(metrics.INTAKE, source="bigcommerce", outcome=outcome) == 1
    assert seen.counted(metrics.INTAKE) == 1
    assert seen.counted(metrics.MESSAGE_DURATION, queue=INTAKE_QUEUE, outcome="handled") == 1


def test_an_event_that_comes_too_late_is_counted_as_ignored_and_a_copy_not_at_all(world: World, seen: Seen):
    order_id = taken_in(world.book, NEW_ORDER).order.order_id
    for name in (ORDER_SHIPPED, ORDER_PICKED, ORDER_PICKED):
        world.book.change(order_id, lambda _, name=name: Change(events=(an_event(name),)))

    assert seen.counted(metrics.EVENTS, event=ORDER_SHIPPED, outcome="applied") == 1
    assert seen.counted(metrics.EVENTS, event=ORDER_PICKED, outcome="ignored") == 1
    assert seen.counted(metrics.EVENTS, outcome="ignored") == 1
