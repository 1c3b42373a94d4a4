"""The configuration, looked at: what counts now, what counted before, what is doubtful in it."""

import re
from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.etags import etag
from functions.problems import REFUSALS, answered, json_answer, refused
from functions.query import no_parameters
from shared.application.flow_desk import flow_views
from shared.application.mistakes import InvalidRequest
from shared.bootstrap import services
from shared.configuration.findings import findings
from shared.domain.configuration_versions import Version
from shared.domain.orders import Problem

bp = df.Blueprint()

_NUMBER = re.compile("[1-9][0-9]{0,8}")


@bp.route(route="configuration", methods=["GET"])
def show_configuration(req: func.HttpRequest) -> func.HttpResponse:
    """The version that is current in the store, whole; its ETag is its number."""
    try:
        no_parameters(req.params)
        versions = services().configuration_desk.versions
        version = versions.read(versions.current())
        return json_answer(_whole(version), headers=etag(version.header.number))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="configuration/versions", methods=["GET"])
def list_versions(req: func.HttpRequest) -> func.HttpResponse:
    """Who made which version current, when and why, newest first."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        return {"versions": [header.model_dump() for header in services().configuration_desk.versions.history()]}

    return answered(answer)


@bp.route(route="configuration/versions/{number}", methods=["GET"])
def show_version(req: func.HttpRequest) -> func.HttpResponse:
    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        return _whole(services().configuration_desk.versions.read(_number(req.route_params["number"])))

    return answered(answer)


@bp.route(route="configuration/findings", methods=["GET"])
def lint_configuration(req: func.HttpRequest) -> func.HttpResponse:
    """What is doubtful in the configuration that counts here, errors first."""

    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        in_force = services().configuration
        found = [finding.model_dump() for finding in findings(in_force.current)]
        return {"version": in_force.number, "findings": found}

    return answered(answer)


@bp.route(route="flows", methods=["GET"])
def list_flows(req: func.HttpRequest) -> func.HttpResponse:
    def answer() -> Mapping[str, Any]:
        no_parameters(req.params)
        in_force = services().configuration
        return {"version": in_force.number, "flows": flow_views(in_force.current)}

    return answered(answer)


def _whole(version: Version) -> dict[str, Any]:
    return {"version": version.header.model_dump(), "files": version.files}


def _number(given: str) -> int:
    if _NUMBER.fullmatch(given):
        return int(given)
    raise InvalidRequest(Problem(field="number", value=given, problem="is no number of a version, such as 1"))
