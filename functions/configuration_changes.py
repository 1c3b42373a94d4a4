"""The configuration, changed: a draft of the next version, and single switches. Every change is a new version."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.bodies import read_body, text_of
from functions.changes import Why, told
from functions.etags import etag, required_revision, seen_revision
from functions.problems import REFUSALS, answered, json_answer, refused
from functions.query import Query, no_parameters
from shared.application.what_if import MOST_ORDERS
from shared.bootstrap import services

bp = df.Blueprint()

USUAL_ORDERS = 100


@bp.route(route="configuration/draft", methods=["GET"])
def show_draft(req: func.HttpRequest) -> func.HttpResponse:
    """Its files and what publishing it would do; its ETag is its revision."""
    try:
        no_parameters(req.params)
        shown = services().draft_desk.show()
        return json_answer(shown, headers=etag(shown["revision"]))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="configuration/draft/what-if", methods=["GET"])
def what_if(req: func.HttpRequest) -> func.HttpResponse:
    """What the draft would have decided otherwise about the orders taken in last."""

    def answer() -> dict[str, Any]:
        with Query(req.params) as query:
            orders = query.number("orders", 1, MOST_ORDERS) or USUAL_ORDERS
            source = query.one_of("source", services().listing.sources)
            policy = query.text("policy")
        draft = services().draft_desk.configuration()
        policies = (policy,) if policy else ()
        report = services().what_if.run(draft, orders=orders, source=source, policies=policies)
        return report.model_dump(mode="json")

    return answered(answer)


@bp.route(route="configuration/draft/{name}", methods=["PUT"])
def write_draft(req: func.HttpRequest) -> func.HttpResponse:
    """The request's body becomes a file of the draft; needs If-Match once there is one."""
    try:
        no_parameters(req.params)
        name, seen = req.route_params["name"], seen_revision(req.headers)
        return _revision(services().draft_desk.write(name, text_of(req), seen))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="configuration/draft/{name}", methods=["DELETE"])
def take_out_of_draft(req: func.HttpRequest) -> func.HttpResponse:
    """The file stays as it is published."""
    try:
        no_parameters(req.params)
        return _revision(services().draft_desk.take_out(req.route_params["name"], required_revision(req.headers)))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="configuration/draft", methods=["DELETE"])
def drop_draft(req: func.HttpRequest) -> func.HttpResponse:
    try:
        no_parameters(req.params)
        services().draft_desk.drop(required_revision(req.headers))
        return func.HttpResponse(status_code=204)
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="configuration/draft/publish", methods=["POST"])
def publish_draft(req: func.HttpRequest) -> func.HttpResponse:
    """Make it the current version; what was seen (If-Match) and nothing else."""

    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        seen = required_revision(req.headers)
        return told(services().draft_desk.publish(read_body(req, Why).signature, seen))

    return answered(answer)


@bp.route(route="flows/{name}/publish", methods=["POST"])
def publish_flow(req: func.HttpRequest) -> func.HttpResponse:
    """From now on it takes orders; the answer says which other published flow could take the same."""
    return _switched(req, on=True)


@bp.route(route="flows/{name}/unpublish", methods=["POST"])
def unpublish_flow(req: func.HttpRequest) -> func.HttpResponse:
    """It takes no new orders; those under way go on."""
    return _switched(req, on=False)


def _switched(req: func.HttpRequest, *, on: bool) -> func.HttpResponse:
    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        name, why = req.route_params["name"], read_body(req, Why)
        return told(services().flow_desk.set_published(name, on, why.signature))

    return answered(answer)


def _revision(revision: int) -> func.HttpResponse:
    return json_answer({"revision": revision}, headers=etag(revision))
