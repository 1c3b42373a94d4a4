"""The F&O order status event handler."""

import asyncio
import logging

import azure.durable_functions as df

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import raise_events
from functions.queue_triggers import Delivery, QueueTriggers
from shared.application.finops_changes import ChangeMessage
from shared.application.provider_events import Seen
from shared.bootstrap import services
from shared.domain.errors import TransientProviderError
from shared.messaging.names import CHANGES_QUEUE, poison
from shared.telemetry.messages import handling

triggers = QueueTriggers()
log = logging.getLogger(__name__)


@triggers.message(CHANGES_QUEUE)
async def finops_status_events(delivery: Delivery, client: df.DurableOrchestrationClient) -> None:
    change = ChangeMessage.model_validate_json(delivery.body)
    if delivery.again:  # it may have stored the events and died before it raised them
        change = change.tried()
    with handling(CHANGES_QUEUE, change):
        seen = await asyncio.to_thread(_see_or_redeliver, change)
        if seen is not None:
            await raise_events(client, seen.order_id, seen.events)


@triggers.dead_letter(CHANGES_QUEUE)
def give_up_dataverse_change(delivery: Delivery) -> None:
    change = read_dead_letter(CHANGES_QUEUE, delivery.body, ChangeMessage)
    if change is not None:
        with handling(poison(CHANGES_QUEUE), change):
            give_up(CHANGES_QUEUE, change, WHY, services().finops_changes.give_up)


def _see_or_redeliver(change: ChangeMessage) -> Seen | None:
    """None when there is nothing to raise: not our order, back on its queue, or given up visibly."""
    changes = services().finops_changes
    try:
        return changes.handle(change, redelivered=change.attempt > 1)
    except TransientProviderError as fault:
        log.warning("dataverse row %s: status handler met a passing fault: %s", change.row_id, fault)
        if not services().redelivery.again(CHANGES_QUEUE, change, fault):
            give_up(CHANGES_QUEUE, change, str(fault), changes.give_up)
        return None
