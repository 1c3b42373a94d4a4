"""Flows hear of whatever the jobs have found, whatever else such a run meets."""

import pytest

from shared.domain.errors import TransientProviderError
from shared.domain.orders import Order
from tests.application.samples import happened
from tests.application.sourcing.flows import Flows
from tests.application.sourcing.warehouses import (
    BAG,
    Company,
    Died,
    an_order_for,
    held,
    optimizing,
    sourced,
    with_line,
)

OUTAGE = TransientProviderError("Inventory Visibility answered 503")
MISTAKE = RuntimeError("a mistake of the app")


def one_too_late(company: Company) -> tuple[Order, Order]:
    """Two orders that found no stock, the first of them too long ago."""
    company.handling(cancellation_sla_days=3)
    late, other = company.has(), company.has()
    company.optimize(late)
    company.passes(days=4)
    company.optimize(other)
    return late, other


def backorder_job(company: Company, flows: Flows) -> None:
    """A run and, unless it fails, the telling of flows."""
    company.passes(minutes=15)
    try:
        flows.hear(company.sourcing().backorders.run(company.now))
    except RuntimeError:
        return


@pytest.mark.parametrize("fault", [OUTAGE, MISTAKE])
def test_a_flow_hears_of_canceled_lines_though_two_runs_met_a_fault_at_another_order(company: Company, fault):
    late, _ = one_too_late(company)
    before = len(happened(company.book, late.order_id))
    flows = Flows()
    company.stock.refuses_to_speak_of = {BAG: fault}
    backorder_job(company, flows)
    backorder_job(company, flows)
    company.stock.refuses_to_speak_of = {}

    backorder_job(company, flows)

    assert len(happened(company.book, late.order_id)) > before
    assert flows.missed(company, late.order_id, before) == []


def test_an_outage_keeps_no_flow_from_hearing_at_once_that_its_lines_are_canceled(company: Company):
    late, other = one_too_late(company)
    before = len(happened(company.book, late.order_id))
    company.stock.refuses_to_speak_of = {BAG: OUTAGE}
    flows = Flows()

    done = company.sourcing().backorders.run(company.now)
    flows.hear(done)

    assert (done.canceled, done.waiting) == (1, 1)
    assert done.put_off == (f"the default strategy: {OUTAGE}",)
    assert flows.missed(company, late.order_id, before) == []
    assert held(company.get(other)) != {}


def test_what_a_run_had_planned_when_it_died_leaves_and_is_told_during_an_outage(company: Company):
    """Nobody can say what there is for another order; for this one that was asked before."""
    order, other = company.has(), company.has(2)
    company.optimize(order)
    company.passes(days=1)
    company.optimize(other)
    before = len(happened(company.book, order.order_id))
    company.stock.fill("Seattle", 1)
    company.stock.beforehand = dies
    with pytest.raises(Died):
        company.sourcing().backorders.run(company.now)
    company.stock.refuses_to_speak_of = {BAG: OUTAGE}
    flows = Flows()

    backorder_job(company, flows)

    assert sourced(company.get(order)) == {1: "Seattle"}
    assert len(happened(company.book, order.order_id)) > before
    assert flows.missed(company, order.order_id, before) == []


def dies() -> None:
    raise Died


def two_strategies(company: Company, **facts: object) -> tuple[Order, Order]:
    """A bag for the default strategy, a hat for another one."""
    company.strategy(**facts)
    west = company.fulfillment.strategy(None).with_(name="West", default=False)
    company.fulfillment = company.fulfillment.with_(strategies={**company.fulfillment.strategies, "West": west})
    return company.has(), company.take(with_line(an_order_for(1, strategy="West"), 1, product="HAT"))


def test_lines_of_one_strategy_leave_and_are_told_though_another_strategy_meets_an_outage(company: Company):
    bag, hat = two_strategies(company)
    company.optimize(bag)
    company.optimize(hat)
    company.stock.fill("Seattle", {BAG: 9, "HAT": 9})
    company.stock.refuses_to_speak_of = {BAG: OUTAGE}

    done = company.sourcing().backorders.run(company.now)

    assert (done.released, done.waiting) == (1, 1)
    assert [each.order_id for each in done.seen] == [hat.order_id]
    assert done.put_off == (f"the default strategy: {OUTAGE}",)


def gathered(company: Company) -> tuple[Order, Order]:
    """Both wait to be planned, the bag longer."""
    bag, hat = two_strategies(company, batch_minutes=2)
    company.stock.fill("Seattle", {BAG: 9, "HAT": 9})
    for strategy, order in (("Few and near", bag), ("West", hat)):
        company.sourcing().queue.put(strategy, optimizing(order))
        company.passes(seconds=1)
    company.passes(minutes=2)
    return bag, hat


def test_a_flow_hears_its_answer_though_two_runs_met_a_mistake_at_another_strategy(company: Company):
    bag, hat = gathered(company)
    flows = Flows()
    company.stock.refuses_to_speak_of = {"HAT": MISTAKE}
    for _ in range(2):
        with pytest.raises(RuntimeError):
            company.sourcing().batches.run()
    company.stock.refuses_to_speak_of = {}

    flows.hear(company.sourcing().batches.run())

    assert flows.answers.keys() == {bag.order_id, hat.order_id}


def test_an_order_that_nobody_knows_keeps_no_other_strategy_from_its_answers(company: Company):
    bag, _ = gathered(company)
    unknown = optimizing(an_order_for(1))
    company.mine.add(unknown.order_id)
    company.sourcing().queue.put("West", unknown)

    done = company.sourcing().batches.run()

    assert [each.order_id for each in done.answered] == [bag.order_id]
    assert done.put_off == (f"strategy West: no order {unknown.order_id}",)
