"""The operations API, reading: find orders, see one, see what happened to it and why."""

from collections.abc import Callable, Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.problems import answered
from functions.query import Query, cursor_for, no_parameters
from shared.application.order_listing import OrderFilter
from shared.application.order_views import OrderViews, summary
from shared.bootstrap import services
from shared.domain.actions import Provider
from shared.domain.states import STATES

bp = df.Blueprint()

USUAL_LIMIT = 50
MOST_ORDERS = 500


@bp.route(route="orders", methods=["GET"])
def list_orders(req: func.HttpRequest) -> func.HttpResponse:
    """The orders that fit every given filter, newest first; `next` is the `cursor` of the page behind this one."""

    def answer() -> dict[str, Any]:
        listing = services().listing
        with Query(req.params) as query:
            wanted = _filter(query, listing.sources)
            limit = query.number("limit", 1, MOST_ORDERS) or USUAL_LIMIT
            this_list = query.fingerprint(besides=("cursor", "limit"))
            after = query.cursor("cursor", this_list)
        page = listing.page(wanted, limit, after)
        following = cursor_for(page.after, this_list) if page.after else None
        return {"orders": [summary(record) for record in page.orders], "next": following}

    return answered(answer)


@bp.route(route="orders/{order_id}", methods=["GET"])
def show_order(req: func.HttpRequest) -> func.HttpResponse:
    return _about_order(req, OrderViews.whole)


@bp.route(route="orders/{order_id}/timeline", methods=["GET"])
def show_timeline(req: func.HttpRequest) -> func.HttpResponse:
    return _about_order(req, OrderViews.timeline)


@bp.route(route="orders/{order_id}/steps", methods=["GET"])
def show_steps(req: func.HttpRequest) -> func.HttpResponse:
    """What every step came to, with the decisions of its policies."""
    return _about_order(req, OrderViews.steps)


@bp.route(route="orders/{order_id}/plans", methods=["GET"])
def show_plans(req: func.HttpRequest) -> func.HttpResponse:
    """Why the order's lines were sourced as they were: every plan made for it, oldest first."""

    def answer(views: OrderViews, order_id: str) -> dict[str, Any]:
        views.whole(order_id)  # an unknown order has no plans, and is told from one without any
        if not services().speaks_to(Provider.OPTIMIZATION):
            return {"plans": []}
        return {"plans": services().sourcing.plan_views.plans_of(order_id)}

    return _about_order(req, answer)


def _about_order(req: func.HttpRequest, view: Callable[[OrderViews, str], Mapping[str, Any]]) -> func.HttpResponse:
    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        return view(services().views, req.route_params["order_id"])

    return answered(answer)


def _filter(query: Query, sources: tuple[str, ...]) -> OrderFilter:
    return OrderFilter(
        state=query.one_of("state", ("open", *STATES)),
        source=query.one_of("source", sources),
        flow=query.text("flow"),
        external_id=query.text("external_id"),
        number=query.text("number"),
        older_than=query.duration("older_than"),
        error=query.text("error"),
    )
