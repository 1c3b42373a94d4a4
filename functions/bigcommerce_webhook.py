"""BigCommerce speaks up. For callbacks that got lost it is also asked, by a job."""

import azure.durable_functions as df
import azure.functions as func

from functions.inbound_calls import received
from shared.bootstrap import services

bp = df.Blueprint()


@bp.route(route="webhooks/bigcommerce", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def bigcommerce_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """What is not for us is answered 2xx: a refusal would be retried for two days and cost the store's whole domain its
    callbacks (reference: bigcommerce.md section 2).

    Not async, so that it runs in the worker's own threads and never waits behind the work of the queues.
    """
    headers = dict(req.headers)
    return received("bigcommerce", req, lambda body: services().bigcommerce_inbox.receive(headers, body))
