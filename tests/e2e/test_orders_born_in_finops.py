"""Finance + Operations > Finance + Operations > Finance + Operations: orders that are only watched."""

from tests.e2e.followed import (
    CANCELED,
    COMPLETED,
    NEW,
    PACKED,
    VALIDATED,
    VALIDATED_EVENTS,
    VALIDATION,
    once_of_finops,
)
from tests.e2e.town import F_AND_O_SHIPS, Town

ONLY_WATCHED = once_of_finops(flexe_orders=0)


def test_an_order_born_in_finops_is_validated_once_confirmed_then_watched_to_its_invoice(town: Town):
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)
    town.falls_quiet()
    before = order.events()

    order.is_confirmed().reaches(VALIDATED).is_picked()
    town.office.pack(order.number)
    order.reaches(PACKED)
    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert before == ["New Order"]
    assert order.events() == [
        "New Order",
        "Order Confirmed",
        *VALIDATED_EVENTS,
        "Order Picked",
        "Order Shipped",
        "Order Invoiced",
    ]
    assert order.steps() == [(VALIDATION, 1, True)]
    assert order.written_rows() == []
    assert order.received() == ONLY_WATCHED
    assert order.errors() == []


def test_an_order_that_finops_hurries_through_before_we_look_still_ends_completed(town: Town):
    town.office.callbacks("salesorder/*", lose=9)
    order = town.enter(F_AND_O_SHIPS)
    for act in (town.office.confirm, town.office.pick, town.office.pack):
        act(order.number)
    town.office.mended()

    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    happened = [name for name in order.events() if name.startswith("Order ")]
    assert happened == ["Order Picked", "Order Shipped", "Order Invoiced"]
    assert order.received() == ONLY_WATCHED


def test_an_order_canceled_in_finops_is_canceled_here(town: Town):
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)

    town.office.cancel(order.number)

    order.reaches(CANCELED)
    town.falls_quiet()
    assert order.written_rows() == []
