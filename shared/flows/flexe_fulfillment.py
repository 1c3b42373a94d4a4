"""Fulfillment by Flexe, as every flow with Flexe in it has it."""

from shared.domain.actions import Provider
from shared.domain.events import FULFILLMENT_REFUSED, ORDER_SHIPPED
from shared.flows.order_flow import OrderFlow, Steps


def fulfill_at_flexe(flow: OrderFlow) -> Steps[None]:
    """Send the order to Flexe and wait until it has shipped.

    Flexe may take an order and refuse it later: it is on hold then, and sent anew once somebody has mended it. The
    fulfillment order is there once Flexe has taken it, and is validated while it may still be canceled.
    """

    def send(again: str = "") -> Steps[None]:
        yield from flow.send(Provider.FLEXE, "send_fulfillment_order", step=f"Send order to Flexe{again}")
        yield from flow.validate_fulfillment_orders(again)

    def send_again(again: str) -> Steps[None]:
        yield from flow.reprocessed()
        yield from send(f" after refusal{again}")

    yield from send()
    flow.whenever(FULFILLMENT_REFUSED, send_again)
    yield from flow.until(ORDER_SHIPPED)
