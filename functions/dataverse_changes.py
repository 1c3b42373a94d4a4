"""Dataverse speaks up. For calls that got lost it is also asked, by a job."""

import azure.durable_functions as df
import azure.functions as func

from functions.inbound_calls import received
from shared.bootstrap import services

bp = df.Blueprint()


@bp.route(route="webhooks/dataverse", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def dataverse_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Dataverse waits a minute for the answer and tries again at most once."""
    params, headers, body = dict(req.params), dict(req.headers), req.get_body()
    return received("dataverse", lambda: services().dataverse_inbox.receive(params, headers, body))
