"""Takes an order in and starts its flow."""

import asyncio
import logging

import azure.durable_functions as df

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import raise_events, start_once
from functions.queue_triggers import Delivery, QueueTriggers
from shared.application.intake import Taken
from shared.bootstrap import services
from shared.domain.errors import TransientProviderError
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE, poison
from shared.telemetry.messages import handling

triggers = QueueTriggers()
log = logging.getLogger(__name__)


@triggers.message(INTAKE_QUEUE)
async def order_intake(delivery: Delivery, client: df.DurableOrchestrationClient) -> None:
    intake = IntakeMessage.model_validate_json(delivery.body)
    with handling(INTAKE_QUEUE, intake):
        taken = await asyncio.to_thread(_take_or_redeliver, intake)
        if taken is None:
            return
        if taken.start:
            await start_once(client, taken.start)
        await raise_events(client, taken.order_id, taken.events)


@triggers.dead_letter(INTAKE_QUEUE)
def give_up_order_intake(delivery: Delivery) -> None:
    intake = read_dead_letter(INTAKE_QUEUE, delivery.body, IntakeMessage)
    if intake is not None:
        with handling(poison(INTAKE_QUEUE), intake):
            give_up(INTAKE_QUEUE, intake, WHY, services().intake.give_up)


def _take_or_redeliver(message: IntakeMessage) -> Taken | None:
    """None when the message went back on its queue, or was given up visibly."""
    try:
        return services().intake.take(message)
    except TransientProviderError as fault:
        log.warning("%s order %s: intake met a passing fault: %s", message.source, message.external_id, fault)
        if not services().redelivery.again(INTAKE_QUEUE, message, fault):
            give_up(INTAKE_QUEUE, message, str(fault), services().intake.give_up)
        return None
