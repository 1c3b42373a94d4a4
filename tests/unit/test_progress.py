"""What systems say of lines, as events of the whole order: in parts, late, twice, and in whatever order."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.events import (
    FULFILLED_IN_PART,
    LINES_CANCELED,
    LINES_INVOICED,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_INVOICED,
    ORDER_SHIPPED,
)
from shared.domain.orders import Order, OrderLine, Shipment, ShipmentItem
from shared.domain.progress import Report, advance, is_canceled, is_invoiced, is_shipped

ONE, TWO = "line-1", "line-2"


def an_order(*quantities: int, digital: tuple[int, ...] = ()) -> Order:
    lines = tuple(
        OrderLine(
            line_id=f"line-{number}",
            external_line_id=str(number),
            number=number,
            sku="BAG",
            quantity=Decimal(quantity),
            unit_price=Decimal(1),
            digital=number in digital,
        )
        for number, quantity in enumerate(quantities or (2, 1), start=1)
    )
    return Order(order_id="o", source="bigcommerce", external_id="1", number="BC-1", lines=lines)


def parcel(shipment_id: str = "", **units: int) -> Shipment:
    items = tuple(ShipmentItem(line_id=f"line-{n[1:]}", quantity=Decimal(u)) for n, u in units.items())
    return Shipment(shipment_id=shipment_id, tracking_number="1Z", items=items)


def shipped(*parcels: Shipment) -> Report:
    return Report(source="flexe", shipments=parcels)


def canceled(**units: int) -> Report:
    return Report(source="flexe", canceled={f"line-{n[1:]}": Decimal(u) for n, u in units.items()})


def invoiced(*, revised: bool = False, **units: int) -> Report:
    totals = {f"line-{n[1:]}": Decimal(u) for n, u in units.items()}
    return Report(source="sap", invoiced=totals, revised=revised)


def told(order: Order, *reports: Report) -> tuple[Order, list[str]]:
    names: list[str] = []
    for report in reports:
        order, events = advance(order, report)
        names += [event.name for event in events]
    return order, names


def test_an_order_has_shipped_when_its_last_parcel_leaves():
    _, names = told(an_order(), shipped(parcel(n1=1)), shipped(parcel(n1=1)), shipped(parcel(n2=1)))

    assert names == [LINES_SHIPPED, LINES_SHIPPED, ORDER_SHIPPED]


def test_a_parcel_told_twice_has_left_once():
    order, names = told(an_order(), shipped(parcel("shp_1", n1=2)), shipped(parcel("shp_1", n1=2)))

    assert names == [LINES_SHIPPED]
    assert len(order.shipments) == 1


def test_a_line_that_will_never_ship_does_not_hold_the_order_up():
    order, names = told(an_order(), shipped(parcel(n1=2)), canceled(n2=1), invoiced(n1=2))

    assert names == [LINES_SHIPPED, LINES_CANCELED, ORDER_SHIPPED, ORDER_INVOICED, FULFILLED_IN_PART]
    assert is_shipped(order)


def test_an_order_without_any_line_left_is_canceled_and_nothing_else():
    order, names = told(an_order(), canceled(n1=2), canceled(n1=2, n2=1), canceled(n1=2, n2=1))

    assert names == [LINES_CANCELED, ORDER_CANCELED]
    assert is_canceled(order)


def test_an_invoice_that_comes_before_the_parcel_counts_when_the_parcel_leaves():
    _, names = told(an_order(), invoiced(n1=2, n2=1), shipped(parcel(n1=2, n2=1)))

    assert names == [LINES_INVOICED, ORDER_SHIPPED, ORDER_INVOICED]


def test_goods_that_go_by_no_parcel_are_not_waited_for():
    _, names = told(an_order(2, 1, digital=(2,)), shipped(parcel(n1=2)))

    assert names == [ORDER_SHIPPED]


def test_more_canceled_than_ordered_is_all_that_was_ordered():
    order, _ = told(an_order(), canceled(n1=9))

    assert order.lines[0].quantity_canceled == 2


def test_an_invoice_that_was_taken_back_is_no_longer_counted():
    order, names = told(an_order(), invoiced(n1=2), invoiced(revised=True), shipped(parcel(n1=2, n2=1)))

    assert not is_invoiced(order)
    assert ORDER_INVOICED not in names


def test_less_than_was_known_takes_nothing_back():
    order, _ = told(an_order(), invoiced(n1=2), invoiced(n1=1), canceled(n2=1), canceled())

    assert [line.quantity_invoiced for line in order.lines] == [2, 0]
    assert [line.quantity_canceled for line in order.lines] == [0, 1]


def test_the_same_state_of_affairs_told_twice_is_one_event():
    first, second = advance(an_order(), shipped(parcel(n1=1))), advance(an_order(), shipped(parcel(n1=1)))
    further = advance(first[0], shipped(parcel(n1=1)))

    assert first[1][0].cause == second[1][0].cause
    assert first[1][0].cause != further[1][0].cause


@pytest.mark.parametrize("order_of_news", [*permutations(range(4))])
def test_whoever_is_first_the_end_is_the_same(order_of_news: tuple[int, ...]):
    news = [shipped(parcel("a", n1=2)), canceled(n2=1), invoiced(n1=2), invoiced(n1=1)]

    order, names = told(an_order(), *(news[n] for n in order_of_news))

    assert is_shipped(order)
    assert is_invoiced(order)
    assert [name for name in names if name.startswith("Order I") or name.startswith("Order S")] == [
        ORDER_SHIPPED,
        ORDER_INVOICED,
    ]


@given(st.lists(st.tuples(st.sampled_from("sci"), st.integers(1, 2), st.integers(0, 3)), max_size=12))
def test_no_header_event_comes_twice_and_no_quantity_shrinks(news: list[tuple[str, int, int]]):
    make = {"s": lambda **units: shipped(parcel(**units)), "c": canceled, "i": invoiced}
    order, names = an_order(), []

    for kind, line, units in news:
        before = order
        order, more = told(order, make[kind](**{f"n{line}": units}))
        names += more
        for was, now in zip(before.lines, order.lines, strict=True):
            assert (was.quantity_canceled, was.quantity_invoiced) <= (now.quantity_canceled, now.quantity_invoiced)

    for name in (ORDER_SHIPPED, ORDER_INVOICED, ORDER_CANCELED):
        assert names.count(name) <= 1
