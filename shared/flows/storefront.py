"""What flows of BigCommerce orders tell the store, and through it the shopper."""

from shared.domain.actions import Provider
from shared.domain.events import LINES_SHIPPED, ORDER_SHIPPED, SHIPMENT_UPDATED
from shared.flows.order_flow import OrderFlow, Steps


def tell_store_of_parcels(flow: OrderFlow) -> None:
    """From now on, of each parcel as it leaves, and of tracking that comes late or changes."""

    def of_parcels(again: str) -> Steps[None]:
        if not flow.has_heard(ORDER_SHIPPED):  # the step that follows it tells of all parcels
            yield from _tell_store(flow, f"parcels{again}")

    def of_tracking(again: str) -> Steps[None]:
        yield from _tell_store(flow, f"tracking{again}")

    flow.whenever(LINES_SHIPPED, of_parcels)
    flow.whenever(SHIPMENT_UPDATED, of_tracking)


def tell_store_it_shipped(flow: OrderFlow) -> Steps[None]:
    yield from _tell_store(flow, "shipped")


def tell_store_it_is_invoiced(flow: OrderFlow) -> Steps[None]:
    yield from _tell_store(flow, "invoiced")


def _tell_store(flow: OrderFlow, what: str) -> Steps[None]:
    yield from flow.send(Provider.BIGCOMMERCE, "update_order_status", step=f"Update BigCommerce: {what}")
