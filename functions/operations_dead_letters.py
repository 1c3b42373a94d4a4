"""The operations API, messages that were given up: look, edit, replay, throw away."""

from collections.abc import Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.bodies import text_of
from functions.etags import etag, required_revision, seen_revision
from functions.problems import REFUSALS, json_answer, refused
from functions.query import Query, no_parameters
from shared.application.mistakes import ANY_REVISION
from shared.application.queue_messages import MESSAGES
from shared.bootstrap import services

bp = df.Blueprint()


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
        revision = required_revision(req.headers)
        return _letter(services().dead_letter_desk.edit(req.route_params["letter_id"], text_of(req), revision))
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
        seen = seen_revision(req.headers)
        services().dead_letter_desk.delete(req.route_params["letter_id"], ANY_REVISION if seen is None else seen)
        return func.HttpResponse(status_code=204)
    except REFUSALS as refusal:
        return refused(refusal)


def _letter(letter: Mapping[str, Any], status: int = 200) -> func.HttpResponse:
    return json_answer(letter, status, etag(letter["revision"]))
