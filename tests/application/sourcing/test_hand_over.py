"""Lines that are split: not a unit, not a cent is lost, and every part can be told from the others."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.application.sourcing.attempts import Piece
from shared.application.sourcing.hand_over import hand_over
from shared.domain.orders import BACKORDER_HOLD, FulfillmentOrder, FulfillmentSource, LineHold, Order
from tests.application.sourcing.warehouses import NOON, an_order_for, held, shipping, sourced, with_line

SOURCES = {name: FulfillmentSource(name=name, company="USMF") for name in ("Seattle", "Reno", "Columbus")}
HOLD = LineHold(reason=BACKORDER_HOLD, since=NOON)

money = st.decimals(0, 1000, places=4)
units = st.lists(st.integers(1, 50), min_size=1, max_size=3)


def a_piece(order: Order, source: str, quantity: int | Decimal, number: int = 1) -> Piece:
    line = next(line for line in order.lines if line.number == number)
    return Piece(
        key=f"{number} {source}",
        line_id=line.line_id,
        source=source,
        strategy="main",
        quantity=Decimal(quantity),
        planned_at=NOON,
    )


@given(units, st.integers(0, 9), st.integers(0, 9), money, money)
def test_the_parts_of_a_line_add_up_to_it(given_units: list[int], rest: int, canceled: int, discount, tax):
    quantity = Decimal(sum(given_units) + rest + canceled)
    order = with_line(
        an_order_for([1, 1]), 1, quantity=quantity, quantity_canceled=Decimal(canceled), discount=discount, tax=tax
    )

    handed = hand_over(
        order, [a_piece(order, *each) for each in zip(SOURCES, given_units, strict=False)], SOURCES, HOLD
    )

    parts = [line for line in handed.order.lines if line.external_line_id == "1"]
    assert sum(line.quantity for line in parts) == quantity
    assert sum(line.quantity_canceled for line in parts) == canceled
    assert sum(line.discount for line in parts) == discount
    assert sum(line.tax for line in parts) == tax
    assert all(line.discount >= 0 and line.tax >= 0 for line in parts)
    assert len({line.line_id for line in handed.order.lines}) == len(handed.order.lines)
    assert [line.number for line in handed.order.lines] == list(range(1, len(handed.order.lines) + 1))


def test_a_part_that_was_split_before_can_be_split_again():
    order = an_order_for([9])
    first = hand_over(order, [a_piece(order, "Seattle", 2)], SOURCES, HOLD).order

    again = hand_over(first, [a_piece(first, "Reno", 3, number=2)], SOURCES).order

    assert sourced(again) == {1: "Seattle", 2: "Reno", 3: None}
    assert [line.quantity for line in again.lines] == [2, 3, 4]
    assert held(again) == {3: BACKORDER_HOLD}
    assert shipping(again) == {"-1 Seattle": {1: 2}, "-2 Reno": {2: 3}}
    assert len({line.line_id for line in again.lines}) == 3


def test_units_found_in_two_rounds_at_one_warehouse_leave_together():
    order = an_order_for([5])

    handed = hand_over(order, [a_piece(order, "Seattle", 2), a_piece(order, "Seattle", 3)], SOURCES)

    assert shipping(handed.order) == {"-1 Seattle": {1: 5}}


def test_a_line_that_was_sourced_or_canceled_meanwhile_gets_nothing():
    order = an_order_for([2, 2, 2])
    pieces = [a_piece(order, "Seattle", 2, number) for number in (1, 2, 3)]
    order = with_line(order, 1, fulfillment_source=SOURCES["Reno"])
    order = with_line(with_line(order, 2, quantity_canceled=Decimal(2)), 3, quantity_canceled=Decimal(1))

    handed = hand_over(order, pieces, SOURCES)

    assert handed.order == order
    assert handed.created == ()


def test_a_warehouse_that_was_taken_out_meanwhile_ships_nothing():
    order = an_order_for([2])

    handed = hand_over(order, [a_piece(order, "Boise", 2)], SOURCES)

    assert handed.order == order


def test_numbers_go_on_from_the_fulfillment_orders_there_are():
    order = an_order_for([2])
    order = order.with_(fulfillment_orders=(FulfillmentOrder(number=f"{order.number}-1", fulfiller="flexe", lines=()),))

    (created,) = hand_over(order, [a_piece(order, "Seattle", 2)], SOURCES).created

    assert created.number == f"{order.number}-2"
