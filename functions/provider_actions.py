"""One queue a provider, so that one's outage holds up no other. Giving up on it answers the waiting flow."""

import asyncio
import logging

import azure.durable_functions as df

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import answer_action
from functions.queue_triggers import Delivery, QueueTriggers
from shared.bootstrap import services
from shared.domain.actions import AnsweredLater, Provider, ProviderAction
from shared.domain.errors import TransientProviderError
from shared.domain.results import StepAnswer
from shared.messaging.names import actions_queue, poison
from shared.telemetry.messages import handling

triggers = QueueTriggers()
log = logging.getLogger(__name__)


def _register(provider: Provider) -> None:
    queue = actions_queue(provider)

    @triggers.message(queue, f"run_{provider}_action")
    async def run_action(delivery: Delivery, client: df.DurableOrchestrationClient) -> None:
        action = ProviderAction.model_validate_json(delivery.body)
        with handling(queue, action):
            answer = await asyncio.to_thread(_run_or_redeliver, action)
            if answer is not None:
                await answer_action(client, action, answer)

    @triggers.dead_letter(queue, f"give_up_{provider}_action")
    async def give_up_action(delivery: Delivery, client: df.DurableOrchestrationClient) -> None:
        action = await asyncio.to_thread(read_dead_letter, queue, delivery.body, ProviderAction)
        if action is not None:
            with handling(poison(queue), action):
                answer = await asyncio.to_thread(_give_up, queue, action)
                await answer_action(client, action, answer)


def _give_up(queue: str, action: ProviderAction) -> StepAnswer:
    return give_up(queue, action, WHY, services().provider_actions.give_up)


def _run_or_redeliver(action: ProviderAction) -> StepAnswer | None:
    """None when the action went back on its queue, or is done together with others, who will have its answer."""
    actions, queue = services().provider_actions, actions_queue(action.provider)
    try:
        return actions.run(action)
    except AnsweredLater:
        return None
    except TransientProviderError as fault:
        log.warning("order %s: %s met a passing fault: %s", action.order_id, action.step, fault)
        if services().redelivery.again(queue, action, fault):
            return None
        return give_up(queue, action, str(fault), actions.give_up)


for _provider in Provider:
    _register(_provider)
