import json
from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from typing import Any, NamedTuple

import pytest

from shared.domain.events import (
    ALERT,
    CANCEL_REQUESTED,
    FULFILLED_IN_PART,
    LINES_CANCELED,
    LINES_INVOICED,
    LINES_SHIPPED,
    NOTED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    BusinessEvent,
)
from shared.domain.orders import FulfillmentOrder, FulfillmentOrderLine, Order, Shipment, ShipmentItem
from shared.domain.progress import Report, advance
from shared.domain.records import CANCELING, OrderRecord
from shared.providers.finops.status import EVERYTHING, Part
from shared.providers.finops.status import observe as look_at
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


ONE_LINE = a_record(an_order(1))


class Look(NamedTuple):
    """What one look at the rows leads to; `record` is the order after it has been stored."""

    events: tuple[BusinessEvent, ...]
    shipments: tuple[Shipment, ...]
    marks: Mapping[str, str]
    problems: tuple[str, ...]
    record: OrderRecord

    @property
    def is_news(self) -> bool:
        return bool(self.events or self.shipments or self.marks)


def observe(header: Any, lines: Any, record: OrderRecord, part: Part = EVERYTHING) -> Look:
    observed = look_at(header, lines, record, part)
    order, reported = advance(record.order, observed.report) if observed.report else (record.order, ())
    after = record.with_(order=order, marks={**record.marks, **observed.marks})
    new = order.shipments[len(record.order.shipments) :]
    return Look((*observed.events, *reported), new, observed.marks, observed.problems, after)


def names(look: Look) -> list[str]:
    return [event.name for event in look.events]


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
    observed = observe(a_header_row(status), [a_line_row()], ONE_LINE)

    assert names(observed) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([LINE_DELIVERED, LINE_INVOICED], [ORDER_PICKED, ORDER_SHIPPED, LINES_INVOICED]),
        (
            [LINE_INVOICED, LINE_CANCELED],
            [ORDER_PICKED, LINES_CANCELED, ORDER_SHIPPED, ORDER_INVOICED, FULFILLED_IN_PART],
        ),
        ([LINE_INVOICED, BACKORDER], [LINES_SHIPPED, LINES_INVOICED]),
        ([LINE_CANCELED, LINE_CANCELED], [ORDER_CANCELED]),
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
    observed = observe(a_header_row(ACTIVE, **columns), [a_line_row()], ONE_LINE)

    assert names(observed)[-1] == expected


def test_an_order_that_finops_has_not_taken_is_not_looked_at_at_all():
    assert not observe(a_header_row(None), [a_line_row(quantityshipped=2.0)], a_record()).is_news


def test_each_step_is_told_once_as_the_order_goes_its_way():
    record, told = ONE_LINE, []

    for status in (ACTIVE, CONFIRMED, PICKED, PICKED, DELIVERED, INVOICED, INVOICED):
        observed = observe(a_header_row(status), [a_line_row()], record)
        told += names(observed)
        record = observed.record

    assert told == [ORDER_CONFIRMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]


def test_an_echo_of_our_own_write_changes_nothing():
    header, lines = a_header_row(DELIVERED), [a_line_row(1, LINE_DELIVERED, quantityshipped=2.0)]
    record = observe(header, lines, ONE_LINE).record

    assert not observe(header, lines, record).is_news


def test_reads_that_overtake_each_other_lead_to_the_same_end():
    ends = set()

    for order_of_reads in permutations((CONFIRMED, PICKED, DELIVERED, INVOICED)):
        record, told = ONE_LINE, []
        for status in order_of_reads:
            observed = observe(a_header_row(status), [a_line_row()], record)
            told += names(observed)
            record = observed.record
        ends.add(tuple(name for name in told if name != ORDER_CONFIRMED))

    assert ends == {(ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)}


def test_the_same_news_twice_has_the_same_cause():
    rows = a_header_row(INVOICED), [a_line_row()]

    first, second = observe(*rows, ONE_LINE), observe(*rows, ONE_LINE)

    assert [event.cause for event in first.events] == [event.cause for event in second.events]
    assert len({event.cause for event in first.events}) == 3


def test_an_implied_step_says_so():
    observed = observe(a_header_row(DELIVERED), [a_line_row()], ONE_LINE)

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
    record = observe(a_header_row(PARTLY_DELIVERED), first, a_record()).record

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

    second = observe(a_header_row(PARTLY_DELIVERED), twice, first.record)

    assert names(second) == [LINES_SHIPPED]
    assert first.events[0].cause != second.events[0].cause
    assert second.shipments[0].items[0].quantity == Decimal("0.5")


def test_a_row_read_late_ships_nothing_twice():
    late, fresh = [a_line_row(1, quantityshipped=1.0)], [a_line_row(1, LINE_DELIVERED, quantityshipped=2.0)]
    record = observe(a_header_row(DELIVERED), fresh, a_record()).record

    for lines in (late, fresh):
        observed = observe(a_header_row(DELIVERED), lines, record)
        record = observed.record

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

    observed = observe(header, [a_line_row()], ONE_LINE)
    again = observe(header, [a_line_row()], observed.record)

    assert names(observed) == [ALERT]
    assert "192350042" in observed.events[0].details["message"]
    assert not again.is_news


def test_what_is_remembered_of_500_lines_fits_into_a_table_column():
    rows = [a_line_row(number, LINE_DELIVERED) for number in range(1, 501)]

    observed = observe(a_header_row(PARTLY_DELIVERED), rows, a_record(an_order(500)))

    assert max(len(mark) for mark in observed.marks.values()) < 32_000
    assert len(json.dumps(observed.events[0].details)) < 32_000


def test_an_order_read_without_its_lines_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="without its lines"):
        observe(a_header_row(DELIVERED), [a_line_row()], a_record(an_order(0)))


def test_a_line_canceled_in_finops_lets_the_rest_of_the_order_complete_in_part():
    lines = [a_line_row(1, LINE_DELIVERED), a_line_row(2, LINE_CANCELED)]

    shipped = observe(a_header_row(DELIVERED), lines, a_record())
    invoiced = observe(a_header_row(INVOICED), lines, shipped.record)

    assert names(shipped) == [ORDER_PICKED, LINES_CANCELED, ORDER_SHIPPED]
    assert names(invoiced) == [ORDER_INVOICED, FULFILLED_IN_PART]
    assert [line.quantity_canceled for line in shipped.record.order.lines] == [0, 2]


def test_a_line_deleted_in_finops_will_not_ship():
    order = an_order((a_line(1, in_finops=True), a_line(2, in_finops=True)))

    observed = observe(a_header_row(PICKED), [a_line_row(1)], a_record(order))

    assert names(observed) == [ORDER_PICKED, LINES_CANCELED]
    assert observed.record.order.lines[1].quantity_canceled == 2


def test_a_line_that_was_never_sent_is_not_taken_for_a_deleted_one():
    order = an_order((a_line(1, in_finops=True), a_line(2)))

    observed = observe(a_header_row(INVOICED), [a_line_row(1)], a_record(order))

    assert names(observed) == [ORDER_PICKED, LINES_SHIPPED, LINES_INVOICED]
    assert observed.record.order.lines[1].alive


def test_a_line_delivered_short_ends_with_what_was_delivered():
    observed = observe(a_header_row(DELIVERED), [a_line_row(1, LINE_DELIVERED, quantityshipped=1.0)], ONE_LINE)

    assert names(observed) == [ORDER_PICKED, LINES_CANCELED, ORDER_SHIPPED]
    assert observed.record.order.lines[0].quantity_canceled == 1


FLEXE_SHIPS = Part(fulfills=False)
SAP_INVOICES = Part(fulfills=False, accounts=False)


def shipped_by_flexe(order: Order) -> Order:
    items = tuple(ShipmentItem(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    return order.with_(shipments=(Shipment(shipment_id="shp_1", tracking_number="1Z", items=items),))


def at_flexe(order: Order) -> Order:
    lines = tuple(FulfillmentOrderLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    return order.with_(fulfillment_orders=(FulfillmentOrder(number="BC-10427", fulfiller="flexe", lines=lines),))


def test_a_packing_slip_for_what_flexe_ships_is_only_noted():
    observed = observe(a_header_row(DELIVERED), [a_line_row()], ONE_LINE, FLEXE_SHIPS)

    assert names(observed) == [NOTED]
    assert observed.shipments == ()


def test_an_invoice_that_is_faster_than_flexe_counts_once_flexe_has_shipped():
    invoiced = observe(a_header_row(INVOICED), [a_line_row()], ONE_LINE, FLEXE_SHIPS)
    parcel = shipped_by_flexe(invoiced.record.order).shipments

    _, then = advance(invoiced.record.order, Report(source="flexe", shipments=parcel))

    assert ORDER_INVOICED not in names(invoiced)
    assert [event.name for event in then] == [ORDER_SHIPPED, ORDER_INVOICED]


def test_an_invoice_of_finops_for_an_order_that_sap_accounts_for_is_only_noted():
    record = a_record(shipped_by_flexe(an_order(1)))

    observed = observe(a_header_row(INVOICED), [a_line_row(1, LINE_INVOICED)], record, SAP_INVOICES)

    assert names(observed) == [NOTED]
    assert observed.record.order.lines[0].quantity_invoiced == 0


def test_an_order_canceled_in_finops_is_to_be_stopped_at_flexe_and_asked_for_once():
    record = a_record(at_flexe(an_order(1)))

    observed = observe(a_header_row(CANCELED, statecode=2), [a_line_row()], record, FLEXE_SHIPS)
    again = observe(a_header_row(CANCELED, statecode=2), [a_line_row()], observed.record, FLEXE_SHIPS)

    assert names(observed) == [CANCEL_REQUESTED]
    assert observed.record.marks[CANCELING] == "requested"
    assert not again.is_news


def test_a_cancellation_that_flexe_has_refused_is_not_asked_for_again_when_finops_is_looked_at_again():
    record = a_record(at_flexe(an_order(1)))
    asked = observe(a_header_row(CANCELED, statecode=2), [a_line_row()], record, FLEXE_SHIPS).record
    refused = asked.with_(marks={**asked.marks, CANCELING: ""})

    assert not observe(a_header_row(CANCELED, statecode=2), [a_line_row()], refused, FLEXE_SHIPS).is_news


def test_our_own_wish_to_cancel_is_not_taken_for_finops_s_word():
    wish = a_record(an_order(1), **{CANCELING: "requested"})

    assert names(observe(a_header_row(CANCELED), [a_line_row()], wish)) == []
    assert names(observe(a_header_row(CANCELED, statecode=2), [a_line_row()], wish)) == [ORDER_CANCELED]


def test_an_order_canceled_in_finops_after_flexe_shipped_it_is_told_to_a_person():
    record = a_record(shipped_by_flexe(at_flexe(an_order(1))))

    observed = observe(a_header_row(CANCELED, statecode=2), [a_line_row()], record, FLEXE_SHIPS)

    assert names(observed) == [ALERT]
    assert observed.problems == ("order BC-10427 was canceled in F&O after it had shipped",)


def test_a_line_canceled_in_finops_before_flexe_has_the_order_is_not_sent_there():
    lines = [a_line_row(1, BACKORDER), a_line_row(2, LINE_CANCELED)]

    before = observe(a_header_row(CONFIRMED), lines, a_record(), FLEXE_SHIPS)
    after = observe(a_header_row(CONFIRMED), lines, a_record(at_flexe(an_order())), FLEXE_SHIPS)

    assert [line.quantity_canceled for line in before.record.order.lines] == [0, 2]
    assert [line.quantity_canceled for line in after.record.order.lines] == [0, 0]


def test_a_line_canceled_in_finops_that_flexe_has_already_is_told_to_a_person_once():
    lines = [a_line_row(1, BACKORDER), a_line_row(2, LINE_CANCELED)]

    observed = observe(a_header_row(CONFIRMED), lines, a_record(at_flexe(an_order())), FLEXE_SHIPS)
    again = observe(a_header_row(CONFIRMED), lines, observed.record, FLEXE_SHIPS)

    assert names(observed) == [ORDER_CONFIRMED, ALERT]
    assert observed.problems == ("lines 2 of order BC-10427 were canceled in F&O, but their fulfiller has them",)
    assert not again.is_news


def test_lines_changed_or_added_in_finops_that_flexe_has_as_they_were_are_told_to_a_person_once():
    lines = [a_line_row(1, BACKORDER, quantity=5.0), a_line_row(2, BACKORDER), a_line_row(3, BACKORDER)]

    observed = observe(a_header_row(CONFIRMED), lines, a_record(at_flexe(an_order())), FLEXE_SHIPS)
    again = observe(a_header_row(CONFIRMED), lines, observed.record, FLEXE_SHIPS)

    assert names(observed) == [ORDER_CONFIRMED, ALERT]
    assert observed.problems == (
        "order BC-10427 was changed in F&O, but its fulfiller has it as it was: "
        "line 1 is 5 there, 2 here; line 3 is new",
    )
    assert not again.is_news


@pytest.mark.parametrize(("there", "told"), [(2.0, False), (1.0, False), (0.5, True), (2.5, True)])
def test_what_flexe_ships_short_is_not_taken_for_a_change_in_finops(there: float, told: bool):
    order = at_flexe(an_order((a_line(1, quantity_canceled=Decimal(1)),)))

    observed = observe(
        a_header_row(CONFIRMED), [a_line_row(1, BACKORDER, quantity=there)], a_record(order), FLEXE_SHIPS
    )

    assert (ALERT in names(observed)) is told


@pytest.mark.parametrize("status", [DELIVERED, INVOICED, DELIVERED_PARTLY_INVOICED])
def test_what_finops_has_done_with_an_order_it_has_not_done_with_a_line_that_it_refused(status: int):
    order = an_order((a_line(1, in_finops=True), a_line(2, sync_error="the warehouse is unknown")))
    rows = [
        a_line_row(1, LINE_INVOICED if status == INVOICED else LINE_DELIVERED),
        a_line_row(2) | {"msdyn_linestatus": None},
    ]

    look = observe(a_header_row(status), rows, a_record(order))

    assert not {ORDER_SHIPPED, ORDER_INVOICED} & {*names(look)}
    assert [item.line_id for shipment in look.shipments for item in shipment.items] == [order.lines[0].line_id]
    assert look.record.order.lines[1].quantity_invoiced == 0


def test_a_refused_line_counts_again_once_finops_has_taken_it():
    order = an_order((a_line(1, in_finops=True), a_line(2, sync_error="the warehouse is unknown")))

    look = observe(
        a_header_row(DELIVERED), [a_line_row(1, LINE_DELIVERED), a_line_row(2, LINE_DELIVERED)], a_record(order)
    )

    assert ORDER_SHIPPED in names(look)
