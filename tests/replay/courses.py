"""The courses that orders take while they are recorded: each played to its end in a running sandbox.

What is heard is waited for before anything else happens, so that the same course is the same history each time.
"""

from collections.abc import Callable, Mapping

from tests.e2e.followed import (
    BILLING,
    CANCELED,
    COMPLETED,
    COMPLETED_IN_PART,
    PACKED,
    PICKED,
    REFUSED,
    SENT,
    SENT_EVENT,
    TELL_PARCELS,
    TELL_SHIPPED,
    TELL_TRACKING,
    VALIDATION,
    Followed,
    held_at,
)
from tests.e2e.shelves import BAG, KETTLE, OPTIMIZATION_CHANNEL, RENO, SEATTLE, Shelves
from tests.e2e.town import REDELIVERY_ATTEMPTS, Town
from tests.replay.courses_of_finops import (
    born_in_finops_by_flexe,
    canceled_in_finops,
    invoiced_in_sap,
    invoiced_in_sap_in_parts,
    watched,
    watched_and_canceled,
)

Course = Callable[[Town, Shelves], Followed]

_AWAITING_FULFILLMENT = 11


# Orders of the store that F&O ships


def complete(town: Town, _: Shelves) -> Followed:
    order = town.place().reaches(SENT)
    town.falls_quiet()
    order.is_picked()
    town.falls_quiet()
    order.is_packed().reaches(PACKED)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


def in_parcels(town: Town, _: Shelves) -> Followed:
    """Two parcels leave, and F&O invoices in two parts."""
    order = town.place().reaches(SENT).is_picked()
    town.office.pack(order.number, {1: 1})
    order.succeeds(TELL_PARCELS)
    town.falls_quiet()
    town.office.pack(order.number, {1: 1, 2: 1})
    order.succeeds(TELL_SHIPPED)
    town.office.invoice_only(order.number, {2: 1})
    order.hears("Order Lines Invoiced")
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


def refused_and_reprocessed(town: Town, _: Shelves) -> Followed:
    written = town.order()
    written["shipping_addresses"][0] |= {"street_1": ""}
    order = town.place(written).reaches(held_at(VALIDATION))
    town.falls_quiet()
    written["shipping_addresses"][0] |= {"street_1": "12 Harbor Lane"}
    town.shop.place(written)
    town.falls_quiet()
    order.operator.reprocess(order.order_id)
    return _quietly_completes(town, order)


def given_up_and_reprocessed(town: Town, _: Shelves) -> Followed:
    """The store does not answer for longer than is tried."""
    order = town.place().reaches(SENT).is_picked()
    town.falls_quiet()
    shipments = f"POST /v2/orders/{order.external_id}/shipments"
    town.shop.fails(shipments, times=REDELIVERY_ATTEMPTS, status=503)
    town.office.pack(order.number)
    order.reaches(held_at(TELL_SHIPPED))
    town.falls_quiet()
    order.operator.reprocess(order.order_id)
    return order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)


def held_and_resumed(town: Town, _: Shelves) -> Followed:
    order = town.place().reaches(SENT).is_picked()
    town.falls_quiet()
    held = order.operator.asks("POST", f"orders/{order.order_id}/hold", json={"reason": "the shopper will call back"})
    assert held.status_code == 202, held.text
    town.falls_quiet()
    town.office.pack(order.number)
    order.hears("Order Shipped")
    town.falls_quiet()
    assert order.operator.asks("POST", f"orders/{order.order_id}/resume").status_code == 202
    return order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)


def canceled_after_it_was_sent(town: Town, _: Shelves) -> Followed:
    order = town.place().reaches(SENT).is_picked()
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    return order.reaches(CANCELED)


def canceled_before_it_was_sent(town: Town, _: Shelves) -> Followed:
    written = town.order()
    written["shipping_addresses"][0] |= {"street_1": ""}
    order = town.place(written).reaches(held_at(VALIDATION))
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    return order.reaches(CANCELED)


def canceled_too_late(town: Town, _: Shelves) -> Followed:
    """A parcel has left: the rest is canceled."""
    order = town.place().reaches(SENT).is_picked()
    town.office.pack(order.number, {1: 2})
    order.succeeds(TELL_PARCELS)
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    order.hears("Order Shipped").succeeds(TELL_SHIPPED)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED_IN_PART)


# Orders of the store that Flexe ships


def by_flexe(town: Town, _: Shelves) -> Followed:
    order = town.place_for_flexe().reaches(SENT)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(BILLING)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


def tracking_comes_late(town: Town, _: Shelves) -> Followed:
    order = town.place_for_flexe().reaches(SENT)
    town.falls_quiet()
    bags, _kettle = order.flexe_lines()
    town.warehouse.send_parcels(order.at_flexe(), {"lines": {bags: 1}, "tracking_numbers": []})
    order.succeeds(TELL_PARCELS)
    town.falls_quiet()
    [parcel] = order.flexe_orders()[-1]["shipments"]
    town.warehouse.track(order.at_flexe(), parcel["id"], "1Z9")
    order.succeeds(TELL_TRACKING)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(BILLING)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


def given_back_by_flexe(town: Town, _: Shelves) -> Followed:
    """Flexe takes the order and refuses it later; it is sent anew once somebody has mended it."""
    town.warehouse.behaves(unknown_skus="reject_later", skus=["BAG-CNV-OLV"])
    order = town.place_for_flexe().reaches(REFUSED)
    town.falls_quiet()
    town.warehouse.mended()
    order.operator.reprocess(order.order_id)
    order.hears(SENT_EVENT, times=2)
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(BILLING)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


def canceled_at_flexe(town: Town, _: Shelves) -> Followed:
    order = town.place_for_flexe().reaches(SENT)
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    return order.reaches(CANCELED)


def cancellation_noted_by_flexe(town: Town, _: Shelves) -> Followed:
    """Flexe only notes the wish, and cancels in the end."""
    town.warehouse.behaves(cancellation="on_request")
    order = town.place_for_flexe().reaches(SENT)
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    order.hears("Order Cancellation Pending")
    town.falls_quiet()
    town.warehouse.cancel(order.at_flexe())
    return order.reaches(CANCELED)


def cancellation_refused_by_flexe(town: Town, _: Shelves) -> Followed:
    """Flexe packs already: the order goes on."""
    order = town.place_for_flexe().reaches(SENT)
    town.warehouse.begin(order.at_flexe())
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    order.hears("Order Cancellation Refused")
    town.falls_quiet()
    order.is_shipped_by_flexe().succeeds(BILLING)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)


# Orders of the store that are sourced line by line


def sourced(town: Town, shelves: Shelves) -> Followed:
    shelves.hold(SEATTLE, bags=2)
    shelves.hold(RENO, kettles=1)
    order = town.place(channel_id=OPTIMIZATION_CHANNEL).succeeds(BILLING)
    town.falls_quiet()
    return _picked_packed_and_invoiced(town, order)


def backordered(town: Town, shelves: Shelves) -> Followed:
    """One line waits for stock and follows by a second sync."""
    shelves.hold(SEATTLE, bags=2)
    order = town.place(channel_id=OPTIMIZATION_CHANNEL, lines=((BAG, 2), (KETTLE, 1))).succeeds(BILLING)
    town.falls_quiet()
    town.office.pick(order.number)
    order.reaches(PICKED)
    town.office.pack(order.number)
    order.succeeds(TELL_PARCELS)
    town.falls_quiet()
    shelves.hold(RENO, kettles=1)
    town.operator.runs("release_backorders")
    order.succeeds(f"{BILLING} (2)")
    town.falls_quiet()
    return _picked_packed_and_invoiced(town, order)


def nothing_in_stock_at_first(town: Town, shelves: Shelves) -> Followed:
    order = town.place(channel_id=OPTIMIZATION_CHANNEL).reaches("On Hold / Backorder Hold")
    town.falls_quiet()
    shelves.hold(SEATTLE, bags=2, kettles=1)
    town.operator.runs("release_backorders")
    order.succeeds(BILLING)
    town.falls_quiet()
    return _picked_packed_and_invoiced(town, order)


def canceled_after_sourcing(town: Town, shelves: Shelves) -> Followed:
    shelves.hold(SEATTLE, bags=2, kettles=1)
    order = town.place(channel_id=OPTIMIZATION_CHANNEL).succeeds(BILLING)
    town.falls_quiet()
    order.operator.cancel(order.order_id)
    return order.reaches(CANCELED)


COURSES: Mapping[str, Course] = {
    course.__name__: course
    for course in (
        complete,
        in_parcels,
        refused_and_reprocessed,
        given_up_and_reprocessed,
        held_and_resumed,
        canceled_after_it_was_sent,
        canceled_before_it_was_sent,
        canceled_too_late,
        by_flexe,
        tracking_comes_late,
        given_back_by_flexe,
        canceled_at_flexe,
        cancellation_noted_by_flexe,
        cancellation_refused_by_flexe,
        sourced,
        backordered,
        nothing_in_stock_at_first,
        canceled_after_sourcing,
        watched,
        watched_and_canceled,
        born_in_finops_by_flexe,
        canceled_in_finops,
        invoiced_in_sap,
        invoiced_in_sap_in_parts,
    )
}


def _quietly_completes(town: Town, order: Followed) -> Followed:
    order.reaches(SENT)
    town.falls_quiet()
    return _picked_packed_and_invoiced(town, order)


def _picked_packed_and_invoiced(town: Town, order: Followed) -> Followed:
    town.office.pick(order.number)
    order.hears("Order Picked")
    town.falls_quiet()
    town.office.pack(order.number)
    order.succeeds(TELL_SHIPPED)
    town.falls_quiet()
    return order.is_invoiced().reaches(COMPLETED)
