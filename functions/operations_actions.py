"""The operations API, acting on orders: every call may be made twice, the flow hears of it however often."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ConfigDict, Field

from functions.bodies import TooLarge, read_body
from functions.flow_client import raise_events, restart_failed
from functions.problems import REFUSALS, json_answer, refused, status_of
from functions.query import no_parameters
from shared.application.mistakes import InvalidRequest
from shared.application.reprocessing import NothingToReprocess
from shared.bootstrap import services
from shared.domain.actions import Provider
from shared.domain.orders import Problem
from shared.domain.results import EventMark
from shared.telemetry.spans import order_span

bp = df.Blueprint()

WHO = "operator"
_LINE_NUMBER = re.compile("[1-9][0-9]{0,4}")
Act = Callable[[str, str], Iterable[EventMark]]
"""What is done about an order, given its id and who wants it; the events its flow must hear of.

Run in a thread, `services()` included: it may ask the store which configuration counts.
"""


class ManyOrders(BaseModel):
    """The body of a request about many orders."""

    model_config = ConfigDict(extra="forbid")

    order_ids: list[str] = Field(min_length=1, max_length=100)


class HoldReason(BaseModel):
    """The body of a request to hold an order."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)


@bp.route(route="orders/{order_id}/reprocess", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def reprocess_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Try an order on hold again from the step that failed, or one whose whole flow has. Safe to click twice."""
    return await _answer(req, lambda order_id: _again(client, order_id))


@bp.route(route="orders/reprocess", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def reprocess_orders(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """As `reprocess_order` for each of many; one that refuses does not keep the others from it."""
    try:
        no_parameters(req.params)
        wanted = read_body(req, ManyOrders)
    except (InvalidRequest, TooLarge) as invalid:
        return refused(invalid)
    answers = [await _again_of_many(client, order_id) for order_id in dict.fromkeys(wanted.order_ids)]
    return json_answer({"orders": answers})


@bp.route(route="orders/{order_id}/hold", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def hold_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Tell nobody outside anything more of an order until it is resumed; the body says why."""

    def hold(order_id: str, who: str) -> Iterable[EventMark]:
        return services().holding.hold(order_id, who, read_body(req, HoldReason).reason)

    return await _act(req, client, hold)


@bp.route(route="orders/{order_id}/resume", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def resume_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Let an order go on that a person holds."""

    def resume(order_id: str, who: str) -> Iterable[EventMark]:
        return services().holding.resume(order_id, who)

    return await _act(req, client, resume)


@bp.route(route="orders/{order_id}/cancel", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def cancel_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancel an order, asking everyone who has been told of it to stop; 409 once it has shipped."""

    def cancel(order_id: str, who: str) -> Iterable[EventMark]:
        return services().cancellation.cancel(order_id, who)

    return await _act(req, client, cancel)


@bp.route(route="orders/{order_id}/lines/{number}/cancel", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def cancel_line(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Give up a line that waits for stock; the order goes on with the others."""

    def give_up(order_id: str, who: str) -> Iterable[EventMark]:
        return services().cancellation.cancel_line(order_id, _line_number(req.route_params["number"]), who)

    return await _act(req, client, give_up)


@bp.route(route="orders/{order_id}/lines/{number}/release", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def release_line(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Look for stock for a line that waits, now."""

    def look(order_id: str, _: str) -> Iterable[EventMark]:
        return services().line_release.now(order_id, _line_number(req.route_params["number"]))

    return await _act(req, client, look)


@bp.route(route="orders/{order_id}/lines/{number}/resend", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def resend_line(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Have the order's flow send F&O a line again that F&O refused."""

    def again(order_id: str, who: str) -> Iterable[EventMark]:
        return services().line_resending.again(order_id, _line_number(req.route_params["number"]), who)

    return await _act(req, client, again)


@bp.route(route="orders/{order_id}/sourcing", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def source_again(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Look for stock for the order's waiting lines now, also those the backorder job does not look after."""

    def look(order_id: str, _: str) -> Iterable[EventMark]:
        services().views.whole(order_id)
        seen = services().look_for_stock(order_id) if services().speaks_to(Provider.OPTIMIZATION) else None
        return seen.events if seen else ()

    return await _act(req, client, look)


async def _act(req: func.HttpRequest, client: df.DurableOrchestrationClient, act: Act) -> func.HttpResponse:
    async def do(order_id: str) -> None:
        with _span(act.__name__.strip("_"), order_id):
            await raise_events(client, order_id, await asyncio.to_thread(act, order_id, WHO))

    return await _answer(req, do)


async def _answer(req: func.HttpRequest, do: Callable[[str], Awaitable[None]]) -> func.HttpResponse:
    order_id = req.route_params["order_id"]
    try:
        no_parameters(req.params)
        await do(order_id)
    except REFUSALS as refusal:
        return refused(refusal)
    return json_answer({"order_id": order_id}, 202)


async def _again_of_many(client: df.DurableOrchestrationClient, order_id: str) -> dict[str, Any]:
    try:
        await _again(client, order_id)
    except REFUSALS as refusal:
        status, title = status_of(refusal)
        return {"order_id": order_id, "status": status, "title": title, "detail": str(refusal)}
    return {"order_id": order_id, "status": 202}


async def _again(client: df.DurableOrchestrationClient, order_id: str) -> None:
    """A flow that has failed is started anew, whatever state it has left its order in."""
    with _span("again", order_id):
        try:
            events = await asyncio.to_thread(lambda: services().reprocessing.again(order_id, WHO))
        except NothingToReprocess:
            if await restart_failed(client, order_id):
                return
            raise
        if not await restart_failed(client, order_id):
            await raise_events(client, order_id, events)


def _span(what: str, order_id: str) -> AbstractContextManager[object]:
    return order_span(f"{WHO}: {what}", order_id)


def _line_number(given: str) -> int:
    if _LINE_NUMBER.fullmatch(given):
        return int(given)
    raise InvalidRequest(Problem(field="number", value=given, problem="is no number of a line, such as 1"))
