"""Messages on the providers' queues: each request of a flow is answered, by its success or by its failure."""

import pytest

from shared.domain.actions import Provider, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import STEP_FAILED
from shared.domain.identity import instance_id_for
from shared.message_transport import Transport
from shared.messaging.names import actions_queue
from tests.application.samples import VALIDATED, RecordingAction, raising, sending, taken_in
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT, World

pytestmark = pytest.mark.parametrize("transport", list(Transport))


@pytest.fixture
def action(world: World) -> ProviderAction:
    return sending(taken_in(world.book, *VALIDATED).order.order_id)


async def run(world: World, action: ProviderAction) -> None:
    await world.call("run_finops_action", a_message(action), world.client)


async def test_the_answer_of_an_action_is_raised_under_its_id(world: World, action: ProviderAction):
    await run(world, action)

    assert world.client.raised == [
        (instance_id_for(action.order_id), action.action_id, {"success": True, "events": []})
    ]


async def test_an_action_delivered_again_is_not_performed_again_but_answered_again(
    world: World, action: ProviderAction
):
    perform = RecordingAction()
    world.performing(perform)

    await run(world, action)
    await run(world, action)

    assert len(perform.performed) == 1
    assert len(world.client.raised) == 2


async def test_a_refused_action_answers_its_flow_with_the_failure(world: World, action: ProviderAction):
    world.performing(raising(RejectedByProvider("the customer is blocked")))

    await run(world, action)

    ((_, _, answer),) = world.client.raised
    assert answer == {"success": False, "events": [{"number": 4, "name": STEP_FAILED}]}


async def test_an_action_that_met_a_passing_fault_is_tried_again_later(world: World, action: ProviderAction):
    world.performing(raising(TransientProviderError("busy", retry_after=120)))

    await run(world, action)

    ((queue, message, delay),) = world.queues.sent
    assert queue == actions_queue(Provider.FINOPS)
    assert ProviderAction.model_validate_json(message) == action.next_attempt()
    assert delay
    assert delay.total_seconds() >= 120
    assert world.client.raised == []


async def test_after_its_last_attempt_an_action_answers_that_it_failed(world: World, action: ProviderAction):
    world.performing(raising(TransientProviderError("busy")))

    await run(world, action.model_copy(update={"attempt": LAST_ATTEMPT}))

    assert world.queues.sent == []
    assert [answer["success"] for _, _, answer in world.client.raised] == [False]
    assert world.state(action.order_id) == "On Hold"


async def test_an_action_whose_message_was_given_up_answers_that_it_failed(world: World, action: ProviderAction):
    await world.call("give_up_finops_action", a_message(action), world.client)

    assert [(name, answer["success"]) for _, name, answer in world.client.raised] == [(action.action_id, False)]
    assert world.state(action.order_id) == "On Hold"
