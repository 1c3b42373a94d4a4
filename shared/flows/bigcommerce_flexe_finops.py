"""BigCommerce (new order) > Flexe (fulfillment) > Finance + Operations (accounting)."""

from shared.domain.actions import Provider
from shared.domain.events import ORDER_INVOICED
from shared.flows.finops_lines import send_lines_again_when_asked
from shared.flows.flexe_fulfillment import fulfill_at_flexe
from shared.flows.order_flow import FlowResult, OrderFlow, Steps
from shared.flows.storefront import tell_store_it_is_invoiced, tell_store_it_shipped, tell_store_of_parcels


def bigcommerce_flexe_finops(flow: OrderFlow) -> Steps[FlowResult]:
    """BigCommerce order, shipped by Flexe; F&O hears of it once it is known from where it shipped, and invoices it."""
    tell_store_of_parcels(flow)
    yield from flow.validate()
    yield from fulfill_at_flexe(flow)
    yield from tell_store_it_shipped(flow)
    yield from flow.assign()
    yield from flow.send(Provider.FINOPS, "send_order_lines_to_billing", step="Send order lines to billing")
    send_lines_again_when_asked(flow)
    yield from flow.until(ORDER_INVOICED)
    yield from tell_store_it_is_invoiced(flow)
    return flow.completed()
