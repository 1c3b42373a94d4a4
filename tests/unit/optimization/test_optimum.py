"""Against every plan there is: on small shops the optimizer finds the best one, and never claims it wrongly."""

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from shared.optimization import (
    Constraint,
    LocationPriority,
    MaximumOrderLines,
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    PassSummary,
    Problem,
    Rank,
    RestrictPartialOrders,
    Search,
    WantedOrder,
)
from tests.unit.optimization.exhaustive import Small, best_score
from tests.unit.optimization.shop import a_problem, a_source, an_order, plan_of

LIMITS = st.sampled_from([1, 2, 99])


@st.composite
def small_shops(draw: st.DrawFn, orders: int, products: int, sources: int, **facts: Any) -> Small:
    count = draw(st.integers(1, sources))
    lines = st.tuples(st.integers(0, products - 1), st.integers(1, 3))
    one_order = st.lists(lines, min_size=1, max_size=products, unique_by=None if facts.get("doubles") else _product)
    degrees = st.lists(st.integers(1, 9), min_size=count, max_size=count)
    return Small(
        orders=tuple(tuple(draw(one_order)) for _ in range(draw(st.integers(1, orders)))),
        stock=tuple(tuple(draw(st.integers(0, 3)) for _ in range(count)) for _ in range(products)),
        metres=tuple(_metres(n) for n in draw(degrees)),
        ranks=draw(st.none() | st.tuples(*[st.integers(1, 3)] * count)),
        per_order=draw(LIMITS),
        per_line=draw(LIMITS),
        whole_orders=draw(st.booleans()),
        whole_lines=draw(st.booleans()),
        shipments_before_rank=draw(st.booleans()),
        lines_a_day=draw(facts.get("lines_a_day", st.just(99))),
    )


def _product(line: tuple[int, int]) -> int:
    return line[0]


def _metres(degrees: int) -> int:
    """Along the equator of a sphere of mean radius."""
    return round(6_371_008.8 * 3.141592653589793 * degrees / 180)


def as_problem(small: Small, moves: int = 0) -> Problem:
    names = "ABCDEFGH"[: len(small.metres)]
    degrees = [round(metres * 180 / (6_371_008.8 * 3.141592653589793)) for metres in small.metres]
    rules: list[Constraint] = [
        MaximumSourcesPerOrder(name="per order", limit=small.per_order),
        MaximumSourcesPerLine(name="per line", limit=small.per_line),
        MaximumOrderLines(name="a day", limit=small.lines_a_day),
        RestrictPartialOrders(name="whole orders", enabled=small.whole_orders),
    ]
    if small.ranks:
        ranks = tuple(Rank(rank=rank, source=name) for name, rank in zip(names, small.ranks, strict=True))
        rules.append(LocationPriority(name="ranks", ranks=ranks))
    return a_problem(
        *(_as_order(number, lines) for number, lines in enumerate(small.orders, start=1)),
        sources=tuple(a_source(name, n) for name, n in zip(names, degrees, strict=True)),
        on_hand={
            name: {f"P{item}": units[s] for item, units in enumerate(small.stock)} for s, name in enumerate(names)
        },
        rules=tuple(rules),
        strategy={"partial_lines": not small.whole_lines, "shipments_before_rank": small.shipments_before_rank},
        search=Search(moves=moves),
    )


def _as_order(number: int, lines: tuple[tuple[int, int], ...]) -> WantedOrder:
    lines_by_id = {f"P{item}_{at}": quantity for at, (item, quantity) in enumerate(lines)}
    return an_order(number, country="US", **lines_by_id)


def score(small: Small, found: PassSummary) -> tuple[int, ...]:
    goal = found.goal
    assert all(amount == int(amount) for amount in (goal.units, goal.rank))
    middle = (goal.shipments, int(goal.rank)) if small.shipments_before_rank else (int(goal.rank), goal.shipments)
    return (-int(goal.units), *middle, goal.metres, goal.pieces)


@settings(max_examples=300, deadline=None)
@given(small_shops(orders=1, products=3, sources=3))
def test_one_order_gets_the_best_plan_there_is(small: Small):
    (found,) = plan_of(as_problem(small)).passes

    assert score(small, found) == best_score(small)
    assert found.optimal


@settings(max_examples=100, deadline=None)
@given(small_shops(orders=1, products=1, sources=5))
def test_one_line_over_many_sources_gets_the_best_plan_there_is(small: Small):
    (found,) = plan_of(as_problem(small)).passes

    assert score(small, found) == best_score(small)
    assert found.optimal


@settings(max_examples=150, deadline=None)
@given(small_shops(orders=1, products=3, sources=3, lines_a_day=st.integers(0, 2)))
def test_sources_that_take_few_more_lines_today_are_used_as_well_as_possible(small: Small):
    (found,) = plan_of(as_problem(small)).passes

    assert score(small, found) == best_score(small)


@settings(max_examples=150, deadline=None)
@given(small_shops(orders=1, products=2, sources=3, doubles=True))
def test_two_lines_of_one_product_share_its_stock_as_well_as_possible(small: Small):
    (found,) = plan_of(as_problem(small)).passes

    assert score(small, found)[:4] == best_score(small)[:4]


@settings(max_examples=100, deadline=None)
@given(small_shops(orders=3, products=2, sources=2))
def test_a_batch_claims_to_be_optimal_only_when_it_is_and_never_beats_its_bound(small: Small):
    (found,) = plan_of(as_problem(small, moves=100)).passes

    best, reached = best_score(small), score(small, found)
    bound = score(small, PassSummary(strategy="", pass_number=1, goal=found.bound, bound=found.bound, optimal=True))
    assert bound <= best <= reached
    assert reached == best or not found.optimal


def test_quantities_are_counted_in_exact_fractions():
    plan = plan_of(a_problem(an_order(P="0.3"), on_hand={"A": {"P": "0.1"}, "B": {"P": "0.2"}}))

    assert [detail.quantity for detail in plan.lines[0].details] == [Decimal("0.1"), Decimal("0.2")]
