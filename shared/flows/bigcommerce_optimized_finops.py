"""BigCommerce (new order) > fulfillment optimization > Finance + Operations (fulfillment and accounting)."""

from shared.domain.actions import Provider
from shared.domain.events import ON_HAND_CHECK_SUCCEEDED, ORDER_INVOICED, ORDER_PICKED, ORDER_SHIPPED
from shared.flows.finops_lines import send_lines_again_when_asked
from shared.flows.order_flow import FlowResult, OrderFlow, Steps
from shared.flows.storefront import tell_store_it_is_invoiced, tell_store_it_shipped, tell_store_of_parcels


def bigcommerce_optimized_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """BigCommerce order, sourced line by line; F&O gets the lines that have a source, now and as stock is found."""

    def send_sourced_lines(again: str) -> Steps[None]:
        yield from flow.validate_fulfillment_orders(again)
        yield from flow.send(Provider.FINOPS, "send_order_lines_to_billing", step=f"Send order lines to billing{again}")

    tell_store_of_parcels(flow)
    flow.whenever(ON_HAND_CHECK_SUCCEEDED, send_sourced_lines)
    send_lines_again_when_asked(flow)
    yield from flow.validate()
    yield from flow.assign()
    yield from flow.send(
        Provider.OPTIMIZATION, "send_to_fulfillment_optimization", step="Send to fulfillment optimization"
    )
    yield from flow.until(ORDER_PICKED)
    yield from flow.until(ORDER_SHIPPED)
    yield from tell_store_it_shipped(flow)
    yield from flow.until(ORDER_INVOICED)
    yield from tell_store_it_is_invoiced(flow)
    return flow.completed()
