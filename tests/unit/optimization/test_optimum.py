"""Against every plan there is: on small shops the optimizer finds the best one, and never claims it wrongly."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from shared.optimization import Goal, PassSummary, batch, competition, pricing
from tests.unit.optimization.exhaustive import Score, score_of, scores
from tests.unit.optimization.shop import a_problem, an_order, plan_of
from tests.unit.optimization.small_shops import Shop, as_problem, passes, shops


def goals(of: Goal, *, shipments_before_rank: bool) -> Score:
    assert all(amount == int(amount) for amount in (of.units, of.rank))
    middle = (of.shipments, int(of.rank)) if shipments_before_rank else (int(of.rank), of.shipments)
    return (-int(of.units), *middle, of.metres, of.pieces)


def refute(shop: Shop, moves: int) -> list[PassSummary]:
    """Holds what a plan says of itself against every plan there is; returns what it says."""
    plan = plan_of(as_problem(shop, moves))
    for said, small, given_after in passes(shop, plan):
        swapped = small.rules.shipments_before_rank
        found, bound = (goals(each, shipments_before_rank=swapped) for each in (said.goal, said.bound))
        possible = scores(small)
        assert found == score_of(small, list(given_after))
        assert not said.optimal or found == min(possible)
        for score in possible:
            for goal in range(5):
                if all(score[before] <= found[before] for before in range(goal)):
                    assert bound[goal] <= score[goal], (goal, bound, found, score)
    return list(plan.passes)


@settings(max_examples=400, deadline=None)
@given(shops())
def test_one_order_gets_the_best_plan_there_is(shop: Shop):
    (said,) = refute(shop, moves=0)

    assert said.optimal


@settings(max_examples=100, deadline=None)
@given(shops(lines=1, products=1, sources=5))
def test_one_line_over_many_sources_gets_the_best_plan_there_is(shop: Shop):
    (said,) = refute(shop, moves=0)

    assert said.optimal


@settings(max_examples=300, deadline=None)
@given(shops(crowded=True))
def test_sources_that_take_few_more_lines_today_are_used_as_well_as_possible(shop: Shop):
    (said,) = refute(shop, moves=0)

    assert said.optimal


@settings(max_examples=300, deadline=None)
@given(shops(lines=3, products=1, crowded=True))
def test_lines_of_one_product_share_its_stock_as_well_as_possible(shop: Shop):
    (said,) = refute(shop, moves=0)

    assert said.optimal


@settings(max_examples=300, deadline=None)
@given(shops(soft=True, crowded=True))
def test_what_soft_constraints_kept_back_is_added_as_well_as_possible(shop: Shop):
    said = refute(shop, moves=0)

    assert all(each.optimal for each in said)


@settings(max_examples=300, deadline=None)
@given(shops(soft=True, strategies=2))
def test_the_alternate_strategy_adds_as_well_as_possible_to_what_stays(shop: Shop):
    said = refute(shop, moves=0)

    assert len(said) >= 2
    assert all(each.optimal for each in said)


@settings(max_examples=200, deadline=None)
@given(shops(orders=3, lines=2, sources=2, units=2))
def test_a_batch_without_search_promises_nothing_wrong(shop: Shop):
    refute(shop, moves=0)


@settings(max_examples=300, deadline=None)
@given(shops(orders=2, lines=2, sources=2, units=4))
def test_a_few_orders_with_many_units_get_the_best_plan_there_is(shop: Shop):
    (said,) = refute(shop, moves=500)

    assert said.optimal


@settings(max_examples=200, deadline=None)
@given(shops(orders=3, lines=2, sources=2, units=2, crowded=True))
def test_a_small_batch_gets_the_best_plan_there_is(shop: Shop):
    (said,) = refute(shop, moves=500)

    assert said.optimal


@settings(max_examples=100, deadline=None)
@given(shops(orders=2, lines=2, sources=2, units=2, soft=True, strategies=2))
def test_a_batch_promises_nothing_wrong_in_any_pass(shop: Shop):
    refute(shop, moves=50)


@settings(max_examples=150, deadline=None)
@given(shops(orders=3, lines=3, sources=2, units=3, crowded=True))
def test_what_is_said_of_shipments_holds_where_stock_is_too_contested_to_resolve(shop: Shop):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "_MOST_CONFLICTS", -1)

        refute(shop, moves=50)


@settings(max_examples=150, deadline=None)
@given(shops(orders=2, lines=3, sources=3, units=3, soft=True))
def test_what_is_said_of_shipments_holds_where_amounts_are_too_many_to_be_told_apart(shop: Shop):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "_MOST_CONFLICTS", -1)
        patch.setattr(pricing, "_STATES", 4)

        refute(shop, moves=50)


@settings(max_examples=300, deadline=None)
@given(shops(orders=2, lines=3, sources=3, units=2, crowded=True, soft=True), st.sampled_from([2, 20, 60]))
def test_a_search_that_had_to_give_up_promises_nothing_wrong(shop: Shop, effort: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "EFFORT", effort)
        patch.setattr(competition, "_SPREADS", 4)
        patch.setattr(competition, "_SETS", 1)

        refute(shop, moves=50)


@settings(max_examples=300, deadline=None)
@given(shops(lines=3, products=1, units=3))
def test_lines_of_one_product_that_were_not_tried_in_every_way_promise_nothing_wrong(shop: Shop):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(competition, "_SPREADS", 0)
        patch.setattr(competition, "_SETS", 0)

        refute(shop, moves=0)


def test_quantities_are_counted_in_exact_fractions():
    plan = plan_of(a_problem(an_order(P="0.3"), on_hand={"A": {"P": "0.1"}, "B": {"P": "0.2"}}))

    assert [detail.quantity for detail in plan.lines[0].details] == [Decimal("0.1"), Decimal("0.2")]
