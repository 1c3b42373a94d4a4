"""What has left Flexe, however often and in whatever order it is told."""

from collections.abc import Iterable
from typing import Any

import pytest

from shared.domain.events import (
    LINES_SHIPPED,
    ORDER_SHIPPED,
    SHIPMENT_UPDATED,
)
from shared.domain.orders import FulfillmentSource
from shared.domain.states import COMPLETED, Position, State
from tests.providers.flexe.samples import BAG, KETTLE, REFERENCE, a_kettle, a_line, a_parcel, an_order, seen, sent
from tests.providers.flexe.watcher import BAGS, LATER, REST, SOURCES, STILL_LATER, Watcher, units

ENDED = Position(state=State(name=COMPLETED, reason="Fulfilled"))


def test_an_order_that_left_in_one_parcel_has_shipped(watcher: Watcher):
    events = watcher.look(seen("shipped", a_parcel()))

    assert events == [ORDER_SHIPPED]
    (parcel,) = watcher.order.shipments
    assert (parcel.shipment_id, parcel.tracking_number, parcel.carrier) == ("shp_1", "1Z-shp_1", "UPS")
    assert units(watcher.order) == [[(BAG, 2), (KETTLE, 1)]]
    assert watcher.status == "shipped"


def test_two_parcels_and_a_copy_of_the_first_are_two_parcels(watcher: Watcher):
    told = [
        watcher.look(seen("partially_shipped", BAGS)),
        watcher.look(seen("shipped", BAGS, REST)),
        watcher.look(seen("partially_shipped", BAGS)),
    ]

    assert told == [[LINES_SHIPPED], [ORDER_SHIPPED], []]
    assert units(watcher.order) == [[(BAG, 2)], [(KETTLE, 1)]]
    assert watcher.status == "shipped"


def test_quantities_decide_whether_all_has_shipped_not_the_word(watcher: Watcher):
    assert watcher.look(seen("shipped", BAGS)) == [LINES_SHIPPED]
    assert watcher.status == "partially_shipped"

    assert watcher.look(seen("processing", BAGS, REST)) == [ORDER_SHIPPED]
    assert watcher.status == "shipped"


def test_an_order_said_to_have_shipped_without_a_unit_has_not(watcher: Watcher):
    assert watcher.look(seen("shipped")) == []
    assert watcher.status == "processing"


def test_what_is_read_late_does_not_move_an_order_back(watcher: Watcher):
    watcher.look(seen("delivered", a_parcel(), updated_at=LATER))

    assert watcher.look(seen("accepted")) == []
    assert watcher.status == "delivered"
    assert len(watcher.order.shipments) == 1


def test_a_parcel_that_is_read_late_still_counts(watcher: Watcher):
    watcher.look(seen("on_hold", updated_at=LATER))

    assert watcher.look(seen("partially_shipped", BAGS)) == [LINES_SHIPPED]
    assert watcher.status == "on_hold"


def test_several_tracking_numbers_of_a_parcel_are_all_kept(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel(tracking_numbers=["1ZA", "1ZB", "1ZA", "1ZC"])))

    (parcel,) = watcher.order.shipments
    assert (parcel.tracking_number, parcel.more_tracking_numbers) == ("1ZA", ("1ZB", "1ZC"))


def test_a_tracking_number_that_comes_late_updates_the_parcel_in_its_place(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel("shp_1", {BAG: 2}, tracking_numbers=[]), REST))

    events = watcher.look(seen("shipped", BAGS, REST, updated_at=LATER))

    assert events == [SHIPMENT_UPDATED]
    assert [parcel.tracking_number for parcel in watcher.order.shipments] == ["1Z-shp_1", "1Z-shp_2"]
    assert watcher.order.shipments[0].former_tracking_numbers == ("",)
    assert watcher.observed
    assert watcher.observed.events[0].cause == "shp_1: UPS 1Z-shp_1 after event 0"
    assert watcher.look(seen("shipped", BAGS, REST, updated_at=LATER)) == []


def test_tracking_that_comes_once_the_order_has_ended_is_left_to_a_person_to_tell_the_store(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel("shp_1", {BAG: 2}, tracking_numbers=[]), REST))
    watcher.record = watcher.record.with_(position=ENDED)

    watcher.look(seen("shipped", BAGS, REST, updated_at=LATER))
    told = watcher.troubles
    watcher.look(seen("shipped", BAGS, REST, updated_at=STILL_LATER))

    assert told == [f"tracking of parcel shp_1 is 1Z-shp_1 now, after order {REFERENCE} ended: tell the store"]
    assert watcher.troubles == []


def test_tracking_of_an_ended_order_of_finops_is_no_matter_for_a_person():
    watcher = Watcher(sent(an_order(source="finops")))
    watcher.look(seen("shipped", a_parcel("shp_1", {BAG: 2}, tracking_numbers=[]), REST))
    watcher.record = watcher.record.with_(position=ENDED)

    assert watcher.look(seen("shipped", BAGS, REST, updated_at=LATER)) == [SHIPMENT_UPDATED]
    assert watcher.troubles == []


def test_a_tracking_number_that_was_read_late_does_not_come_back(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel(tracking_numbers=["NEW"]), updated_at=LATER))

    assert watcher.look(seen("shipped", a_parcel(tracking_numbers=["OLD"]))) == []
    assert watcher.order.shipments[0].tracking_number == "NEW"


def test_a_changed_carrier_is_news_and_a_lost_number_is_not(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel()))

    changed = watcher.look(seen("shipped", a_parcel(carrier="DHL", tracking_numbers=[]), updated_at=LATER))
    lost = watcher.look(seen("shipped", a_parcel(carrier="", tracking_numbers=[]), updated_at=STILL_LATER))

    (parcel,) = watcher.order.shipments
    assert (changed, lost) == ([SHIPMENT_UPDATED], [])
    assert (parcel.carrier, parcel.tracking_number, parcel.former_tracking_numbers) == ("DHL", "1Z-shp_1", ())


def test_the_order_knows_where_its_first_parcel_left_from(watcher: Watcher):
    watcher.look(seen("shipped", BAGS, a_parcel("shp_2", {KETTLE: 1}, warehouse_id="wh_99")))

    assert watcher.order.fulfillment_source == SOURCES["wh_12"]
    assert [line.fulfillment_source for line in watcher.order.lines] == [
        SOURCES["wh_12"],
        FulfillmentSource(name="wh_99"),
    ]


def test_a_source_that_is_known_already_is_kept():
    named = FulfillmentSource(name="Named by a person")
    order = an_order(a_line(fulfillment_source=named), a_kettle(), fulfillment_source=named)
    watcher = Watcher(sent(order))

    watcher.look(seen("shipped", BAGS, REST))

    assert watcher.order.fulfillment_source == named
    assert [line.fulfillment_source for line in watcher.order.lines] == [named, SOURCES["wh_12"]]


def test_a_parcel_of_an_unnamed_warehouse_has_no_source(watcher: Watcher):
    watcher.look(seen("shipped", a_parcel(warehouse_id=None)))

    assert watcher.order.fulfillment_source is None


@pytest.mark.parametrize("parcels", [[BAGS, REST], [REST, BAGS]], ids=["in order", "the other way round"])
def test_the_order_of_parcels_does_not_matter(watcher: Watcher, parcels: Iterable[Any]):
    assert watcher.look(seen("shipped", *parcels)) == [ORDER_SHIPPED]
