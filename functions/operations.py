"""The operations API: see an order, see why it is stuck, try it again. Refusals are problem JSON (RFC 9457)."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.flow_client import raise_events
from shared.application.cancellation import AlreadyShipped, NotWaiting, UnknownLine
from shared.application.intake import StillWrong
from shared.application.reprocessing import NothingToReprocess
from shared.bootstrap import services
from shared.configuration import UnknownStrategy
from shared.domain.actions import Provider
from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError, UnknownOrder
from shared.domain.results import EventMark

bp = df.Blueprint()

RECENT_LIMIT = 50
_REFUSALS: dict[type[OrderProblem], tuple[int, str]] = {
    UnknownOrder: (404, "unknown order"),
    NothingToReprocess: (409, "not in this state"),
    AlreadyShipped: (409, "not in this state"),
    UnknownLine: (404, "unknown line"),
    NotWaiting: (409, "not in this state"),
    UnknownStrategy: (409, "not configured"),
    StillWrong: (409, "still wrong at its source"),
    RejectedByProvider: (502, "an outside system refused"),
    TransientProviderError: (503, "not available right now"),
}
ERROR_KINDS = ("inbound", "provider_action", "orchestration_step", "policy")


@bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Whether the app's store answers."""

    def answer() -> dict[str, Any]:
        services().views.recent(1)
        return {"status": "ok"}

    return _answered(answer)


@bp.route(route="orders", methods=["GET"])
def list_orders(req: func.HttpRequest) -> func.HttpResponse:
    """The orders taken in last; or the one that `source` knows as `external_id`."""
    external_id = req.params.get("external_id")
    if external_id:
        source = req.params.get("source", "bigcommerce")
        return _answered(lambda: {"orders": services().views.find(source, external_id)})
    limit = req.params.get("limit", str(RECENT_LIMIT))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 500:
        return _problem(400, "limit is not a number from 1 to 500", limit)
    return _answered(lambda: {"orders": services().views.recent(int(limit))})


@bp.route(route="orders/{order_id}", methods=["GET"])
def show_order(req: func.HttpRequest) -> func.HttpResponse:
    return _answered(lambda: services().views.whole(req.route_params["order_id"]))


@bp.route(route="orders/{order_id}/timeline", methods=["GET"])
def show_timeline(req: func.HttpRequest) -> func.HttpResponse:
    return _answered(lambda: services().views.timeline(req.route_params["order_id"]))


@bp.route(route="orders/{order_id}/plans", methods=["GET"])
def show_plans(req: func.HttpRequest) -> func.HttpResponse:
    """Why the order's lines were sourced as they were: every plan made for it, oldest first."""
    order_id = req.route_params["order_id"]

    def answer() -> dict[str, Any]:
        services().views.whole(order_id)  # an unknown order has no plans, and is told from one without any
        if not services().speaks_to(Provider.OPTIMIZATION):
            return {"plans": []}
        return {"plans": services().sourcing.plan_views.plans_of(order_id)}

    return _answered(answer)


@bp.route(route="errors", methods=["GET"])
def list_errors(req: func.HttpRequest) -> func.HttpResponse:
    """The error pages; `kind` picks one, `status=all` shows the resolved ones too."""
    kind, status = req.params.get("kind"), req.params.get("status", "active")
    if kind and kind not in ERROR_KINDS:
        return _problem(400, f"kind is not one of {', '.join(ERROR_KINDS)}", kind)
    if status not in ("active", "resolved", "all"):
        return _problem(400, "status is not one of active, resolved, all", status)
    wanted = None if status == "all" else status
    return _answered(lambda: {"errors": [e.model_dump() for e in services().errors.entries(kind, wanted)]})


@bp.route(route="orders/{order_id}/reprocess", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def reprocess_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Try an order on hold again from the step that failed. Safe to click twice."""
    return await _act(req, client, services().reprocessing.again)


@bp.route(route="orders/{order_id}/cancel", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def cancel_order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancel an order, asking everyone who has been told of it to stop; 409 once it has shipped."""
    return await _act(req, client, services().cancellation.cancel)


@bp.route(route="orders/{order_id}/lines/{number:int}/cancel", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def cancel_line(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Give up a line that waits for stock; the order goes on with the others."""
    number = int(req.route_params["number"])
    return await _act(req, client, lambda order_id, who: services().cancellation.cancel_line(order_id, number, who))


@bp.route(route="orders/{order_id}/sourcing", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def source_again(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Look for stock for the order's waiting lines now, also those the backorder job does not look after."""

    def look(order_id: str, _: str) -> Iterable[EventMark]:
        services().views.whole(order_id)
        seen = services().sourcing.backorders.retry(order_id) if services().speaks_to(Provider.OPTIMIZATION) else None
        return seen.events if seen else ()

    return await _act(req, client, look)


async def _act(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, act: Callable[[str, str], Iterable[EventMark]]
) -> func.HttpResponse:
    order_id = req.route_params["order_id"]
    try:
        events = await asyncio.to_thread(act, order_id, "operator")
    except tuple(_REFUSALS) as refusal:
        return _refused(refusal)
    await raise_events(client, order_id, events)
    return _json({"order_id": order_id}, 202)


def _answered(answer: Callable[[], dict[str, Any]]) -> func.HttpResponse:
    try:
        return _json(answer())
    except tuple(_REFUSALS) as refusal:
        return _refused(refusal)


def _refused(refusal: OrderProblem) -> func.HttpResponse:
    status, title = next(answer for kind, answer in _REFUSALS.items() if isinstance(refusal, kind))
    return _problem(status, title, str(refusal))


def _json(body: dict[str, Any], status: int = 200) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")


def _problem(status: int, title: str, detail: str) -> func.HttpResponse:
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/problem+json")
