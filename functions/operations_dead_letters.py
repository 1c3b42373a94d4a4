"""The operations API, messages that were given up: look, edit, replay, throw away."""

import re
from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.problems import REFUSALS, VersionRequired, json_answer, refused
from functions.query import Query, no_parameters
from shared.application.mistakes import InvalidRequest
from shared.application.queue_messages import MESSAGES
from shared.bootstrap import services
from shared.domain.orders import Problem

bp = df.Blueprint()

_ETAG = re.compile(r'(W/)?"[!#-~]*"')
_REVISION = re.compile(r'"([0-9]{1,9})"')
_NONE_OF_OURS = 0


@bp.route(route="dead-letters", methods=["GET"])
def list_dead_letters(req: func.HttpRequest) -> func.HttpResponse:
    """Of one `queue` or of all, given up last first."""
    try:
        with Query(req.params) as query:
            queue = query.one_of("queue", tuple(MESSAGES))
        return json_answer({"dead_letters": services().dead_letter_desk.letters(queue)})
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="dead-letters/{letter_id}", methods=["GET"])
def show_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """With its body and what is wrong with that; the ETag is what an edit must bring along."""
    try:
        no_parameters(req.params)
        return _letter(services().dead_letter_desk.letter(req.route_params["letter_id"]))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="dead-letters/{letter_id}", methods=["PUT"])
def edit_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Replace its body by the request's; needs If-Match."""
    try:
        no_parameters(req.params)
        revision = _revision(req.headers, required=True)
        return _letter(services().dead_letter_desk.edit(req.route_params["letter_id"], _text(req), revision))
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="dead-letters/{letter_id}/replay", methods=["POST"])
def replay_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Put it back on its queue, once however often it is asked for."""
    try:
        no_parameters(req.params)
        return _letter(services().dead_letter_desk.replay(req.route_params["letter_id"]), 202)
    except REFUSALS as refusal:
        return refused(refusal)


@bp.route(route="dead-letters/{letter_id}", methods=["DELETE"])
def delete_dead_letter(req: func.HttpRequest) -> func.HttpResponse:
    """Throw it away, if it is still what If-Match says, when that is given."""
    try:
        no_parameters(req.params)
        services().dead_letter_desk.delete(req.route_params["letter_id"], _revision(req.headers, required=False))
        return func.HttpResponse(status_code=204)
    except REFUSALS as refusal:
        return refused(refusal)


def _letter(letter: Mapping[str, Any], status: int = 200) -> func.HttpResponse:
    return json_answer(letter, status, {"ETag": f'"{letter["revision"]}"'})


def _revision(headers: Mapping[str, str], *, required: bool) -> int | None:
    """None for any. Raises VersionRequired, and InvalidRequest for what is no ETag at all."""
    given = headers.get("if-match")
    if given is None and required:
        raise VersionRequired("If-Match must carry the ETag of the letter as it was read, or *")
    if given is None or given == "*":
        return None
    if not _ETAG.fullmatch(given):
        raise InvalidRequest(Problem(field="If-Match", value=given, problem="is neither one ETag nor *"))
    revision = _REVISION.fullmatch(given)
    return int(revision[1]) if revision else _NONE_OF_OURS


def _text(req: func.HttpRequest) -> str:
    try:
        return req.get_body().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(Problem(field="body", value=None, problem=f"is not UTF-8: {error}")) from error
