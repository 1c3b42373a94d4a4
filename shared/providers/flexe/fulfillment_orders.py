"""The fulfillment orders that Flexe has of an order, and what an outbound order of Flexe means for its lines."""

from collections.abc import Mapping
from decimal import Decimal

from shared.domain.identity import FLEXE
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order
from shared.domain.progress import is_canceled, shipped
from shared.providers.flexe.readings import NONE, FlexeOrder
from shared.providers.flexe.statuses import further


def of_flexe(order: Order) -> tuple[FulfillmentOrder, ...]:
    """Oldest first; one that came to nothing may have been replaced by the next."""
    return tuple(each for each in order.fulfillment_orders if each.fulfiller == FLEXE)


def known_as(order: Order, external_id: str) -> FulfillmentOrder | None:
    """The order's fulfillment order that Flexe knows by our `external_id`."""
    return next((each for each in of_flexe(order) if each.number == external_id), None)


def noted(order: Order, seen: FlexeOrder) -> Order:
    """The order with its fulfillment order as Flexe has it now; what is known of it is never taken back."""
    known = known_as(order, seen.external_id)
    if known is None:
        return order.with_(fulfillment_orders=(*order.fulfillment_orders, _fulfillment_order(order, seen, "")))
    same = not known.external_id or known.external_id == seen.id
    newest = _fulfillment_order(order, seen, known.status if same else "").with_(source=known.source)
    return order.with_(fulfillment_orders=tuple(newest if each is known else each for each in order.fulfillment_orders))


def superfluous(order: Order, seen: FlexeOrder) -> dict[str, Decimal]:
    """Units by line id that Flexe ships though nobody wants them: canceled while it was being sent the order.

    Told as the fulfillment order becomes known: of a known one, more may have left than `seen` shows. Nothing of an
    order that is canceled as a whole: Flexe is asked to stop.
    """
    if known_as(order, seen.external_id) or is_canceled(order):
        return {}
    gone = shipped(order)
    totals: dict[str, Decimal] = {}
    for line in order.lines:
        theirs = seen.line(line.external_line_id)
        if theirs is None:
            continue
        ships = theirs.shipped if seen.is_dead else theirs.shipped + theirs.open
        wanted = max(NONE, line.quantity - line.quantity_canceled - gone.get(line.line_id, NONE))
        if ships > wanted:
            totals[line.line_id] = ships - wanted
    return totals


def never_shipping(order: Order, seen: FlexeOrder) -> dict[str, Decimal]:
    """Canceled totals by line id, for lines of which Flexe will not ship something; of a dead order all that is left.

    What Flexe was not asked for had been canceled before.
    """
    totals: dict[str, Decimal] = {}
    for line in order.lines:
        theirs = seen.line(line.external_line_id)
        if theirs is None:
            continue
        canceled = theirs.quantity - theirs.shipped if seen.is_dead else theirs.canceled
        if canceled > 0:
            totals[line.line_id] = line.quantity - theirs.quantity + canceled
    return totals


def called_off(order: Order, seen: FlexeOrder) -> dict[str, Decimal]:
    """`never_shipping` of an order to be canceled: what is no parcel goes with the parcels, if none has left."""
    totals = never_shipping(order, seen)
    parcels = [line for line in order.lines if not line.digital]
    left = any(max(line.quantity_canceled, totals.get(line.line_id, NONE)) < line.quantity for line in parcels)
    if left or seen.has_shipped or shipped(order):
        return totals
    return {**totals, **{line.line_id: line.quantity for line in order.lines if line.digital}}


def _fulfillment_order(order: Order, seen: FlexeOrder, status: str) -> FulfillmentOrder:
    ours: Mapping[str, str] = {line.external_line_id: line.line_id for line in order.lines}
    return FulfillmentOrder(
        number=seen.external_id,
        fulfiller=FLEXE,
        external_id=seen.id,
        status=further(status, seen.status),
        lines=tuple(
            FulfillmentOrderLine(line_id=ours[line.external_line_id], quantity=line.quantity)
            for line in seen.lines
            if line.external_line_id in ours
        ),
    )
