"""Each constraint alone: whom it lets ship, and what the plan says about whom it refused."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from shared.optimization import (
    Calendar,
    Hours,
    LocationPriority,
    MaximumDistance,
    MaximumOrderLines,
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    Outcome,
    Rank,
    Reason,
    RespectWarehouseTimings,
    RestrictPartialOrders,
    SafetyStock,
    SourceList,
)
from tests.unit.optimization.shop import a_problem, a_source, an_order, plan_of, shipped

DEGREE_KM = 111.195


def test_the_nearest_source_with_stock_ships():
    plan = plan_of(a_problem(an_order(P=2), on_hand={"A": {"P": 1}, "B": {"P": 2}, "C": {"P": 9}}))

    assert shipped(plan) == {"P": {"B": 2}}
    assert plan.lines[0].outcome is Outcome.FULLY_SOURCED
    assert plan.optimal


def test_a_line_is_cut_into_no_more_pieces_than_it_takes():
    on_hand = {"A": {"P": 1, "Q": 1}, "B": {"P": 1, "Q": 1}, "C": {"P": 2, "Q": 1}}

    plan = plan_of(a_problem(an_order(P=3, Q=3), on_hand=on_hand))

    assert shipped(plan) == {"P": {"A": 1, "C": 2}, "Q": {"A": 1, "B": 1, "C": 1}}
    assert plan.passes[0].goal.pieces == 5


@pytest.mark.parametrize(("limit", "reached"), [(111.195, True), (111.194, False)])
def test_the_maximum_distance_is_included(limit: float, reached: bool):
    rule = MaximumDistance(name="near", limit=limit)

    plan = plan_of(a_problem(an_order(P=1), on_hand={"A": {"P": 1}}, rules=(rule,)))

    assert bool(shipped(plan)) is reached


def test_of_overlapping_distances_the_lowest_counts_and_is_named():
    rules = (
        MaximumDistance(name="wide", limit=500, unit="miles"),
        MaximumDistance(name="narrow", limit=200, sources=("B",)),
    )

    plan = plan_of(a_problem(an_order(P=1), on_hand={"B": {"P": 1}}, rules=rules))

    (refusal,) = plan.lines[0].refusals
    assert plan.lines[0].reason is Reason.OUT_OF_REACH
    assert (refusal.source, refusal.rule, refusal.found) == ("B", "narrow", "222390 m away, at most 200000 m")


def test_a_source_abroad_is_out_of_reach_where_the_country_is_enforced():
    rule = MaximumDistance(name="domestic", limit=9999, same_country=True)
    sources = (a_source("A", 1, country="CA"), a_source("B", 2, country="us"))

    plan = plan_of(a_problem(an_order(P=1), sources=sources, on_hand={"A": {"P": 1}, "B": {"P": 1}}, rules=(rule,)))

    assert shipped(plan) == {"P": {"B": 1}}


def test_better_ranked_sources_ship_before_nearer_ones():
    rule = LocationPriority(name="ranks", ranks=(Rank(rank=2, source="A"), Rank(rank=1, source="B")))

    plan = plan_of(a_problem(an_order(P=3), on_hand={"A": {"P": 9}, "B": {"P": 2}}, rules=(rule,)))

    assert shipped(plan) == {"P": {"A": 1, "B": 2}}


def test_shipments_may_count_more_than_ranks():
    rule = LocationPriority(name="ranks", ranks=(Rank(rank=2, source="A"), Rank(rank=1, source="B")))

    plan = plan_of(
        a_problem(
            an_order(P=3),
            on_hand={"A": {"P": 9}, "B": {"P": 2}},
            rules=(rule,),
            strategy={"shipments_before_rank": True},
        )
    )

    assert shipped(plan) == {"P": {"A": 3}}


def test_a_rank_for_the_product_goes_before_the_rank_of_the_source():
    ranks = (Rank(rank=1, source="A"), Rank(rank=2, source="B"), Rank(rank=5, source="A", product="P"))

    plan = plan_of(
        a_problem(
            an_order(P=1, Q=1),
            on_hand={"A": {"P": 1, "Q": 1}, "B": {"P": 1, "Q": 1}},
            rules=(LocationPriority(name="ranks", ranks=ranks),),
        )
    )

    assert shipped(plan) == {"P": {"B": 1}, "Q": {"A": 1}}


@pytest.mark.parametrize(("hard", "expected"), [(True, {}), (False, {"P": {"A": 1}})])
def test_an_unranked_source_ships_only_where_ranks_are_a_wish(hard: bool, expected: dict[str, Any]):
    rule = LocationPriority(name="ranks", hard=hard, ranks=(Rank(rank=1, source="B"),))

    plan = plan_of(a_problem(an_order(P=1), on_hand={"A": {"P": 1}, "B": {"P": 0}}, rules=(rule,)))

    assert shipped(plan) == expected


def test_an_order_ships_from_no_more_sources_than_allowed():
    on_hand = {"A": {"P": 1}, "B": {"Q": 1}, "C": {"Q": 1, "R": 1}}
    rule = MaximumSourcesPerOrder(name="two boxes", limit=2)

    plan = plan_of(a_problem(an_order(P=1, Q=1, R=1), on_hand=on_hand, rules=(rule,)))

    assert shipped(plan) == {"P": {"A": 1}, "Q": {"C": 1}, "R": {"C": 1}}


def test_what_does_not_fit_the_allowed_sources_is_not_sourced_and_says_so():
    rule = MaximumSourcesPerOrder(name="one box", limit=1)

    plan = plan_of(a_problem(an_order(P=2, Q=1), on_hand={"A": {"P": 2}, "B": {"Q": 1}}, rules=(rule,)))

    line = plan.line("order-1", "Q")
    assert shipped(plan) == {"P": {"A": 2}}
    assert (line.outcome, line.reason) == (Outcome.NOT_SOURCED, Reason.SOURCE_LIMIT)
    assert line.refusals[1].rule == "one box"
    assert line.refusals[1].found == "the order ships from 1 source already, at most 1"


def test_a_line_that_may_not_be_split_ships_from_one_source():
    on_hand = {"A": {"P": 2}, "B": {"P": 2}, "C": {"P": 3}}
    rule = MaximumSourcesPerLine(name="no split", limit=1)

    plan = plan_of(a_problem(an_order(P=3), on_hand=on_hand, rules=(rule,)))

    assert shipped(plan) == {"P": {"C": 3}}


def test_a_line_that_only_a_split_could_fill_names_the_rule_against_it():
    rule = MaximumSourcesPerLine(name="no split", limit=1)

    plan = plan_of(a_problem(an_order(P=3), on_hand={"A": {"P": 2}, "B": {"P": 2}}, rules=(rule,)))

    assert plan.lines[0].reason is Reason.SOURCE_LIMIT
    assert {refusal.rule for refusal in plan.lines[0].refusals} == {"no split"}


def test_the_whole_order_or_nothing():
    rule = RestrictPartialOrders(name="together")

    plan = plan_of(a_problem(an_order(P=1, Q=1), on_hand={"A": {"P": 1}}, rules=(rule,)))

    assert shipped(plan) == {}
    assert plan.line("order-1", "Q").reason is Reason.NO_STOCK
    assert plan.line("order-1", "P").reason is Reason.PARTIAL_ORDER
    assert plan.line("order-1", "P").refusals[0].found == "the whole order or nothing; not sourced either: lines 2"


@pytest.mark.parametrize(("partial", "expected"), [(False, {}), (True, {"P": {"A": 2}})])
def test_a_line_is_sourced_in_part_only_where_the_strategy_allows_it(partial: bool, expected: dict[str, Any]):
    plan = plan_of(a_problem(an_order(P=3), on_hand={"A": {"P": 2}}, strategy={"partial_lines": partial}))

    assert shipped(plan) == expected
    assert plan.lines[0].outcome is (Outcome.PARTIALLY_SOURCED if partial else Outcome.NOT_SOURCED)
    assert plan.lines[0].reason is Reason.NO_STOCK


def at_nine_utc(**facts: Any) -> dict[str, Any]:
    return {"sources": (a_source("A", **facts),), "on_hand": {"A": {"P": 1}}}


@pytest.mark.parametrize(
    ("facts", "now", "open_"),
    [
        ({"cutoff": time(9)}, datetime(2026, 3, 2, 8, 59, tzinfo=UTC), True),
        ({"cutoff": time(9)}, datetime(2026, 3, 2, 9, 0, tzinfo=UTC), False),
        ({"cutoff": time(9), "time_zone": "America/New_York"}, datetime(2026, 3, 2, 13, 59, tzinfo=UTC), True),
        ({"cutoff": time(9), "time_zone": "America/New_York"}, datetime(2026, 3, 9, 13, 0, tzinfo=UTC), False),
        ({"calendar": Calendar(hours=(Hours(weekday=0, start=time(8)),))}, datetime(2026, 3, 2, 9, tzinfo=UTC), True),
        ({"calendar": Calendar(hours=(Hours(weekday=1, start=time(8)),))}, datetime(2026, 3, 2, 9, tzinfo=UTC), False),
    ],
)
def test_a_source_ships_only_while_it_works_and_before_its_cutoff_local_time(facts: Any, now: datetime, open_: bool):
    rule = RespectWarehouseTimings(name="timings")

    plan = plan_of(a_problem(an_order(P=1), rules=(rule,), now=now, **at_nine_utc(**facts)))

    assert bool(shipped(plan)) is open_
    assert plan.lines[0].reason is (None if open_ else Reason.CLOSED)


def test_a_source_is_given_no_more_lines_a_day_than_it_takes():
    rule = MaximumOrderLines(name="three a day", limit=3, sources=("A",))
    orders = (an_order(1, P=1, Q=1), an_order(2, P=1))

    plan = plan_of(
        a_problem(*orders, on_hand={"A": {"P": 9, "Q": 9}, "B": {"P": 9}}, rules=(rule,), lines_today={"A": 1})
    )

    assert shipped(plan, 1) == {"P": {"A": 1}, "Q": {"A": 1}}
    assert shipped(plan, 2) == {"P": {"B": 1}}


def test_a_list_shares_its_lines_a_day():
    rule = MaximumOrderLines(name="dock", limit=1, source_list="dock")
    lists = (SourceList(name="dock", sources=("A", "B")),)

    plan = plan_of(a_problem(an_order(P=1, Q=1), on_hand={"A": {"P": 1}, "B": {"Q": 1}}, rules=(rule,), lists=lists))

    (unsourced,) = (line for line in plan.lines if not line.details)
    assert unsourced.reason is Reason.CAPACITY
    assert {refusal.rule for refusal in unsourced.refusals if refusal.reason is Reason.CAPACITY} == {"dock"}


@pytest.mark.parametrize(
    ("mode", "on_hand", "expected"),
    [
        ("ring_fence", 6, {}),
        ("ring_fence", 7, {"P": {"A": 2}}),
        ("threshold", 4, {}),
        ("threshold", 5, {"P": {"A": 2}}),
    ],
)
def test_safety_stock_stays(mode: Any, on_hand: int, expected: dict[str, Any]):
    problem = a_problem(
        an_order(P=2),
        sources=(a_source("A", safety_stock=5),),
        on_hand={"A": {"P": on_hand}},
        rules=(SafetyStock(name="safety", mode=mode),),
    )

    plan = plan_of(problem)

    assert shipped(plan) == expected
    assert [refusal.rule for refusal in plan.lines[0].refusals] == ([] if expected else ["safety"])


def test_a_disabled_constraint_limits_nothing():
    rule = MaximumDistance(name="near", limit=1, enabled=False)

    plan = plan_of(a_problem(an_order(P=1), on_hand={"A": {"P": 1}}, rules=(rule,)))

    assert shipped(plan) == {"P": {"A": 1}}
