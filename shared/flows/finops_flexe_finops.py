"""Finance + Operations (new order) > Flexe (fulfillment) > Finance + Operations (accounting)."""

from shared.domain.actions import Provider
from shared.domain.events import ORDER_CONFIRMED, ORDER_INVOICED
from shared.flows.flexe_fulfillment import fulfill_at_flexe
from shared.flows.order_flow import FlowResult, OrderFlow, Steps


def finops_flexe_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """F&O order, shipped by Flexe; what F&O has set is never changed, only what has shipped is written to it."""
    yield from flow.catch_up()
    yield from flow.until(ORDER_CONFIRMED)
    yield from flow.validate()
    yield from fulfill_at_flexe(flow)
    yield from flow.send(Provider.FINOPS, "send_order_status", step="Send order status")
    yield from flow.until(ORDER_INVOICED)
    return flow.completed()
