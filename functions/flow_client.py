"""What triggers tell the orchestrations, through the durable client binding."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import azure.durable_functions as df

from functions.orchestrations import newest
from shared.application.intake import FlowStart
from shared.bootstrap import services
from shared.domain.actions import ProviderAction
from shared.domain.identity import instance_id_for
from shared.domain.results import EventMark, StepAnswer
from shared.telemetry.spans import flow_start

log = logging.getLogger(__name__)

_RUNNING = {
    df.OrchestrationRuntimeStatus.Running,
    df.OrchestrationRuntimeStatus.Pending,
    df.OrchestrationRuntimeStatus.Suspended,
    df.OrchestrationRuntimeStatus.ContinuedAsNew,
}


async def start_once(client: df.DurableOrchestrationClient, start: FlowStart) -> None:
    """Start the order's orchestration unless there is or was one: the client would silently replace a finished one."""
    if not start.is_new and await _status(client, start.instance_id) is not None:
        return
    await _start(client, start)


async def _start(client: df.DurableOrchestrationClient, start: FlowStart) -> None:
    orchestrator = newest(start.flow)
    with flow_start(start.input["order_id"], start.flow):
        try:
            await client.start_new(orchestrator, start.instance_id, start.input)
        except Exception:  # the SDK raises bare Exception, also when a twin of this message was faster
            if await _status(client, start.instance_id) in (None, df.OrchestrationRuntimeStatus.Failed):
                raise
            return
    log.info("%s started as %s", start.instance_id, orchestrator)


async def restart_failed(client: df.DurableOrchestrationClient, order_id: str) -> bool:
    """Start the order's flow anew if it has failed; whether it had. The new one reads all that has happened.

    Raises what the SDK raises when it could not be started: the failed one is still the order's.
    """
    if await _status(client, instance_id_for(order_id)) is not df.OrchestrationRuntimeStatus.Failed:
        return False
    start = await asyncio.to_thread(lambda: services().intake.start_anew(order_id))
    if start is None:
        return False
    await _start(client, start)
    await asyncio.to_thread(lambda: services().flow_events.failure_is_over(order_id))
    return True


async def raise_events(client: df.DurableOrchestrationClient, order_id: str, events: Iterable[EventMark]) -> None:
    """Raise timeline events into the order's flow as `event-{n}`."""
    for event in events:
        await tell(client, order_id, f"event-{event.number}", event.model_dump())


async def answer_action(client: df.DurableOrchestrationClient, action: ProviderAction, answer: StepAnswer) -> None:
    """Tell the waiting flow what became of its provider action; the details stay in the order book."""
    await tell(client, action.order_id, action.action_id, answer.model_dump(include={"success", "events"}))


async def tell(client: df.DurableOrchestrationClient, order_id: str, name: str, data: dict[str, Any]) -> None:
    """Raise one event. A flow that is not there yet will read it from the timeline; a finished one needs it no more."""
    instance_id = instance_id_for(order_id)
    try:
        await client.raise_event(instance_id, name, data)
    except Exception:  # the SDK raises bare Exception for 404 and 410 as for everything else
        status = await _status(client, instance_id)
        if status in _RUNNING:  # it has begun since, or the call got lost: once more at once, then by its message
            await client.raise_event(instance_id, name, data)
            return
        if status is df.OrchestrationRuntimeStatus.Failed:  # such as by a release that it could not go on with
            log.error("the flow of this order has failed, no step of it is done: %s, untold of %s", instance_id, name)
            await asyncio.to_thread(lambda: services().flow_events.report_failure(order_id))
            return
        log.info("%s: %s was not raised, the flow has not begun or is over", instance_id, name)


async def _status(client: df.DurableOrchestrationClient, instance_id: str) -> df.OrchestrationRuntimeStatus | None:
    return (await client.get_status(instance_id)).runtime_status
