"""F&O does everything itself: the order is validated once it is confirmed, then watched."""

from collections import deque

import pytest

from shared.domain.events import (
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.flows import finops_finops_finops
from tests.flows.in_memory import World, run_flow


def a_world(*outside: str, **more) -> World:
    return World(deque(outside or (ORDER_CONFIRMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)), **more)


def test_the_steps_come_in_the_order_of_the_scenario_and_no_provider_is_asked_for_anything():
    run = run_flow(finops_finops_finops, a_world())

    assert run.steps == [
        "Catch up with F&O",
        "order confirmed",
        "Order Validation",
        "order picked",
        "order shipped",
        "order invoiced",
    ]
    assert run.result["outcome"] == "completed"


def test_an_order_is_not_validated_before_it_is_confirmed():
    run = run_flow(finops_finops_finops, a_world(silent=1))

    assert run.steps.index("overdue: Order Confirmed") < run.steps.index("Order Validation")


@pytest.mark.parametrize("first", [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED])
def test_an_order_first_heard_of_beyond_confirmation_goes_on_from_there(first: str):
    run = run_flow(finops_finops_finops, a_world(first, ORDER_SHIPPED, ORDER_INVOICED))

    assert run.steps[:3] == ["Catch up with F&O", first.lower(), "Order Validation"]
    assert run.result["outcome"] == "completed"


def test_a_refused_order_goes_on_when_it_is_reprocessed():
    outside = (ORDER_CONFIRMED, REPROCESS_REQUESTED, ORDER_SHIPPED, ORDER_INVOICED)

    run = run_flow(finops_finops_finops, a_world(*outside, failing={"Order Validation": 1}))

    assert run.steps.index("reprocess requested") < run.steps.index("Order Validation")
    assert run.result["outcome"] == "completed"


def test_an_order_canceled_before_it_is_confirmed_ends():
    run = run_flow(finops_finops_finops, a_world(ORDER_CANCELED))

    assert run.result["outcome"] == "canceled"
