"""Why is this order not in F&O? The dual-write filters, clause by clause, met with an order and its lines."""

import azure.durable_functions as df
import azure.functions as func

from functions.problems import answered
from shared.bootstrap import services

bp = df.Blueprint()


@bp.route(route="orders/{order_id}/sync", methods=["GET"])
def explain_sync(req: func.HttpRequest) -> func.HttpResponse:
    """What is in F&O of the order, what is not, and what should have brought it there."""
    return answered(lambda: services().sync_explanation.of(req.route_params["order_id"]))
