"""Orders planned together: they wait for each other, share what there is, and each gets its own answer."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.actions import AnsweredLater
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import OPTIMIZATION_FAILED, STEP_FAILED
from shared.domain.records import CANCELING, Change
from shared.store.claims import TableClaims
from shared.store.tables import Tables
from tests.application.samples import errors_of, happened
from tests.application.sourcing.warehouses import (
    Company,
    Shelves,
    an_order_for,
    held,
    sourced,
    with_line,
)

STRATEGY = "Few and near"


@pytest.fixture
def company(company: Company) -> Company:
    """It gathers orders for two minutes."""
    company.strategy(batch_minutes=2)
    return company


def queue(company: Company, *orders) -> None:
    """Each a second after the one before."""
    for order in orders:
        with pytest.raises(AnsweredLater):
            company.optimize(order)
        company.passes(seconds=1)


def run(company: Company) -> dict[str, bool]:
    """Success by order id."""
    return {each.order_id: each.answer.success for each in company.sourcing().batches.run().answered}


def test_an_order_waits_for_others_until_the_oldest_has_waited_long_enough(company: Company):
    company.stock = Shelves(Seattle=9)
    first, second = company.has(), company.has()
    queue(company, first)
    company.passes(seconds=100)
    queue(company, second)

    early = run(company)
    company.passes(seconds=18)
    answered = run(company)

    assert early == {}
    assert answered == {first.order_id: True, second.order_id: True}
    assert sourced(company.get(second)) == {1: "Seattle"}


def test_gathered_orders_share_what_there_is_so_that_most_can_ship_whole_parcels(company: Company):
    company.stock = Shelves(Seattle={"BAG-CNV-OLV": 1, "HAT": 1}, Reno=1)
    bag, both = company.has(), company.take(with_line(an_order_for(2), 2, product="HAT"))
    queue(company, bag, both)
    company.passes(minutes=2)

    run(company)

    assert sourced(company.get(both)) == {1: "Seattle", 2: "Seattle"}
    assert sourced(company.get(bag)) == {1: "Reno"}


def test_every_order_of_a_batch_has_its_own_plan_of_the_same_run(company: Company):
    company.stock = Shelves(Seattle=9)
    orders = [company.has(), company.has()]
    queue(company, *orders)
    company.passes(minutes=2)

    run(company)

    plans = [company.sourcing().plan_views.plans_of(order.order_id)[0] for order in orders]
    assert [plan["mode"] for plan in plans] == ["batch", "batch"]
    assert plans[0]["fingerprint"] == plans[1]["fingerprint"]
    assert [len(plan["lines"]) for plan in plans] == [1, 1]


def test_a_batch_too_large_is_cut_between_orders_and_the_older_ones_choose_first(company: Company):
    company.stock = Shelves(Seattle=3)
    company.strategy(maximum_order_lines=3)
    orders = [company.has(2), company.has(1), company.has(2)]
    queue(company, *orders)
    company.passes(minutes=2)

    run(company)

    assert [sorted(held(company.get(order))) for order in orders] == [[], [], [1, 2]]
    plans = [company.sourcing().plan_views.plans_of(order.order_id)[0]["fingerprint"] for order in orders]
    assert plans[0] == plans[1] != plans[2]


def test_an_order_larger_than_a_batch_is_planned_all_the_same(company: Company):
    company.stock = Shelves(Seattle=9)
    company.strategy(maximum_order_lines=1)
    order = company.has(3)
    queue(company, order)
    company.passes(minutes=2)

    assert run(company) == {order.order_id: True}


def test_an_answer_is_handed_out_by_every_run_until_its_flow_was_told(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    queue(company, order)
    company.passes(minutes=2)

    (first,), (second,), (third,) = (company.sourcing().batches.run().answered for _ in range(3))
    third.told()

    assert first == second == third
    assert run(company) == {}
    assert company.stock.reserved == {"Seattle": 1}


def test_a_message_that_comes_again_queues_nothing_twice_and_finds_the_answer(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    queue(company, order, order)
    company.passes(minutes=2)
    (answered,) = company.sourcing().batches.run().answered

    assert company.optimize(order) == answered.answer
    assert company.stock.reserved == {"Seattle": 1}


def test_an_order_that_is_to_be_canceled_meanwhile_is_answered_without_a_plan(company: Company):
    company.stock = Shelves(Seattle=9)
    order, other = company.has(), company.has()
    queue(company, order, other)
    company.book.change(order.order_id, lambda _: Change(marks={CANCELING: "requested"}))
    company.passes(minutes=2)

    assert run(company) == {order.order_id: False, other.order_id: True}
    assert sourced(company.get(order)) == {1: None}


def test_one_order_that_cannot_be_decided_holds_up_no_other(company: Company):
    company.stock = Shelves(Seattle=9)
    company.stock.refuses_to_speak_of = {"HAT": RejectedByProvider("HTTP 400: unknown product HAT")}
    lost = company.has(postal_code="00000")
    hat = company.take(with_line(an_order_for(2), 2, product="HAT"))
    fine = company.has()
    queue(company, lost, hat, fine)
    company.passes(minutes=2)

    assert run(company) == {lost.order_id: False, hat.order_id: False, fine.order_id: True}
    assert happened(company.book, hat.order_id)[-2:] == [OPTIMIZATION_FAILED, STEP_FAILED]
    (error,) = errors_of(company.errors, hat.order_id)
    assert "unknown product HAT" in error.message
    assert company.stock.reserved == {"Seattle": 1}


def test_units_the_service_refuses_to_keep_hold_up_only_the_order_that_wants_them(company: Company):
    company.stock = Shelves(Seattle={"BAG-CNV-OLV": 9, "HAT": 9})
    company.stock.refuses_to_keep = {"HAT": RejectedByProvider("HTTP 400: HAT is blocked")}
    hat, fine = company.take(with_line(an_order_for(2), 2, product="HAT")), company.has()
    queue(company, hat, fine)
    company.passes(minutes=2)

    assert run(company) == {hat.order_id: False, fine.order_id: True}
    assert company.stock.reserved == {"Seattle": 1}


def test_orders_of_two_companies_share_a_batch_but_no_warehouse(company: Company):
    company.stock = Shelves(Seattle=9, Reno=9)
    company.source("Reno", company="DEMF")
    american, german = company.has(), company.has(company="DEMF")
    queue(company, american, german)
    company.passes(minutes=2)

    run(company)

    assert [sourced(company.get(each))[1] for each in (american, german)] == ["Seattle", "Reno"]
    assert {name for name, _ in company.stock.asked} == {"USMF", "DEMF"}


def test_a_batch_that_meets_an_outage_is_planned_by_the_next_run(company: Company):
    company.stock = Shelves(Seattle=9)
    company.stock.fault = TransientProviderError("busy")
    order = company.has()
    queue(company, order)
    company.passes(minutes=2)

    assert run(company) == {}
    company.stock.fault = None
    assert run(company) == {order.order_id: True}


def test_two_runs_at_once_do_not_plan_the_same_orders(company: Company, tables: Tables):
    company.stock = Shelves(Seattle=9)
    company.claims = TableClaims(tables, lambda: datetime.now(UTC), timedelta(minutes=10))
    order = company.has()
    queue(company, order)
    company.passes(minutes=2)
    meanwhile: list[dict[str, bool]] = []
    company.stock.beforehand = lambda: meanwhile.append(run(company))

    answered = run(company)

    assert meanwhile == [{}]
    assert answered == {order.order_id: True}


def test_orders_of_a_strategy_that_is_gone_are_a_person_s_to_mend(company: Company):
    order = company.has()
    queue(company, order)
    setup = company.fulfillment.strategy(None)
    company.fulfillment = company.fulfillment.with_(strategies={"Other": setup.with_(name="Other")})

    (answered,) = company.sourcing().batches.run().answered

    assert answered.answer.message == f"strategy = '{STRATEGY}': there is no such strategy any more"


def test_orders_are_planned_at_once_when_batches_are_switched_off(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    queue(company, order)
    company.strategy(batch_minutes=None)

    assert run(company) == {order.order_id: True}
