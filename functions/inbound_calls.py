"""How every outside system's call is answered: authenticated, its envelope checked, put on a queue, in milliseconds."""

import logging
from collections.abc import Callable

import azure.functions as func

from functions.bodies import CALLBACK_BYTES, TooLarge, body_of
from shared.domain.errors import Malformed, NotAuthentic
from shared.domain.wording import one_line
from shared.telemetry.arrivals import arriving

log = logging.getLogger(__name__)


def received(system: str, req: func.HttpRequest, receive: Callable[[bytes], str | None]) -> func.HttpResponse:
    """`receive` queues the call's body, or says why it is not for us; then it still gets 2xx, for a refusal is sent
    again. Whatever is said of a call holds words of its own: they are kept from making lines of the log.
    """
    try:
        with arriving(system):
            ignored = receive(body_of(req, CALLBACK_BYTES))
            if ignored:
                log.info("%s call ignored: %s", system, one_line(ignored))
    except TooLarge as large:
        log.warning("%s call refused: %s", system, large)
        return func.HttpResponse(status_code=413)
    except NotAuthentic as refusal:
        log.warning("%s call refused: %s", system, one_line(str(refusal)))
        return func.HttpResponse(status_code=401)
    except Malformed as malformed:
        return func.HttpResponse(one_line(str(malformed)), status_code=400)
    return func.HttpResponse(status_code=204 if ignored else 202)
