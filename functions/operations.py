"""The operations API, as a whole: is the app well, what can be asked of it, what went wrong."""

import json
import logging
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import azure.durable_functions as df
import azure.functions as func
import yaml
from pydantic import BaseModel, ConfigDict

from functions.bodies import read_body
from functions.problems import answered, json_answer, problem, refused, status_of
from functions.query import Query, no_parameters
from shared.bootstrap import services
from shared.configuration import ConfigurationError
from shared.domain.errors import TransientProviderError
from shared.settings import SettingsError

bp = df.Blueprint()
log = logging.getLogger(__name__)

ErrorKind = Literal["inbound", "provider_action", "orchestration_step", "policy"]
ERROR_KINDS: tuple[str, ...] = get_args(ErrorKind)
ERROR_STATES = ("active", "resolved", "noted", "all")
OPENAPI = Path(__file__).with_name("openapi.yaml")


class ErrorName(BaseModel):
    """What an error is called on the error pages."""

    model_config = ConfigDict(extra="forbid")

    kind: ErrorKind
    key: str


@bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Whether the app's store answers. Anybody may ask: which settings are missing is told, all else is in the log."""
    try:
        services().views.recent(1)
    except (ConfigurationError, TransientProviderError) as fault:
        log.error("not healthy: %s", fault)
        status, title = status_of(fault)
        return problem(status, title, "the log of the app at this time has the cause")
    except SettingsError as missing:
        return refused(missing)
    return json_answer({"status": "ok"})


@bp.route(route="openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def openapi_document(req: func.HttpRequest) -> func.HttpResponse:
    """Every route of this app; public, for it holds nothing that the source code does not."""
    return func.HttpResponse(_openapi_json(), mimetype="application/json")


@bp.route(route="errors", methods=["GET"])
def list_errors(req: func.HttpRequest) -> func.HttpResponse:
    """The error pages; `kind` picks one, `status=all` shows the resolved ones too."""

    def answer() -> dict[str, Any]:
        with Query(req.params) as query:
            kind = query.one_of("kind", ERROR_KINDS)
            status = query.one_of("status", ERROR_STATES) or "active"
        wanted = None if status == "all" else status
        return {"errors": [entry.model_dump(mode="json") for entry in services().errors.entries(kind, wanted)]}

    return answered(answer)


@bp.route(route="errors/resolve", methods=["POST"])
def resolve_error(req: func.HttpRequest) -> func.HttpResponse:
    """Take an error off the active ones that nobody's next step will: one that belongs to no order, or none on hold."""

    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        name = read_body(req, ErrorName)
        services().error_desk.resolve(name.kind, name.key)
        return name.model_dump()

    return answered(answer)


@cache
def _openapi_json() -> str:
    return json.dumps(yaml.safe_load(OPENAPI.read_text(encoding="utf-8")))
