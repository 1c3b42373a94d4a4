"""BigCommerce (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from shared.domain.actions import Provider
from shared.domain.events import ORDER_INVOICED, ORDER_PICKED, ORDER_SHIPPED
from shared.flows.order_flow import FlowResult, OrderFlow, Steps


def bigcommerce_finops_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """BigCommerce order, fulfilled and invoiced in Finance + Operations."""
    yield from flow.validate()
    yield from flow.assign()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step="Send order to fulfillment")
    yield from flow.until(ORDER_PICKED)
    yield from flow.until(ORDER_SHIPPED)
    yield from flow.send(Provider.BIGCOMMERCE, "update_order_status", step="Update BigCommerce: shipped")
    yield from flow.until(ORDER_INVOICED)
    yield from flow.send(Provider.BIGCOMMERCE, "update_order_status", step="Update BigCommerce: invoiced")
    return flow.completed()
