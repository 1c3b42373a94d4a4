"""Dataverse speaks up (webhook) and is asked (the delta sweep, for calls that got lost)."""

import logging

import azure.durable_functions as df
import azure.functions as func

from shared.bootstrap import services
from shared.providers.finops.messages import MalformedMessage, NotAuthentic

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.route(route="webhooks/dataverse", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def dataverse_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Authenticate, check the envelope, enqueue, answer: Dataverse waits a minute and tries again at most once."""
    try:
        ignored = services().dataverse_inbox.receive(dict(req.params), dict(req.headers), req.get_body())
    except NotAuthentic as refusal:
        log.warning("dataverse message refused: %s", refusal)
        return func.HttpResponse(status_code=401)
    except MalformedMessage as malformed:
        return func.HttpResponse(str(malformed), status_code=400)
    if ignored:
        log.info("dataverse message ignored: %s", ignored)
    return func.HttpResponse(status_code=204 if ignored else 202)


@bp.timer_trigger(arg_name="timer", schedule="%DATAVERSE_SWEEP_SCHEDULE%")
def pull_dataverse_changes(timer: func.TimerRequest) -> None:
    services().dataverse_sweep.run()
