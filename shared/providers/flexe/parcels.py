"""What has left Flexe's warehouses, as shipments of the order."""

import logging
from collections.abc import Iterable, Mapping
from decimal import Decimal

from shared.domain.events import SHIPMENT_UPDATED, BusinessEvent
from shared.domain.identity import FLEXE
from shared.domain.orders import FulfillmentSource, Order, OrderLine, Shipment, ShipmentItem
from shared.providers.flexe.readings import NONE, FlexeOrder, FlexeParcel

log = logging.getLogger(__name__)


def new_shipments(seen: FlexeOrder, order: Order) -> tuple[Shipment, ...]:
    """The parcels that the order does not know yet.

    A parcel that does not say what is in it holds what has left and is in no other. When that is nothing, as long as
    the lines' counts are behind, the parcel waits for the next look.
    """
    known = {shipment.shipment_id for shipment in order.shipments}
    lines = {line.external_line_id: line for line in order.lines}
    unaccounted = _unaccounted(seen, order, lines)
    found: list[Shipment] = []
    for parcel in (each for each in seen.parcels if each.id not in known):
        units = parcel.units
        if units is None:
            units, unaccounted = unaccounted, {}
        items = tuple(
            ShipmentItem(line_id=lines[line_id].line_id, quantity=quantity)
            for line_id, quantity in units.items()
            if line_id in lines and quantity
        )
        if items:
            found.append(_shipment(parcel, items))
        else:
            log.warning("Flexe order %s: nothing of the order is in parcel %s (yet)", seen.id, parcel.id)
    return tuple(found)


def retracked(seen: FlexeOrder, order: Order, last_event: int) -> tuple[Order, tuple[BusinessEvent, ...]]:
    """The order with the tracking that known parcels have by now, and an event for each that has another.

    Numbers that Flexe has lost are kept. A number may come back: `last_event`, the order's, tells one change from an
    earlier one to the same number. The event is stored together with the change, so that a copy finds none.
    """
    parcels = {parcel.id: parcel for parcel in seen.parcels}
    shipments = tuple(_retracked(shipment, parcels.get(shipment.shipment_id)) for shipment in order.shipments)
    changed = [new for old, new in zip(order.shipments, shipments, strict=True) if new != old]
    return order.with_(shipments=shipments), tuple(_updated(shipment, seen, last_event) for shipment in changed)


def sourced(
    seen: FlexeOrder, order: Order, shipments: Iterable[Shipment], sources: Mapping[str, FulfillmentSource]
) -> Order:
    """The order with the places that `shipments` left from, where nobody has named one.

    `sources` by Flexe's warehouse id; what F&O calls a warehouse that is not there is left to the policies.
    """
    warehouses = {parcel.id: parcel.warehouse_id for parcel in seen.parcels if parcel.warehouse_id}
    first: dict[str, FulfillmentSource] = {}
    for shipment in (each for each in shipments if each.shipment_id in warehouses):
        warehouse = warehouses[shipment.shipment_id]
        source = sources.get(warehouse) or FulfillmentSource(name=warehouse)
        for item in shipment.items:
            first.setdefault(item.line_id, source)
    if not first:
        return order
    lines = tuple(
        line.with_(fulfillment_source=line.fulfillment_source or first.get(line.line_id)) for line in order.lines
    )
    return order.with_(lines=lines, fulfillment_source=order.fulfillment_source or next(iter(first.values())))


def _unaccounted(seen: FlexeOrder, order: Order, lines: Mapping[str, OrderLine]) -> dict[str, Decimal]:
    """Units that have left and are in no parcel that says so, by external line id."""
    silent = {parcel.id for parcel in seen.parcels if parcel.units is None}
    told = [parcel.units for parcel in seen.parcels if parcel.units is not None]
    kept = [shipment for shipment in order.shipments if shipment.shipment_id in silent]
    left: dict[str, Decimal] = {}
    for line in (each for each in seen.lines if each.external_line_id in lines):
        line_id = lines[line.external_line_id].line_id
        carried = sum((units.get(line.external_line_id, NONE) for units in told), NONE)
        before = sum((item.quantity for each in kept for item in each.items if item.line_id == line_id), NONE)
        left[line.external_line_id] = max(NONE, line.shipped - carried - before)
    return left


def _shipment(parcel: FlexeParcel, items: tuple[ShipmentItem, ...]) -> Shipment:
    number, *more = parcel.tracking_numbers or ("",)
    return Shipment(
        shipment_id=parcel.id,
        tracking_number=number,
        more_tracking_numbers=tuple(more),
        carrier=parcel.carrier,
        items=items,
    )


def _retracked(shipment: Shipment, parcel: FlexeParcel | None) -> Shipment:
    if parcel is None or not shipment.shipment_id:
        return shipment
    told = _shipment(parcel, shipment.items)
    carrier = told.carrier or shipment.carrier
    if not told.tracking_number:
        return shipment.with_(carrier=carrier)
    numbers = dict.fromkeys((*shipment.former_tracking_numbers, shipment.tracking_number))
    former = tuple(number for number in numbers if number != told.tracking_number)
    return told.with_(carrier=carrier, former_tracking_numbers=former)


def _updated(shipment: Shipment, seen: FlexeOrder, last_event: int) -> BusinessEvent:
    numbers = [number for number in (shipment.tracking_number, *shipment.more_tracking_numbers) if number]
    return BusinessEvent(
        name=SHIPMENT_UPDATED,
        cause=f"{shipment.shipment_id}: {shipment.carrier} {' '.join(numbers)} after event {last_event}",
        source=FLEXE,
        details={
            "shipment_id": shipment.shipment_id,
            "tracking_numbers": numbers,
            "carrier": shipment.carrier,
            "flexe_id": seen.id,
        },
    )
