"""Odd words, odd quantities and half-told parcels: read as far as they can be, and never believed beyond that."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.events import (
    ALERT,
    LINES_SHIPPED,
    ORDER_SHIPPED,
)
from shared.providers.flexe.readings import read_order
from tests.providers.flexe.samples import (
    BAG,
    KETTLE,
    a_connection,
    a_flexe_line,
    a_parcel,
    raw_order,
    seen,
)
from tests.providers.flexe.watcher import BAGS, Watcher, units


def test_quantities_may_come_as_text(watcher: Watcher):
    lines = [a_flexe_line(quantity="2", shipped="2"), a_flexe_line(KETTLE, "1", "1.0")]

    assert watcher.look(seen("shipped", a_parcel(lines={BAG: "2", KETTLE: "1"}), lines=lines)) == [ORDER_SHIPPED]


@pytest.mark.parametrize("exact", ["3.00000000000000", "0.30000000000000004", "000000000000003.0"])
def test_a_quantity_of_many_digits_is_read_to_the_last_one(exact: str):
    assert seen(lines=[a_flexe_line(quantity=exact)]).lines[0].quantity == Decimal(exact)


@pytest.mark.parametrize("odd", ["two", -1, "NaN", "Infinity", [2], True, "1e30", "1e1000000", 1e30])
def test_a_quantity_that_cannot_be_read_never_advances_an_order(watcher: Watcher, odd: Any):
    lines = [a_flexe_line(shipped=odd), a_flexe_line(KETTLE, 1, odd)]

    assert watcher.look(seen("shipped", a_parcel(lines={BAG: odd, KETTLE: odd}), lines=lines)) == []
    assert watcher.order.shipments == ()


def test_parcels_that_do_not_say_what_is_in_them_hold_what_else_has_left(watcher: Watcher):
    half = [a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1)]
    whole = [a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1, 1)]
    first, second = a_parcel("shp_1", lines={}), a_parcel("shp_2", lines={})

    told = [watcher.look(seen("partial", first, lines=half)), watcher.look(seen("shipped", first, second, lines=whole))]

    assert told == [[LINES_SHIPPED], [ORDER_SHIPPED]]
    assert units(watcher.order) == [[(BAG, 2)], [(KETTLE, 1)]]


def test_a_parcel_whose_contents_are_not_counted_yet_waits_for_the_next_look(watcher: Watcher):
    silent = a_parcel(lines={})

    before = watcher.look(seen("processing", silent))
    after = watcher.look(seen("shipped", silent, lines=[a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1, 1)]))

    assert (before, after) == ([], [ORDER_SHIPPED])
    assert units(watcher.order) == [[(BAG, 2), (KETTLE, 1)]]


def test_a_parcel_without_an_id_is_still_one_parcel(watcher: Watcher):
    told = [watcher.look(seen("shipped", a_parcel("", tracking_numbers=["1Z"]))) for _ in range(2)]

    assert told == [[ORDER_SHIPPED], []]


def test_lines_that_are_not_of_the_order_are_passed_over(watcher: Watcher):
    foreign = a_flexe_line("77", 1, 1)

    events = watcher.look(seen("partial", a_parcel(lines={BAG: 2, "77": 1}), lines=[a_flexe_line(shipped=2), foreign]))

    assert events == [LINES_SHIPPED]
    assert units(watcher.order) == [[(BAG, 2)]]


@pytest.mark.parametrize("field", ["status", "lines", "shipments", "created_at", "updated_at", "cancel_reason"])
@pytest.mark.parametrize("odd", [None, 7, "?", [7], {"a": 1}, [{"id": {}, "lines": 3}], "\ud800"])
def test_no_odd_field_stops_the_reading_or_moves_the_order(watcher: Watcher, field: str, odd: Any):
    events = watcher.look(read_order(raw_order(**{field: odd}), a_connection().status))

    assert set(events) <= {ALERT}
    assert watcher.order.shipments == ()
    assert watcher.status == "accepted"


def test_moments_without_a_zone_are_utc():
    assert seen(updated_at="2026-01-02T10:00:00").updated_at == datetime(2026, 1, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("word", ["Partially Shipped", "PARTIALLY-SHIPPED", " partial "])
def test_words_are_understood_however_they_are_spelled(watcher: Watcher, word: str):
    assert watcher.look(seen(word, BAGS)) == [LINES_SHIPPED]
    assert watcher.status == "partially_shipped"


def test_an_unknown_word_is_told_once_and_moves_nothing(watcher: Watcher):
    told = [watcher.look(seen("quality_check")), watcher.look(seen("quality_check"))]

    assert told == [[ALERT], []]
    assert watcher.status == "accepted"


def test_an_unknown_word_does_not_hide_a_parcel(watcher: Watcher):
    assert watcher.look(seen("handed_over", a_parcel())) == [ORDER_SHIPPED, ALERT]


def test_of_two_parcels_that_do_not_say_what_is_in_them_the_units_are_counted_once(watcher: Watcher):
    whole = [a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1, 1)]

    events = watcher.look(seen("shipped", a_parcel("shp_1", lines={}), a_parcel("shp_2", lines={}), lines=whole))

    assert events == [ORDER_SHIPPED]
    assert units(watcher.order) == [[(BAG, 2), (KETTLE, 1)]]


def test_a_silent_parcel_does_not_hold_what_another_says_it_does(watcher: Watcher):
    whole = [a_flexe_line(shipped=2), a_flexe_line(KETTLE, 1, 1)]

    watcher.look(seen("shipped", a_parcel("shp_0", lines={}), BAGS, lines=whole))

    assert units(watcher.order) == [[(KETTLE, 1)], [(BAG, 2)]]


def test_a_reason_as_long_as_a_book_is_cut():
    assert len(seen("rejected", cancel_reason="x" * 100_000).reason) == 200
