"""How the HTTP API answers: JSON, and refusals as problem JSON (RFC 9457).

A refusal of a request itself names every parameter or field that is wrong, with its value (`errors`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import azure.functions as func

from functions.bodies import TooLarge
from shared.application.background_jobs import UnknownJob
from shared.application.cancellation import AlreadyShipped
from shared.application.dead_letter_desk import NotReplayable, UnknownDeadLetter
from shared.application.draft_desk import NoDraft, OverlappingChange
from shared.application.error_desk import StillOnHold, UnknownError
from shared.application.flow_desk import UnknownFlow
from shared.application.holding import NotHeld, NotToBeHeld
from shared.application.intake import StillWrong
from shared.application.line_resending import NotToBeResent
from shared.application.mapping_desk import UnknownMapping
from shared.application.mistakes import InvalidRequest, NoSettings, NotActive, StaleVersion
from shared.application.order_lines import NotWaiting, UnknownLine
from shared.application.provider_desk import ConnectionFailed, NotInstalled, ProviderInUse, UnknownProvider
from shared.application.reprocessing import NothingToReprocess
from shared.configuration import ConfigurationError, NotConfigured, UnknownStrategy
from shared.configuration.editing import NotEditable
from shared.domain.configuration_versions import Outrun, UnknownVersion
from shared.domain.errors import (
    OrderProblem,
    RejectedByProvider,
    TooLargeToKeep,
    TransientProviderError,
    UnknownOrder,
)
from shared.settings import SettingsError


class VersionRequired(OrderProblem):
    """A change of something that others may have changed must say which version of it the caller has seen."""


_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    InvalidRequest: (400, "invalid request"),
    TooLarge: (413, "too large"),
    TooLargeToKeep: (413, "too large"),
    VersionRequired: (428, "version required"),
    StaleVersion: (412, "stale version"),
    Outrun: (412, "stale version"),
    UnknownVersion: (404, "unknown version"),
    NotConfigured: (404, "not in the configuration"),
    NoDraft: (404, "no draft"),
    OverlappingChange: (409, "changed meanwhile"),
    UnknownFlow: (404, "unknown flow"),
    UnknownMapping: (404, "unknown mapping"),
    NotEditable: (409, "not to be changed this way"),
    UnknownProvider: (404, "unknown provider"),
    NotInstalled: (409, "not installed"),
    ProviderInUse: (409, "in use"),
    ConnectionFailed: (409, "connection test failed"),
    NotActive: (409, "not active"),
    UnknownDeadLetter: (404, "unknown dead letter"),
    NotReplayable: (409, "not in this state"),
    UnknownError: (404, "unknown error"),
    StillOnHold: (409, "not in this state"),
    UnknownOrder: (404, "unknown order"),
    NothingToReprocess: (409, "not in this state"),
    NotToBeHeld: (409, "not in this state"),
    NotHeld: (409, "not in this state"),
    AlreadyShipped: (409, "not in this state"),
    UnknownLine: (404, "unknown line"),
    NotWaiting: (409, "not in this state"),
    NotToBeResent: (409, "not in this state"),
    UnknownJob: (404, "unknown job"),
    NoSettings: (409, "not configured"),
    UnknownStrategy: (409, "not configured"),
    SettingsError: (503, "settings are missing"),
    ConfigurationError: (503, "the configuration cannot be used"),
    StillWrong: (409, "still wrong at its source"),
    RejectedByProvider: (502, "an outside system refused"),
    TransientProviderError: (503, "not available right now"),
}
REFUSALS = tuple(_REFUSALS)
"""What `refused` can answer; anything else is a mistake of ours, and the host's 500."""


def answered(answer: Callable[[], Mapping[str, Any]]) -> func.HttpResponse:
    """What `answer` returns, as JSON; what it refuses, as a problem."""
    try:
        return json_answer(answer())
    except REFUSALS as refusal:
        return refused(refusal)


def refused(refusal: Exception) -> func.HttpResponse:
    status, title = status_of(refusal)
    is_detailed = isinstance(refusal, InvalidRequest | ProviderInUse)
    errors = [problem.model_dump() for problem in refusal.problems] if is_detailed else None
    return problem(status, title, str(refusal), errors)


def status_of(refusal: Exception) -> tuple[int, str]:
    """HTTP status and title of one of `REFUSALS`."""
    return next(answer for kind, answer in _REFUSALS.items() if isinstance(refusal, kind))


def json_answer(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json", headers=headers)


def problem(status: int, title: str, detail: str, errors: list[dict[str, Any]] | None = None) -> func.HttpResponse:
    """`errors`: what is wrong where, each {field, value, problem}."""
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if errors is not None:
        body["errors"] = errors
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/problem+json")
