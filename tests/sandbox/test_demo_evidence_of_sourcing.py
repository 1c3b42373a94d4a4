"""What the demo takes for proof that lines were sourced, reserved, held and released."""

from copy import deepcopy
from typing import Any

import pytest

from sandbox.demo.evidence import optimization
from sandbox.demo.scenario import Order
from tests.sandbox.canned_world import Canned, Effects, event, step

STEP = "Send to fulfillment optimization"
EVENTS = [
    event("Fulfillment optimization request has Succeeded"),
    event("On Hand Check Success", "Fulfillment in Process", "Inventory Check Successful"),
    event("Creation of Fulfillment Order has Succeeded"),
    event("Order Lines on Backorder Hold"),
]


def _line(number: int, product: str, quantity: int, source: str | None, warehouse: str | None) -> dict[str, Any]:
    return {
        "line_id": f"l{number}",
        "number": number,
        "product": product,
        "quantity": str(quantity),
        "fulfillment_source": {"name": source} if source else None,
        "shipping_warehouse": warehouse,
        "in_finops": source is not None,
        "hold": None if source else {"reason": "Backorder Hold"},
    }


def _fulfillment_order(source: str, *lines: int) -> dict[str, Any]:
    return {
        "source": {"name": source},
        "lines": [{"line_id": f"l{number}", "reservation_id": f"r{number}"} for number in lines],
    }


def _reserved(number: int, product: str, quantity: int, warehouse: str) -> dict[str, Any]:
    where = {"siteid": "2", "locationid": warehouse}
    return {
        "kind": "reserved",
        "reservation_id": f"r{number}",
        "product": product,
        "quantity": quantity,
        "dimensions": where,
    }


OURS: dict[str, Any] = {
    "lines": [
        _line(1, "BAG", 2, "Seattle", "24"),
        _line(2, "KTL", 1, "Reno", "25"),
        _line(3, "BAG", 4, None, None),
    ],
    "fulfillment_orders": [_fulfillment_order("Seattle", 1), _fulfillment_order("Reno", 2)],
}
RESERVED = [_reserved(1, "BAG", 2, "24"), _reserved(2, "KTL", 1, "25")]


def _order(ours: dict[str, Any] = OURS, reserved: Effects = RESERVED, in_finops: tuple[int, ...] = (1, 2)) -> Order:
    lines = [{"sequence": number, "warehouse": "24"} for number in in_finops]
    return Canned(
        order=ours,
        events=EVENTS,
        steps=[step(STEP)],
        effects={"inventory": reserved},
        theirs={"finops": {"number": "BC-10427", "lines": lines}},
    ).order_of_the_shop()


def _with_third_line(*, kept: int = 4, **changes: Any) -> Order:
    """Columbus has sent for the third line, but for the `changes`."""
    ours = deepcopy(OURS)
    ours["lines"][2] = {**_line(3, "BAG", 4, "Columbus", "26"), **changes}
    ours["fulfillment_orders"].append(_fulfillment_order("Columbus", 3))
    return _order(ours, [*RESERVED, _reserved(3, "BAG", kept, "26")])


def test_units_kept_where_the_lines_need_them_prove_the_optimization():
    assert optimization.optimized(_order()) == "reserved: 2 BAG in 24, 1 KTL in 25"
    assert optimization.received_by_inventory(_order()) == {"reservations": 2}


@pytest.mark.parametrize("reserved", [
    pytest.param([], id="nothing kept"),
    pytest.param([*RESERVED, RESERVED[0]], id="kept twice"),
    pytest.param([RESERVED[0], _reserved(2, "KTL", 1, "24")], id="kept elsewhere"),
])  # fmt: skip
def test_units_kept_in_another_way_do_not(reserved: Effects):
    assert optimization.optimized(_order(reserved=reserved)) is None


def test_each_source_must_have_one_fulfillment_order_with_its_lines():
    each_its_own = optimization.one_fulfillment_order_for_each_source(sources=2)
    twice = {**OURS, "fulfillment_orders": [*OURS["fulfillment_orders"], _fulfillment_order("Reno", 2)]}
    mixed = {**OURS, "fulfillment_orders": [_fulfillment_order("Seattle", 1, 2), _fulfillment_order("Reno", 2)]}

    assert each_its_own(_order()) == "Seattle: line 1; Reno: line 2"
    assert each_its_own(_order(twice)) is None
    assert each_its_own(_order(mixed)) is None


def test_a_line_without_stock_must_be_on_hold_and_not_in_finops():
    assert optimization.on_backorder_hold(3)(_order()) == "line 3 is on Backorder Hold"
    assert optimization.left_out_of_finops(3)(_order()) == "line 3 is not in F&O"
    assert optimization.on_backorder_hold(1)(_order()) is None
    assert optimization.left_out_of_finops(3)(_order(in_finops=(1, 2, 3))) is None
    assert optimization.left_out_of_finops(3)(_order(in_finops=())) is None


def test_a_released_line_must_have_a_source_that_keeps_its_units():
    released = optimization.released(3)

    assert released(_with_third_line()) == "line 3 from Columbus"
    assert released(_order()) is None
    assert released(_with_third_line(hold={"reason": "Backorder Hold"})) is None
    assert released(_with_third_line(in_finops=False)) is None
    assert released(_with_third_line(kept=3)) is None
