"""Providers: what there is, and what a person has installed, set and activated. Every change is a new version."""

from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, ValidationError

from functions.bodies import read_body
from functions.changes import Why, told
from functions.problems import answered
from functions.query import Query, no_parameters
from shared.application.mistakes import InvalidRequest, problems_in
from shared.application.provider_desk import provider_named
from shared.application.provider_views import provider_view
from shared.bootstrap import services
from shared.domain.actions import Provider

bp = df.Blueprint()


class Installation(Why):
    """The body of a request that installs a provider or changes its parameters, which are all of them."""

    parameters: dict[str, Any] = Field(default_factory=dict)


@bp.route(route="providers", methods=["GET"])
def list_providers(req: func.HttpRequest) -> func.HttpResponse:
    """Those the code knows, installed or not, by the version that counts here."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        return {"version": services().configuration.number, "providers": [_view(each) for each in Provider]}

    return answered(answer)


@bp.route(route="providers/{name}", methods=["GET"])
def show_provider(req: func.HttpRequest) -> func.HttpResponse:
    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        return {"version": services().configuration.number, **_view(provider_named(req.route_params["name"]))}

    return answered(answer)


@bp.route(route="providers/{name}/test", methods=["POST"])
def test_provider(req: func.HttpRequest) -> func.HttpResponse:
    """Whether it can be reached as it is set up now; changes nothing."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        name = req.route_params["name"]
        reason = services().provider_desk.test(name)
        return {"name": name, "ok": reason is None, "reason": reason}

    return answered(answer)


@bp.route(route="providers/{name}", methods=["PUT"])
def install_provider(req: func.HttpRequest) -> func.HttpResponse:
    """Install it, not active, or replace its parameters."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        wanted = read_body(req, Installation)
        name, desk = req.route_params["name"], services().provider_desk
        return told(desk.install(name, wanted.parameters, wanted.signature))

    return answered(answer)


@bp.route(route="providers/{name}/activate", methods=["POST"])
def activate_provider(req: func.HttpRequest) -> func.HttpResponse:
    """After a test of its connection; a failed one changes nothing."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        why = read_body(req, Why)
        return told(services().provider_desk.activate(req.route_params["name"], why.signature))

    return answered(answer)


@bp.route(route="providers/{name}/deactivate", methods=["POST"])
def deactivate_provider(req: func.HttpRequest) -> func.HttpResponse:
    """It is asked for nothing more; what it says by itself is still taken in."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        why = read_body(req, Why)
        return told(services().provider_desk.deactivate(req.route_params["name"], why.signature))

    return answered(answer)


@bp.route(route="providers/{name}", methods=["DELETE"])
def delete_provider(req: func.HttpRequest) -> func.HttpResponse:
    """Refused while a flow has a part for it. Who wants it and why are parameters: a DELETE has no body."""

    def answer() -> Mapping[str, Any]:
        why = _why(req.params)
        return told(services().provider_desk.delete(req.route_params["name"], why.signature))

    return answered(answer)


def _view(provider: Provider) -> dict[str, Any]:
    return provider_view(provider, services().configuration.current, services().provider_desk.reach)


def _why(params: Mapping[str, str]) -> Why:
    """Raises InvalidRequest."""
    with Query(params) as query:
        given = {name: query.text(name) for name in ("by", "note")}
    try:
        return Why.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as invalid:
        raise InvalidRequest(*problems_in(invalid)) from invalid
