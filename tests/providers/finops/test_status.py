import json
from decimal import Decimal
from itertools import permutations

import pytest

from shared.domain.events import (
    ALERT,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
)
from shared.domain.orders import Shipment, ShipmentItem
from shared.domain.records import OrderRecord
from shared.providers.finops.status import Observed, observe
from tests.providers.finops.samples import a_header_row, a_line, a_line_row, a_record, an_order

(
    ACTIVE,
    CONFIRMED,
    PICKED,
    PARTLY_DELIVERED,
    DELIVERED,
    INVOICED,
    PARTLY_INVOICED,
    CANCELED,
    DELIVERED_PARTLY_INVOICED,
) = range(192350000, 192350009)
BACKORDER, LINE_DELIVERED, LINE_INVOICED, LINE_CANCELED = range(192350001, 192350005)


def names(observed: Observed) -> list[str]:
    return [event.name for event in observed.events]


def remembering(record: OrderRecord, observed: Observed) -> OrderRecord:
    """The record after what was observed has been stored."""
    order = record.order.with_(shipments=record.order.shipments + observed.shipments)
    return record.with_(order=order, marks={**record.marks, **observed.marks})


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, []),
        (ACTIVE, []),
        (CONFIRMED, [ORDER_CONFIRMED]),
        (PICKED, [ORDER_PICKED]),
        (PARTLY_DELIVERED, []),
        (DELIVERED, [ORDER_PICKED, ORDER_SHIPPED]),
        (INVOICED, [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]),
        (PARTLY_INVOICED, []),
        (CANCELED, [ORDER_CANCELED]),
        (DELIVERED_PARTLY_INVOICED, [ORDER_PICKED, ORDER_SHIPPED]),
    ],
)
def test_a_status_seen_first_says_all_that_must_have_happened(status, expected):
    observed = observe(a_header_row(status), [a_line_row()], a_record())

    assert names(observed) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([LINE_DELIVERED, LINE_INVOICED], [ORDER_PICKED, ORDER_SHIPPED]),
        ([LINE_INVOICED, LINE_CANCELED], [ORDER_PICKED, ORDER_SHIPPED]),
        ([LINE_INVOICED, BACKORDER], [LINES_SHIPPED]),
        ([LINE_CANCELED, LINE_CANCELED], []),
        ([BACKORDER, BACKORDER], []),
    ],
)
def test_lines_decide_what_partially_invoiced_means(lines, expected):
    rows = [a_line_row(number, status) for number, status in enumerate(lines, start=1)]

    assert names(observe(a_header_row(PARTLY_INVOICED), rows, a_record())) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"statecode": 4}, ORDER_INVOICED),
        ({"statuscode": 100003}, ORDER_INVOICED),
        ({"statecode": 2}, ORDER_CANCELED),
    ],
)
def test_the_state_columns_may_know_it_first(columns, expected):
    observed = observe(a_header_row(ACTIVE, **columns), [a_line_row()], a_record())

    assert names(observed)[-1] == expected


def test_an_order_that_finops_has_not_taken_is_not_looked_at_at_all():
    assert observe(a_header_row(None), [a_line_row(quantityshipped=2.0)], a_record()) == Observed()


def test_each_step_is_told_once_as_the_order_goes_its_way():
    record, told = a_record(), []

    for status in (ACTIVE, CONFIRMED, PICKED, PICKED, DELIVERED, INVOICED, INVOICED):
        observed = observe(a_header_row(status), [a_line_row()], record)
        told += names(observed)
        record = remembering(record, observed)

    assert told == [ORDER_CONFIRMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]


def test_an_echo_of_our_own_write_changes_nothing():
    header, lines = a_header_row(DELIVERED), [a_line_row(1, LINE_DELIVERED, quantityshipped=2.0)]
    record = remembering(a_record(), observe(header, lines, a_record()))

    assert observe(header, lines, record) == Observed()


def test_reads_that_overtake_each_other_lead_to_the_same_end():
    ends = set()

    for order_of_reads in permutations((CONFIRMED, PICKED, DELIVERED, INVOICED)):
        record, told = a_record(), []
        for status in order_of_reads:
            observed = observe(a_header_row(status), [a_line_row()], record)
            told += names(observed)
            record = remembering(record, observed)
        ends.add(tuple(name for name in told if name != ORDER_CONFIRMED))

    assert ends == {(ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)}


def test_the_same_news_twice_has_the_same_cause():
    rows = a_header_row(INVOICED), [a_line_row()]

    first, second = observe(*rows, a_record()), observe(*rows, a_record())

    assert [event.cause for event in first.events] == [event.cause for event in second.events]
    assert len({event.cause for event in first.events}) == 3


def test_an_implied_step_says_so():
    observed = observe(a_header_row(DELIVERED), [a_line_row()], a_record())

    assert [event.details.get("implied") for event in observed.events] == [True, None]
    assert observed.events[0].details["processing_status"] == "Delivered"


def test_a_partial_delivery_names_lines_and_quantities():
    lines = [a_line_row(1, quantityshipped=1.0, tracking_number="1Z1", carrier="ups"), a_line_row(2)]

    observed = observe(a_header_row(PARTLY_DELIVERED), lines, a_record())

    assert names(observed) == [LINES_SHIPPED]
    assert observed.events[0].details["parcels"] == [{"tracking_number": "1Z1", "carrier": "ups", "lines": {"1": "1"}}]


def test_each_parcel_holds_what_left_since_the_last_look():
    first = [a_line_row(1, quantityshipped=1.0, tracking_number="1Z1", carrier="ups"), a_line_row(2)]
    rest = [
        a_line_row(1, LINE_DELIVERED, quantityshipped=2.0, tracking_number="1Z2", carrier="ups"),
        a_line_row(2, LINE_DELIVERED, quantityshipped=2.0, tracking_number="1Z2", carrier="ups"),
    ]
    record = remembering(a_record(), observe(a_header_row(PARTLY_DELIVERED), first, a_record()))

    observed = observe(a_header_row(DELIVERED), rest, record)

    one, two = record.order.lines
    assert record.order.shipments == (
        Shipment(tracking_number="1Z1", carrier="ups", items=(ShipmentItem(line_id=one.line_id, quantity=Decimal(1)),)),
    )
    assert observed.shipments == (
        Shipment(
            tracking_number="1Z2",
            carrier="ups",
            items=(
                ShipmentItem(line_id=one.line_id, quantity=Decimal(1)),
                ShipmentItem(line_id=two.line_id, quantity=Decimal(2)),
            ),
        ),
    )


def test_lines_with_their_own_tracking_numbers_are_parcels_of_their_own():
    lines = [a_line_row(n, LINE_DELIVERED, quantityshipped=2.0, tracking_number=f"1Z{n}") for n in (1, 2)]

    observed = observe(a_header_row(DELIVERED), lines, a_record())

    assert [parcel.tracking_number for parcel in observed.shipments] == ["1Z1", "1Z2"]


def test_two_partial_deliveries_are_two_events():
    once, twice = [a_line_row(1, quantityshipped=1.0)], [a_line_row(1, quantityshipped=1.5)]
    first = observe(a_header_row(PARTLY_DELIVERED), once, a_record())

    second = observe(a_header_row(PARTLY_DELIVERED), twice, remembering(a_record(), first))

    assert names(second) == [LINES_SHIPPED]
    assert first.events[0].cause != second.events[0].cause
    assert second.shipments[0].items[0].quantity == Decimal("0.5")


def test_a_row_read_late_ships_nothing_twice():
    late, fresh = [a_line_row(1, quantityshipped=1.0)], [a_line_row(1, LINE_DELIVERED, quantityshipped=2.0)]
    record = remembering(a_record(), observe(a_header_row(DELIVERED), fresh, a_record()))

    for lines in (late, fresh):
        observed = observe(a_header_row(DELIVERED), lines, record)
        record = remembering(record, observed)

        assert observed.shipments == ()


def test_a_map_without_quantities_ships_whole_lines():
    lines = [a_line_row(1, LINE_DELIVERED), a_line_row(2, LINE_CANCELED)]

    observed = observe(a_header_row(DELIVERED), lines, a_record())

    assert [item.quantity for parcel in observed.shipments for item in parcel.items] == [Decimal(2)]


def test_an_order_shipped_with_lines_that_lag_behind_ships_them_whole():
    observed = observe(a_header_row(DELIVERED), [a_line_row(1), a_line_row(2)], a_record())

    assert [item.quantity for parcel in observed.shipments for item in parcel.items] == [Decimal(2), Decimal(2)]


def test_a_line_that_only_finops_knows_is_in_no_parcel():
    record = a_record(an_order((a_line(1),)))

    observed = observe(a_header_row(DELIVERED), [a_line_row(1), a_line_row(9)], record)

    assert [item.line_id for parcel in observed.shipments for item in parcel.items] == [a_line(1).line_id]


def test_an_unknown_status_is_told_to_a_person_once():
    header = a_header_row(192350042)

    observed = observe(header, [a_line_row()], a_record())
    again = observe(header, [a_line_row()], remembering(a_record(), observed))

    assert names(observed) == [ALERT]
    assert "192350042" in observed.events[0].details["message"]
    assert again == Observed()


def test_what_is_remembered_of_500_lines_fits_into_a_table_column():
    rows = [a_line_row(number, LINE_DELIVERED) for number in range(1, 501)]

    observed = observe(a_header_row(PARTLY_DELIVERED), rows, a_record(an_order(500)))

    assert max(len(mark) for mark in observed.marks.values()) < 32_000
    assert len(json.dumps(observed.events[0].details)) < 32_000


def test_an_order_read_without_its_lines_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="without its lines"):
        observe(a_header_row(DELIVERED), [a_line_row()], a_record(an_order(0)))
