"""Fulfillment optimization in batches, and the backorder job."""

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func

from functions.flow_client import answer_action, raise_events
from shared.bootstrap import now, services
from shared.domain.actions import Provider

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.timer_trigger(arg_name="timer", schedule="%OPTIMIZATION_BATCH_SCHEDULE%")
@bp.durable_client_input(client_name="client")
async def run_optimization_batches(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Orders whose strategy waits for others, once they have waited long enough."""
    if services().speaks_to(Provider.OPTIMIZATION):
        for action, answer in await asyncio.to_thread(services().sourcing.batches.run):
            await answer_action(client, action, answer)


@bp.timer_trigger(arg_name="timer", schedule="%BACKORDER_SCHEDULE%")
@bp.durable_client_input(client_name="client")
async def release_backorders(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    """Cancel held lines past their SLA, then look for stock for the others."""
    if services().speaks_to(Provider.OPTIMIZATION):
        run = await asyncio.to_thread(services().sourcing.backorders.run, now())
        for seen in run.seen:
            await raise_events(client, seen.order_id, seen.events)
