"""The F&O order status event handler."""

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import raise_events
from shared.application.finops_changes import ChangeMessage
from shared.application.provider_events import Seen
from shared.bootstrap import services
from shared.domain.errors import TransientProviderError
from shared.messaging.names import CHANGES_QUEUE, poison

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.queue_trigger(arg_name="message", queue_name=CHANGES_QUEUE, connection="AzureWebJobsStorage")
@bp.durable_client_input(client_name="client")
async def finops_status_events(message: func.QueueMessage, client: df.DurableOrchestrationClient) -> None:
    change = ChangeMessage.model_validate_json(message.get_body())
    # An earlier delivery may have stored the events and died before it raised them, also one before a passing fault.
    redelivered = (message.dequeue_count or 1) > 1 or change.attempt > 1
    seen = await asyncio.to_thread(_see_or_redeliver, change, redelivered)
    if seen is not None:
        await raise_events(client, seen.order_id, seen.events)


@bp.queue_trigger(arg_name="message", queue_name=poison(CHANGES_QUEUE), connection="AzureWebJobsStorage")
def give_up_dataverse_change(message: func.QueueMessage) -> None:
    change = read_dead_letter(CHANGES_QUEUE, message, ChangeMessage)
    if change is not None:
        give_up(CHANGES_QUEUE, change, WHY, services().finops_changes.give_up)


def _see_or_redeliver(change: ChangeMessage, redelivered: bool) -> Seen | None:
    """None when there is nothing to raise: not our order, back on its queue, or given up visibly."""
    changes = services().finops_changes
    try:
        return changes.handle(change, redelivered=redelivered)
    except TransientProviderError as fault:
        log.warning("dataverse row %s: status handler met a passing fault: %s", change.row_id, fault)
        if not services().redelivery.again(CHANGES_QUEUE, change, fault):
            give_up(CHANGES_QUEUE, change, str(fault), changes.give_up)
        return None
