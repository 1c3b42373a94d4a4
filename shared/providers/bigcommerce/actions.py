"""`update_order_status`: tells the store, and through it the shopper, how far an order has come."""

from dataclasses import dataclass

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.events import ALERT, BusinessEvent
from shared.domain.orders import Order
from shared.domain.results import StepResult
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.orders import SOURCE
from shared.providers.bigcommerce.parcels import Parcel, not_reported, parcels_of, reported_without, still_shippable
from shared.providers.bigcommerce.statuses import (
    OrderStatus,
    is_called_off,
    is_on_its_way,
    is_shipped,
    label,
    moves_forward,
    status_of,
)


@dataclass(frozen=True)
class StatusUpdate:
    """What a step of a flow tells the store; without a status, the store's own one follows from the parcels."""

    status: OrderStatus | None
    parcels: bool


# By the step that asks, without the count of its repetitions.
STATUS_UPDATES = {
    "Update BigCommerce: parcels": StatusUpdate(None, parcels=True),
    "Update BigCommerce: tracking": StatusUpdate(None, parcels=True),
    "Update BigCommerce: shipped": StatusUpdate(OrderStatus.SHIPPED, parcels=True),
    "Update BigCommerce: invoiced": StatusUpdate(OrderStatus.COMPLETED, parcels=False),
}


@dataclass(frozen=True)
class UpdateOrderStatus:
    """Reads, compares, then writes only what takes the order forward; safe to run twice."""

    client: BigCommerceClient

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        update = STATUS_UPDATES[action.step.partition(" (")[0]]
        # As it was before our shipments: they may move the store's order themselves (assumed), and the status is
        # written all the same so that nothing hangs on that.
        before = status_of(self.client.order(order.external_id))
        if is_called_off(before):
            return _called_off(action, update, order, before)
        parcels = self._post_missing_parcels(order, before) if update.parcels else 0
        if update.status is None:
            return _done(action, "told of its parcels", before, parcels)
        if moves_forward(before, update.status):
            self.client.update_status(order.external_id, update.status)
            return _done(action, f"set to {label(update.status)}", int(update.status), parcels)
        events = () if is_on_its_way(before) else (_left_alone(action, before),)
        return _done(action, f"left at {label(before)}", before, parcels, events)

    def _post_missing_parcels(self, order: Order, before: int | None) -> int:
        """How many were told of, new ones and those whose tracking has changed."""
        parcels = parcels_of(order)
        renamed: dict[int, Parcel] = {}
        if parcels:
            shipments = self.client.shipments(order.external_id)
            renamed, parcels = reported_without(not_reported(parcels, shipments), shipments)
        for shipment_id, parcel in renamed.items():
            self.client.update_shipment(order.external_id, shipment_id, parcel.tracking())
        if parcels and is_shipped(before):
            # Perhaps by the merchant's own hand, under a tracking number we do not know.
            parcels = still_shippable(parcels, self.client.products(order.external_id))
        for parcel in parcels:
            self.client.create_shipment(order.external_id, parcel.body())
        return len(renamed) + len(parcels)


def _called_off(action: ProviderAction, update: StatusUpdate, order: Order, status_id: int | None) -> ActionOutcome:
    """An order that is to leave all the same is a person's to decide; money given back, or given up after the invoice,
    is decided: nothing is left to do here, and the order must not wait for a status that it will never have."""
    if status_id == OrderStatus.REFUNDED or update.status is OrderStatus.COMPLETED:
        return _done(action, f"left at {label(status_id)}", status_id, 0, (_left_alone(action, status_id),))
    what = f"set to {label(update.status)}" if update.status else "told of its parcels"
    message = f"BigCommerce order {order.external_id} is {label(status_id)}; it was not {what}"
    return ActionOutcome(StepResult.failed(action.step, message, status_id=status_id))


def _done(
    action: ProviderAction, what: str, status_id: int | None, parcels: int, events: tuple[BusinessEvent, ...] = ()
) -> ActionOutcome:
    result = StepResult.succeeded(action.step, f"BigCommerce order {what}", status_id=status_id, parcels=parcels)
    return ActionOutcome(result, events)


def _left_alone(action: ProviderAction, status_id: int | None) -> BusinessEvent:
    """A dispute or a refund is the merchant's to settle: it keeps its status, and a person hears of it."""
    message = f"BigCommerce status {label(status_id)} was left as it is by step {action.step}"
    return BusinessEvent(name=ALERT, cause=action.action_id, source=SOURCE, details={"message": message})
