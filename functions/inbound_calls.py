"""How every outside system's call is answered: authenticated, its envelope checked, put on a queue, in milliseconds."""

import logging
from collections.abc import Callable

import azure.functions as func

from shared.domain.errors import Malformed, NotAuthentic

log = logging.getLogger(__name__)


def received(system: str, receive: Callable[[], str | None]) -> func.HttpResponse:
    """`receive` queues the call, or says why it is not for us; then it still gets 2xx, for a refusal is sent again."""
    try:
        ignored = receive()
    except NotAuthentic as refusal:
        log.warning("%s call refused: %s", system, refusal)
        return func.HttpResponse(status_code=401)
    except Malformed as malformed:
        return func.HttpResponse(str(malformed), status_code=400)
    if ignored:
        log.info("%s call ignored: %s", system, ignored)
    return func.HttpResponse(status_code=204 if ignored else 202)
