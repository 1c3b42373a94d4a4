"""Finance + Operations (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from shared.domain.events import ORDER_CONFIRMED, ORDER_INVOICED, ORDER_SHIPPED
from shared.flows.order_flow import FlowResult, OrderFlow, Steps


def finops_finops_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """F&O does everything itself: the order is validated once it is confirmed, then only watched."""
    yield from flow.catch_up()
    yield from flow.until(ORDER_CONFIRMED)
    yield from flow.validate()
    yield from flow.until(ORDER_SHIPPED)
    yield from flow.until(ORDER_INVOICED)
    return flow.completed()
