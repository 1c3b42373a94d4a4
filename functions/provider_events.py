"""Flexe and SAP speak up (webhooks) and are asked (jobs, for calls that got lost); their queues hear of both."""

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func

from functions.dead_letters import WHY, give_up, read_dead_letter
from functions.flow_client import raise_events
from functions.inbound_calls import received
from functions.queue_triggers import Delivery, QueueTriggers
from shared.application.provider_events import ProviderEvent, Seen, SeenInPart
from shared.bootstrap import services
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.messaging.names import REPORTING, events_queue, poison
from shared.telemetry.messages import handling

bp = df.Blueprint()
triggers = QueueTriggers()
log = logging.getLogger(__name__)


@bp.route(route="webhooks/flexe", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def flexe_webhook(req: func.HttpRequest) -> func.HttpResponse:
    return _received(Provider.FLEXE, req)


@bp.route(route="webhooks/sap", methods=["POST", "OPTIONS"], auth_level=func.AuthLevel.ANONYMOUS)
def sap_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """CloudEvents; a broker asks by OPTIONS first whether it may send any (reference: sap.md section 5)."""
    if req.method == "OPTIONS" and services().speaks_to(Provider.SAP):
        allowed = services().sap_inbox.handshake(dict(req.headers))
        return func.HttpResponse(status_code=200 if allowed else 400, headers=allowed or {})
    return _received(Provider.SAP, req)


def _received(provider: Provider, req: func.HttpRequest) -> func.HttpResponse:
    if not services().speaks_to(provider):
        return func.HttpResponse(f"{provider} is not configured", status_code=404)
    headers = dict(req.headers)
    return received(provider, req, lambda body: services().provider_inbox(provider).receive(headers, body))


def _register(provider: Provider) -> None:
    queue = events_queue(provider)

    @triggers.message(queue, f"{provider}_events")
    async def handle_event(delivery: Delivery, client: df.DurableOrchestrationClient) -> None:
        event = ProviderEvent.model_validate_json(delivery.body)
        if delivery.again:  # it may have stored the events and died before it raised them
            event = event.tried()
        with handling(queue, event):
            for seen in await asyncio.to_thread(_see_or_redeliver, event):
                await raise_events(client, seen.order_id, seen.events)

    @triggers.dead_letter(queue, f"give_up_{provider}_event")
    def give_up_event(delivery: Delivery) -> None:
        event = read_dead_letter(queue, delivery.body, ProviderEvent)
        if event is not None:
            with handling(poison(queue), event):
                give_up(queue, event, WHY, services().provider_events(provider).give_up)


def _see_or_redeliver(event: ProviderEvent) -> tuple[Seen, ...]:
    """What to raise: nothing of what is not ours; of what went back or was given up, what was seen before."""
    events = services().provider_events(event.provider)
    try:
        return events.handle(event, redelivered=event.attempt > 1)
    except TransientProviderError as fault:
        log.warning("%s %s: its handler met a passing fault: %s", event.provider, event.document, fault)
        queue = events_queue(event.provider)
        if not services().redelivery.again(queue, event, fault):
            give_up(queue, event, str(fault), events.give_up)
        return fault.seen if isinstance(fault, SeenInPart) else ()


for _provider in REPORTING:
    _register(_provider)
