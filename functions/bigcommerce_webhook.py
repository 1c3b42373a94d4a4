"""BigCommerce speaks up (callbacks) and is asked (the puller, for callbacks that got lost)."""

import logging

import azure.durable_functions as df
import azure.functions as func

from shared.bootstrap import services
from shared.providers.bigcommerce.webhooks import MalformedCallback, NotAuthentic

bp = df.Blueprint()
log = logging.getLogger(__name__)


@bp.route(route="webhooks/bigcommerce", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def bigcommerce_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Authenticate, check the envelope, enqueue, answer. What is not for us is answered 2xx: a refusal would be retried
    for two days and cost the store's whole domain its callbacks (reference: bigcommerce.md section 2).

    Not async, so that it runs in the worker's own threads and never waits behind the work of the queues.
    """
    try:
        ignored = services().bigcommerce_inbox.receive(dict(req.headers), req.get_body())
    except NotAuthentic as refusal:
        log.warning("bigcommerce callback refused: %s", refusal)
        return func.HttpResponse(status_code=401)
    except MalformedCallback as malformed:
        return func.HttpResponse(str(malformed), status_code=400)
    if ignored:
        log.info("bigcommerce callback ignored: %s", ignored)
    return func.HttpResponse(status_code=204 if ignored else 202)


@bp.timer_trigger(arg_name="timer", schedule="%BIGCOMMERCE_PULL_SCHEDULE%")
def pull_bigcommerce_orders(timer: func.TimerRequest) -> None:
    services().bigcommerce_puller.run()
