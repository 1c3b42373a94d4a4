"""The first scenario, step by step, in memory."""

from collections import deque
from datetime import timedelta

import pytest

from shared.domain.events import ORDER_CANCELED, ORDER_INVOICED, ORDER_PICKED, ORDER_SHIPPED, REPROCESS_REQUESTED
from shared.domain.flow_input import FlowInput
from shared.flows import bigcommerce_finops_finops
from shared.flows.order_flow import STEP_RETRY
from tests.flows.in_memory import AN_ORDER, World, run_flow

A_STEP_S_TRIES = STEP_RETRY.max_number_of_attempts

STEPS = [
    "Order Validation",
    "Policy Assignment",
    "Send order to fulfillment",
    "order picked",
    "order shipped",
    "Update BigCommerce: shipped",
    "order invoiced",
    "Update BigCommerce: invoiced",
]


def a_world(*outside: str, **more) -> World:
    return World(deque(outside or (ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)), **more)


def test_the_steps_come_in_the_order_of_the_scenario():
    run = run_flow(bigcommerce_finops_finops, a_world())

    assert run.steps == STEPS
    assert run.result["outcome"] == "completed"


def test_the_shopper_hears_about_shipping_before_the_invoice():
    run = run_flow(bigcommerce_finops_finops, a_world())

    assert run.steps.index("Update BigCommerce: shipped") < run.steps.index("order invoiced")


def test_an_order_shipped_without_being_picked_goes_on():
    run = run_flow(bigcommerce_finops_finops, a_world(ORDER_SHIPPED, ORDER_INVOICED))

    assert run.result["outcome"] == "completed"
    assert "order picked" not in run.steps


def test_events_out_of_order_do_not_hold_the_order_up():
    run = run_flow(bigcommerce_finops_finops, a_world(ORDER_INVOICED, ORDER_SHIPPED, ORDER_PICKED))

    assert run.steps[-2:] == ["Update BigCommerce: shipped", "Update BigCommerce: invoiced"]


@pytest.mark.parametrize("step", [step for step in STEPS if not step.startswith("order ")])
def test_a_failed_step_is_tried_again_when_somebody_asks_and_the_flow_goes_on(step: str):
    outside = [REPROCESS_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]
    if step == "Update BigCommerce: shipped":
        outside = [ORDER_PICKED, ORDER_SHIPPED, REPROCESS_REQUESTED, ORDER_INVOICED]
    if step == "Update BigCommerce: invoiced":
        outside = [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED, REPROCESS_REQUESTED]

    run = run_flow(bigcommerce_finops_finops, a_world(*outside, failing={step: 1}))

    assert run.steps.index(f"{step} failed") < run.steps.index("reprocess requested") < run.steps.index(step)
    assert run.result["outcome"] == "completed"


def test_a_step_that_fails_twice_waits_for_a_second_reprocess():
    outside = [REPROCESS_REQUESTED, REPROCESS_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, a_world(*outside, failing={"Policy Assignment": 2}))

    assert run.steps.count("reprocess requested") == 2


def test_an_invoice_that_comes_while_the_order_is_on_hold_is_not_forgotten():
    outside = [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED, REPROCESS_REQUESTED]

    run = run_flow(bigcommerce_finops_finops, a_world(*outside, failing={"Update BigCommerce: shipped": 1}))

    assert run.steps[-2:] == ["Update BigCommerce: shipped", "Update BigCommerce: invoiced"]


def test_a_step_whose_code_keeps_failing_puts_the_order_on_hold_and_can_be_reprocessed():
    outside = [REPROCESS_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, a_world(*outside, broken={"validate_order": A_STEP_S_TRIES}))

    assert run.steps[0] == "Order Validation given up: validate_order is broken"
    assert run.result["outcome"] == "completed"


@pytest.mark.parametrize("activity", ["events_so_far", "report_delay"])
def test_code_that_is_no_step_s_is_tried_for_longer_than_any_step_for_its_failure_would_end_the_flow(activity: str):
    run = run_flow(bigcommerce_finops_finops, a_world(silent=1, broken={activity: A_STEP_S_TRIES}))

    assert run.world.broken[activity] == 0
    assert run.result["outcome"] == "completed"


@pytest.mark.parametrize("reached", [[], [ORDER_PICKED], [ORDER_PICKED, ORDER_SHIPPED]])
def test_a_canceled_order_ends_its_flow_wherever_it_is(reached: list[str]):
    run = run_flow(bigcommerce_finops_finops, a_world(*reached, ORDER_CANCELED))

    assert run.result["outcome"] == "canceled"


def test_a_canceled_order_ends_its_flow_also_from_a_hold():
    run = run_flow(bigcommerce_finops_finops, a_world(ORDER_CANCELED, failing={"Order Validation": 1}))

    assert run.steps == ["Order Validation failed", "order canceled"]


def test_a_wait_past_its_deadline_tells_a_person_and_goes_on_waiting():
    run = run_flow(bigcommerce_finops_finops, a_world(silent=2))

    assert run.steps.count("overdue: Order Picked") == 2
    assert run.result["outcome"] == "completed"


def test_an_event_whose_raise_was_lost_is_found_in_the_timeline_at_the_deadline():
    run = run_flow(bigcommerce_finops_finops, a_world(lost={ORDER_PICKED}))

    assert "overdue: Order Picked" in run.steps
    assert run.result["outcome"] == "completed"


def test_no_wait_however_long_has_a_timer_that_the_host_would_cut_into_pieces():
    patient: FlowInput = {**AN_ORDER, "deadline_seconds": {"*": timedelta(days=14).total_seconds()}}
    began = a_world().now

    run = run_flow(bigcommerce_finops_finops, a_world(silent=3), patient)

    assert run.steps.count("overdue: Order Picked") == 1
    assert [timer.result - began for timer in run.world.timers][1:5] == [timedelta(days=n) for n in (5, 10, 14, 19)]
    assert run.result["outcome"] == "completed"


def test_every_timer_that_lost_its_race_is_canceled():
    run = run_flow(bigcommerce_finops_finops, a_world())

    assert run.world.timers
    assert all(timer.canceled for timer in run.world.timers)
