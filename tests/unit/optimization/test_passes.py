"""Two passes, alternate strategies, determinism, batches, and the edges of a problem."""

from decimal import Decimal
from random import Random
from typing import TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from shared.optimization import (
    FulfillmentPlan,
    MaximumDistance,
    MaximumSourcesPerOrder,
    Outcome,
    Problem,
    Reason,
    RestrictPartialOrders,
    Search,
    SourceList,
    Strategy,
    optimize,
)
from tests.unit.optimization.shop import a_problem, a_source, an_order, plan_of, shipped
from tests.unit.optimization.small_shops import Shop, as_problem, shops

T = TypeVar("T")

ONE_SOURCE_IF_POSSIBLE = MaximumSourcesPerOrder(name="one box", limit=1, hard=False)
SPREAD = {"A": {"P": 2}, "B": {"Q": 1}}


def test_a_soft_limit_yields_in_pass_two_and_pass_one_stays():
    plan = plan_of(a_problem(an_order(P=2, Q=1), on_hand=SPREAD, rules=(ONE_SOURCE_IF_POSSIBLE,)))

    assert shipped(plan) == {"P": {"A": 2}, "Q": {"B": 1}}
    assert [line.details[0].pass_number for line in plan.lines] == [1, 2]


def test_with_partial_orders_restricted_the_order_waits_for_pass_two_as_a_whole():
    rules = (ONE_SOURCE_IF_POSSIBLE, RestrictPartialOrders(name="together"))

    plan = plan_of(a_problem(an_order(P=2, Q=1), on_hand=SPREAD, rules=rules))

    assert shipped(plan) == {"P": {"A": 2}, "Q": {"B": 1}}
    assert [line.details[0].pass_number for line in plan.lines] == [2, 2]


def test_a_hard_limit_counts_the_sources_of_both_passes():
    rules = (
        MaximumSourcesPerOrder(name="one box", limit=1),
        MaximumDistance(name="near", limit=150, hard=False),
    )

    plan = plan_of(a_problem(an_order(P=2, Q=1), on_hand=SPREAD, rules=rules))

    assert shipped(plan) == {"P": {"A": 2}}
    assert plan.line("order-1", "Q").reason is Reason.SOURCE_LIMIT


def test_without_soft_constraints_there_is_one_pass():
    rule = MaximumSourcesPerOrder(name="one box", limit=1)

    plan = plan_of(a_problem(an_order(P=2, Q=1), on_hand=SPREAD, rules=(rule,)))

    assert [each.pass_number for each in plan.passes] == [1]


def two_strategies() -> Problem:
    near = Strategy(name="near", source_list="near")
    far = Strategy(name="far", source_list="all")
    problem = a_problem(
        an_order(P=2, Q=1), on_hand=SPREAD, lists=(SourceList(name="near", sources=("A",)),), alternate=far
    )
    return problem.with_(strategy=near)


def test_what_the_strategy_leaves_unsourced_is_tried_under_the_alternate():
    plan = plan_of(two_strategies())

    assert shipped(plan) == {"P": {"A": 2}, "Q": {"B": 1}}
    assert [line.details[0].strategy for line in plan.lines] == ["near", "far"]


def test_an_unsourced_line_hears_the_reasons_of_both_strategies():
    plan = plan_of(two_strategies().with_(on_hand={"A": {"P": Decimal(2)}}))

    refusals = plan.line("order-1", "Q").refusals
    assert [(refusal.strategy, refusal.source) for refusal in refusals] == [("near", "A"), ("far", "A"), ("far", "B")]


def scarce(seed: int = 1, moves: int = 200) -> Problem:
    random = Random(seed)
    products = "PQRS"
    orders = [an_order(number, country="US", **dict.fromkeys(random.sample(products, 2), 1)) for number in range(1, 21)]
    on_hand = {name: {product: random.randint(0, 4) for product in products} for name in "ABCDEF"}
    return a_problem(*orders, on_hand=on_hand, search=Search(moves=moves))


def shuffled(problem: Problem, random: Random) -> Problem:
    """As it might have arrived as well."""

    def mixed(things: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(things, len(things)))

    def strategy(known: Strategy) -> Strategy:
        return known.with_(constraints=mixed(known.constraints))

    return problem.with_(
        orders=mixed(tuple(order.with_(lines=mixed(order.lines)) for order in problem.orders)),
        sources=mixed(problem.sources),
        source_lists=mixed(tuple(each.with_(sources=mixed(each.sources)) for each in problem.source_lists)),
        on_hand={name: problem.on_hand[name] for name in mixed(tuple(problem.on_hand))},
        strategy=strategy(problem.strategy),
        alternate=problem.alternate and strategy(problem.alternate),
    )


@settings(max_examples=100, deadline=None)
@given(shops(orders=4, lines=3, crowded=True, soft=True, strategies=2), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_in_which_things_arrive(shop: Shop, random: Random):
    problem = as_problem(shop, moves=50)

    plan, again = plan_of(problem), plan_of(shuffled(problem, random))

    assert again.model_dump_json() == plan.model_dump_json()


def test_a_long_search_does_not_depend_on_the_order_in_which_things_arrive():
    problem = scarce()

    plan, again = plan_of(problem), plan_of(shuffled(problem, Random(7)))

    assert plan.passes[0].moves
    assert again.model_dump_json() == plan.model_dump_json()


def test_the_fingerprint_does_not_depend_on_the_order_in_which_things_arrive():
    problem = scarce()

    rules = ONE_SOURCE_IF_POSSIBLE, RestrictPartialOrders(name="together")
    problem = problem.with_(strategy=problem.strategy.with_(constraints=rules))

    assert shuffled(problem, Random(7)).fingerprint == problem.fingerprint


def test_passes_share_the_time():
    ticks = iter(range(10_000))
    soft = MaximumDistance(name="near", limit=250, hard=False)
    problem = scarce(moves=10_000)
    problem = problem.with_(strategy=problem.strategy.with_(constraints=(soft,)))

    plan = optimize(problem, budget_seconds=400, elapsed=lambda: next(ticks))

    first, second = (each.moves for each in plan.passes)
    assert 0 < first < 200
    assert second > 0


def test_looking_longer_is_never_worse():
    shipments = [plan_of(scarce(moves=moves)).passes[0].goal.shipments for moves in (0, 50, 400)]

    assert shipments == sorted(shipments, reverse=True)
    assert shipments[-1] < shipments[0]


def test_where_items_are_short_it_is_still_said_how_few_shipments_there_could_be():
    (said,) = plan_of(scarce()).passes

    assert said.goal.units < sum(line.quantity for order in scarce().orders for line in order.lines)
    assert (said.goal.units, said.goal.shipments) == (said.bound.units, said.bound.shipments)


def test_fewer_metres_are_not_ruled_out_for_plans_with_more_shipments():
    sources = (a_source("A", 1), a_source("B", 1), a_source("D", 6))
    on_hand = {"A": {"P": 2}, "B": {"Q": 2}, "D": {"P": 1, "Q": 1}}
    orders = (an_order(1, P=1, Q=1), an_order(2, P=1, Q=1))

    (said,) = plan_of(a_problem(*orders, sources=sources, on_hand=on_hand, search=Search(moves=0))).passes

    assert (said.goal.shipments, said.bound.shipments) == (3, 2)
    assert said.bound.metres <= said.goal.metres


def test_no_plan_ships_more_than_there_is():
    problem = scarce()

    plan = plan_of(problem)

    taken: dict[tuple[str, str], Decimal] = {}
    for line in plan.lines:
        for detail in line.details:
            cell = detail.source, line.product
            taken[cell] = taken.get(cell, Decimal(0)) + detail.quantity
    assert all(units <= problem.on_hand[source][product] for (source, product), units in taken.items())


def test_the_clock_ends_the_search_and_the_plan_says_so():
    ticks = iter(range(1000))

    plan = optimize(scarce(moves=10_000), budget_seconds=100, elapsed=lambda: next(ticks))

    assert plan.out_of_time
    assert 0 < plan.passes[0].moves < 100


def test_one_unit_goes_where_it_saves_a_shipment_unless_the_oldest_order_comes_first():
    orders = (an_order(1, P=1), an_order(2, P=1, Q=1))
    on_hand = {"A": {"P": 1, "Q": 1}, "B": {"P": 1}}
    problem = a_problem(*orders, on_hand=on_hand)

    assert shipped(plan_of(problem), 1) == {"P": {"B": 1}}
    assert shipped(plan_of(a_problem(*orders, on_hand=on_hand, strategy={"oldest_first": True})), 1) == {"P": {"A": 1}}


def only_line(plan: FulfillmentPlan) -> tuple[Outcome, Reason | None]:
    (line,) = plan.lines
    return line.outcome, line.reason


def test_without_sources_nothing_is_sourced():
    problem = a_problem(an_order(P=1), on_hand={})

    assert only_line(plan_of(problem)) == (Outcome.NOT_SOURCED, Reason.NO_SOURCE)


def test_without_orders_the_plan_is_empty_and_optimal():
    plan = plan_of(a_problem(on_hand=SPREAD))

    assert plan.lines == ()
    assert plan.optimal


@pytest.mark.parametrize("units", [0, -3, 4])
def test_a_quantity_beyond_all_stock_is_not_sourced_and_says_what_there_was(units: int):
    plan = plan_of(a_problem(an_order(P=5), on_hand={"A": {"P": units}}))

    assert only_line(plan) == (Outcome.NOT_SOURCED, Reason.NO_STOCK)
    assert plan.lines[0].refusals[0].found == f"{max(units, 0)} on hand, 5 missing"


def test_stock_given_to_an_older_order_is_named_as_the_reason():
    problem = a_problem(an_order(1, P=2), an_order(2, P=2), on_hand={"A": {"P": 3}})

    (refusal,) = plan_of(problem).line("order-2", "P").refusals

    assert refusal.found == "3 on hand, 2 given to lines of this run, 2 missing"


def test_an_order_without_coordinates_is_an_exception_not_a_missing_stock():
    order = an_order(P=1).with_(destination=None)

    assert only_line(plan_of(a_problem(order, on_hand=SPREAD))) == (Outcome.EXCEPTION, Reason.UNDECIDED)


def test_a_line_that_cannot_be_decided_is_an_exception_and_the_others_go_on():
    order = an_order(P=1, Q=1)
    order = order.with_(lines=(order.lines[0].with_(exception="unknown product"), order.lines[1]))

    plan = plan_of(a_problem(order, on_hand=SPREAD))

    assert [line.outcome for line in plan.lines] == [Outcome.EXCEPTION, Outcome.FULLY_SOURCED]
    assert plan.lines[0].explanation == "unknown product"


def test_inactive_and_unlocated_sources_ship_nothing():
    sources = (a_source("A", active=False), a_source("B").with_(place=None))

    plan = plan_of(a_problem(an_order(P=1), sources=sources, on_hand={"A": {"P": 1}, "B": {"P": 1}}))

    assert [refusal.reason for refusal in plan.lines[0].refusals] == [Reason.INACTIVE, Reason.NO_COORDINATES]


def test_a_source_without_real_inventory_never_runs_out():
    sources = (a_source("A", use_real_inventory=False),)

    plan = plan_of(a_problem(an_order(1, P=10**12), an_order(2, P="0.5"), sources=sources, on_hand={}))

    assert [line.outcome for line in plan.lines] == [Outcome.FULLY_SOURCED] * 2


def test_many_equal_sources_do_not_take_forever():
    sources = tuple(a_source(f"S{number:02}") for number in range(50))
    on_hand = {source.name: {"P": 1} for source in sources}

    plan = plan_of(a_problem(an_order(P=25), sources=sources, on_hand=on_hand))

    assert plan.lines[0].fulfilled == 25
    assert len(plan.lines[0].sources) == 25


def test_a_strategy_that_names_an_unknown_list_is_refused():
    with pytest.raises(ValidationError, match="source list 'nowhere' is named but not there"):
        a_problem(on_hand={}, alternate=Strategy(name="x", source_list="nowhere"))
