"""BigCommerce > fulfillment optimization > F&O > F&O: each line from where there is stock, when there is."""

from sandbox.demo.evidence.finops import warehouses_in_finops
from sandbox.demo.scenario import Order
from tests.e2e.followed import (
    ASSIGNMENT,
    BILLING,
    CANCELED,
    COMPLETED,
    PACKED,
    PICKED,
    SENT_EVENT,
    TELL_INVOICED,
    TELL_PARCELS,
    TELL_SHIPPED,
    VALIDATED_EVENTS,
    VALIDATION,
    Followed,
    held_at,
    once,
)
from tests.e2e.shelves import BAG, COLUMBUS, KETTLE, OPTIMIZATION_CHANNEL, RENO, SEATTLE, Shelves
from tests.e2e.town import Town

SOURCING, AGAIN = "Send to fulfillment optimization", f"{BILLING} (2)"
FULFILLMENT_ORDER, FOUND = "Creation of Fulfillment Order has Succeeded", "On Hand Check Success"
WAITING_FOR_STOCK = "On Hold / Backorder Hold"
RESERVED_AT = "POST /onhand/reserve/bulk"


STEPS_OF_TWO_SYNCS = [VALIDATION, ASSIGNMENT, SOURCING, BILLING, TELL_PARCELS, AGAIN, TELL_SHIPPED, TELL_INVOICED]
EVENTS_OF_TWO_SYNCS = [
    "New Order",
    *VALIDATED_EVENTS,
    "Fulfillment optimization request has Succeeded",
    FULFILLMENT_ORDER,
    FULFILLMENT_ORDER,
    FOUND,
    "Order Lines on Backorder Hold",
    SENT_EVENT,
    "Order Picked",
    "Order Lines Shipped",
    FULFILLMENT_ORDER,
    FOUND,
    SENT_EVENT,
    "Order Shipped",
    "Order Invoiced",
]


def _place(town: Town, *lines: tuple[str, int]) -> Followed:
    return town.place(channel_id=OPTIMIZATION_CHANNEL, lines=lines or ((BAG, 2), (KETTLE, 1)))


def _completes(order: Followed) -> Followed:
    order.succeeds(BILLING).office.pick(order.number)
    order.reaches(PICKED)
    return order.is_packed().is_invoiced().reaches(COMPLETED)


def _in_finops(order: Followed) -> dict[int, str]:
    """Warehouses by line number."""
    return warehouses_in_finops(Order(order.people, order.external_id, order.order_id, order.number))


def test_lines_go_to_finops_with_the_warehouse_of_their_source_and_one_without_stock_as_a_second_sync(
    town: Town, shelves: Shelves
):
    shelves.hold(SEATTLE, bags=2)
    shelves.hold(RENO, kettles=1)
    order = _place(town, (BAG, 2), (KETTLE, 1), (BAG, 4)).succeeds(BILLING)
    first_sync, held = _in_finops(order), [line["hold"] for line in order.facts()["lines"]]
    town.office.pick(order.number)
    order.reaches(PICKED)
    town.office.pack(order.number)
    order.succeeds(TELL_PARCELS)
    in_between = order.store_status()
    shelves.hold(COLUMBUS, bags=4)
    town.operator.runs("release_backorders")
    order.succeeds(AGAIN)
    second_sync = _in_finops(order)
    town.office.pick(order.number)
    town.office.pack(order.number)
    order.succeeds(TELL_SHIPPED).reaches(PACKED)
    town.office.invoice(order.number)
    order.succeeds(TELL_INVOICED).reaches(COMPLETED)

    town.falls_quiet()
    assert first_sync == {1: SEATTLE, 2: RENO}
    assert [hold and hold["reason"] for hold in held] == [None, None, "Backorder Hold"]
    assert in_between == 3
    assert second_sync == {1: SEATTLE, 2: RENO, 3: COLUMBUS}
    assert order.steps() == [(step, 1, True) for step in STEPS_OF_TWO_SYNCS]
    assert order.events() == EVENTS_OF_TWO_SYNCS
    shipments = len(order.store_shipments())
    assert order.received() == once(lines=3, shipments=shipments)
    assert shipments == 2
    assert shelves.kept() == {(SEATTLE, BAG): 2, (RENO, KETTLE): 1, (COLUMBUS, BAG): 4}
    assert [each["source"]["name"] for each in order.facts()["fulfillment_orders"]] == ["Seattle", "Reno", "Columbus"]
    assert order.errors() == []


def test_one_warehouse_that_has_everything_ships_everything(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=2)
    shelves.hold(RENO, bags=5, kettles=5)

    order = _completes(_place(town))

    assert _in_finops(order) == {1: RENO, 2: RENO}
    assert order.received() == once()


def test_an_order_without_any_stock_waits_and_finops_hears_nothing_of_it(town: Town, shelves: Shelves):
    order = _place(town).reaches(WAITING_FOR_STOCK)
    town.falls_quiet()
    before = order.effects()
    town.operator.runs("release_backorders")
    town.falls_quiet()
    still = order.position()

    shelves.hold(SEATTLE, bags=2, kettles=1)
    town.operator.runs("release_backorders")
    _completes(order)

    assert before == []
    assert still == WAITING_FOR_STOCK
    assert order.received() == once()
    assert order.events().count(FOUND) == 1


def test_a_reservation_whose_answer_was_lost_is_made_once(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=2, kettles=1)
    shelves.fails(RESERVED_AT, drop="after", times=2)

    order = _completes(_place(town))

    assert shelves.kept() == {(SEATTLE, BAG): 2, (SEATTLE, KETTLE): 1}
    assert order.received() == once()
    assert order.steps()[2] == (SOURCING, 1, True)


def test_two_orders_never_share_the_last_bag(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=1)

    orders = [_place(town, (BAG, 1)) for _ in range(2)]

    for order in orders:
        order.succeeds(SOURCING)
    town.falls_quiet()
    assert sorted(order.position() for order in orders) == ["Fulfillment in Process / Sent To Fulfillment",
                                                            WAITING_FOR_STOCK]  # fmt: skip
    assert shelves.kept() == {(SEATTLE, BAG): 1}


def test_canceling_gives_the_units_back_and_cancels_what_finops_has(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=2)
    order = _place(town).succeeds(BILLING)
    kept = shelves.kept()

    town.shop.cancels(order.external_id)
    order.reaches(CANCELED)

    town.falls_quiet()
    assert kept == {(SEATTLE, BAG): 2}
    assert shelves.kept() == {}
    assert town.office.order(order.number)["sales_status"] == "Canceled"
    assert (order.received()["shipments"], order.received()["status_writes"]) == (0, [])


def test_an_address_that_nobody_can_place_is_named_and_mending_it_lets_the_order_go_on(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=2, kettles=1)
    written = town.order(channel_id=OPTIMIZATION_CHANNEL)
    written["shipping_addresses"][0] |= {"zip": "00000"}
    order = town.place(written).reaches(held_at(SOURCING))

    assert "postal_code = '00000', country = 'US': nobody knows where that is" in order.told()[0]
    assert order.effects() == []
    assert shelves.kept() == {}
