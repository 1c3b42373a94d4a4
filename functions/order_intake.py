"""Takes an order in and starts its flow."""

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import raise_events, start_once
from shared.application.intake import Taken
from shared.bootstrap import services
from shared.domain.errors import TransientProviderError
from shared.domain.sources import IntakeMessage
from shared.messaging.names import INTAKE_QUEUE, poison

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.queue_trigger(arg_name="message", queue_name=INTAKE_QUEUE, connection="AzureWebJobsStorage")
@bp.durable_client_input(client_name="client")
async def order_intake(message: func.QueueMessage, client: df.DurableOrchestrationClient) -> None:
    taken = await asyncio.to_thread(_take_or_redeliver, IntakeMessage.model_validate_json(message.get_body()))
    if taken is None:
        return
    if taken.start:
        await start_once(client, taken.start)
    await raise_events(client, taken.order_id, taken.events)


@bp.queue_trigger(arg_name="message", queue_name=poison(INTAKE_QUEUE), connection="AzureWebJobsStorage")
def give_up_order_intake(message: func.QueueMessage) -> None:
    intake = read_dead_letter(INTAKE_QUEUE, message, IntakeMessage)
    if intake is not None:
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
