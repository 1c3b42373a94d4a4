"""Canceling an order under way: whoever has it is asked to stop, and shipping wins over a cancellation that is late."""

from collections import deque

import pytest

from shared.domain.events import (
    CANCEL_PENDING,
    CANCEL_REFUSED,
    CANCEL_REQUESTED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.flows import bigcommerce_finops_finops, bigcommerce_flexe_finops, finops_finops_finops, finops_flexe_finops
from shared.flows.order_flow import STEP_RETRY
from tests.flows.in_memory import World, run_flow


def test_an_order_at_flexe_is_stopped_there_and_ends():
    run = run_flow(bigcommerce_flexe_finops, World(deque([CANCEL_REQUESTED])))

    assert run.steps[-3:] == ["order cancellation requested", "Cancel at flexe", "cancellation concluded: None"]
    assert run.result["outcome"] == "canceled"


def test_a_cancellation_is_concluded_also_when_that_fails_more_often_than_a_step_may():
    activity = "conclude_cancellation"
    world = World(deque([CANCEL_REQUESTED]), broken={activity: STEP_RETRY.max_number_of_attempts})

    run = run_flow(bigcommerce_flexe_finops, world)

    assert run.world.broken[activity] == 0
    assert run.result["outcome"] == "canceled"


def test_the_fulfiller_is_asked_before_finops():
    run = run_flow(finops_flexe_finops, World(deque([ORDER_CONFIRMED, CANCEL_REQUESTED])))

    assert run.steps[-3:] == ["Cancel at flexe", "Cancel at finops", "cancellation concluded: None"]


def test_finops_hears_of_it_too_when_the_answer_of_flexe_has_canceled_every_line():
    world = World(deque([ORDER_CONFIRMED, CANCEL_REQUESTED]), brings={"Cancel at flexe": (ORDER_CANCELED,)})

    run = run_flow(finops_flexe_finops, world)

    assert run.steps[-3:] == ["Cancel at flexe", "Cancel at finops", "cancellation concluded: None"]
    assert run.result["outcome"] == "canceled"


def test_shipping_wins_and_the_order_goes_on():
    outside = (CANCEL_REQUESTED, ORDER_SHIPPED, ORDER_INVOICED)

    run = run_flow(bigcommerce_flexe_finops, World(deque(outside), brings={"Cancel at flexe": (CANCEL_REFUSED,)}))

    assert f"cancellation concluded: {CANCEL_REFUSED}" in run.steps
    assert run.steps[-1] == "Update BigCommerce: invoiced"
    assert run.result["outcome"] == "completed"


def test_a_cancellation_that_flexe_has_only_noted_ends_the_order_when_flexe_says_so_and_finops_hears_of_it():
    world = World(
        deque([ORDER_CONFIRMED, CANCEL_REQUESTED, ORDER_CANCELED]), brings={"Cancel at flexe": (CANCEL_PENDING,)}
    )

    run = run_flow(finops_flexe_finops, world)

    assert f"cancellation concluded: {CANCEL_PENDING}" in run.steps
    assert run.steps[-3:] == [
        "order canceled",
        "Cancel at flexe after it was canceled",
        "Cancel at finops after it was canceled",
    ]
    assert run.result["outcome"] == "canceled"


def test_an_order_nobody_has_been_told_of_ends_without_asking_anybody():
    run = run_flow(bigcommerce_finops_finops, World(deque([CANCEL_REQUESTED]), failing={"Policy Assignment": 1}))

    assert run.steps[-2:] == ["order cancellation requested", "cancellation concluded: None"]
    assert run.result["outcome"] == "canceled"


def test_an_order_on_hold_that_cannot_be_canceled_any_more_still_waits_for_its_mending():
    world = World(
        deque([ORDER_PICKED, ORDER_SHIPPED, CANCEL_REQUESTED, REPROCESS_REQUESTED, ORDER_INVOICED]),
        failing={"Update BigCommerce: shipped": 1},
        brings={"Cancel at finops": (CANCEL_REFUSED,)},
    )

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps.index("reprocess requested") < run.steps.index("Update BigCommerce: shipped")
    assert run.result["outcome"] == "completed"


def test_a_step_refused_only_for_a_cancellation_is_tried_again_when_the_cancellation_fails():
    world = World(
        deque([CANCEL_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]),
        barred={"Send order to fulfillment": 1},
        brings={"Cancel at finops": (CANCEL_REFUSED,)},
    )

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps.index("Send order to fulfillment barred") < run.steps.index("Cancel at finops")
    assert run.steps.index("Cancel at finops") < run.steps.index("Send order to fulfillment")
    assert run.result["outcome"] == "completed"


@pytest.mark.parametrize("flow", [bigcommerce_finops_finops, finops_finops_finops])
def test_what_finops_has_canceled_itself_is_not_told_to_it(flow):
    run = run_flow(flow, World(deque([ORDER_CANCELED])))

    assert not [step for step in run.steps if step.startswith("Cancel at")]
    assert run.result["outcome"] == "canceled"
