"""BigCommerce (new order) > Finance + Operations (fulfillment) > Finance + Operations (accounting)."""

from shared.domain.actions import Provider
from shared.domain.events import ORDER_INVOICED, ORDER_PICKED, ORDER_SHIPPED
from shared.flows.finops_lines import send_lines_again_when_asked
from shared.flows.order_flow import FlowResult, OrderFlow, Steps
from shared.flows.storefront import tell_store_it_is_invoiced, tell_store_it_shipped, tell_store_of_parcels


def bigcommerce_finops_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """BigCommerce order, fulfilled and invoiced in Finance + Operations."""
    tell_store_of_parcels(flow)
    yield from flow.validate()
    yield from flow.assign()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step="Send order to fulfillment")
    send_lines_again_when_asked(flow)
    yield from flow.until(ORDER_PICKED)
    yield from flow.until(ORDER_SHIPPED)
    yield from tell_store_it_shipped(flow)
    yield from flow.until(ORDER_INVOICED)
    yield from tell_store_it_is_invoiced(flow)
    return flow.completed()
