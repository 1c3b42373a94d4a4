"""Sources are found line by line; what has none waits for the backorder job and goes to F&O later."""

from collections import deque

from shared.domain.events import (
    LINES_HELD,
    LINES_SHIPPED,
    ON_HAND_CHECK_FAILED,
    ON_HAND_CHECK_SUCCEEDED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.flows import bigcommerce_optimized_finops
from tests.flows.in_memory import VALIDATING_FULFILLMENT, World, run_flow

OPTIMIZATION = "Send to fulfillment optimization"
BILLING = "Send order lines to billing"
FULFILLMENT = "Fulfillment Order Validation"


def a_world(*outside: str, finds: tuple[str, ...] = (ON_HAND_CHECK_SUCCEEDED,)) -> World:
    return World(deque(outside), brings={OPTIMIZATION: finds})


def test_an_order_with_stock_goes_to_finops_at_once():
    run = run_flow(bigcommerce_optimized_finops, a_world(ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED))

    assert run.steps == [
        "Order Validation",
        "Policy Assignment",
        OPTIMIZATION,
        BILLING,
        "order picked",
        "order shipped",
        "Update BigCommerce: shipped",
        "order invoiced",
        "Update BigCommerce: invoiced",
    ]


def test_lines_that_find_stock_later_are_a_second_sync_of_the_same_order():
    world = a_world(
        ORDER_PICKED,
        LINES_SHIPPED,
        ON_HAND_CHECK_SUCCEEDED,
        ORDER_SHIPPED,
        ORDER_INVOICED,
        finds=(ON_HAND_CHECK_SUCCEEDED, LINES_HELD),
    )

    run = run_flow(bigcommerce_optimized_finops, world)

    assert run.steps[3:] == [
        BILLING,
        "order picked",
        "order lines shipped",
        "Update BigCommerce: parcels",
        "on hand check success",
        f"{BILLING} (2)",
        "order shipped",
        "Update BigCommerce: shipped",
        "order invoiced",
        "Update BigCommerce: invoiced",
    ]
    assert run.result["outcome"] == "completed"


def test_nothing_goes_to_finops_while_no_line_has_a_source():
    world = a_world(
        ON_HAND_CHECK_SUCCEEDED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED, finds=(LINES_HELD, ON_HAND_CHECK_FAILED)
    )

    run = run_flow(bigcommerce_optimized_finops, world)

    assert run.steps[2:5] == [OPTIMIZATION, "on hand check success", BILLING]


def test_fulfillment_orders_are_validated_each_time_before_their_lines_go_to_finops():
    world = a_world(ORDER_PICKED, ON_HAND_CHECK_SUCCEEDED, ORDER_SHIPPED, ORDER_INVOICED)

    run = run_flow(bigcommerce_optimized_finops, world, VALIDATING_FULFILLMENT)

    assert run.steps[2:8] == [
        OPTIMIZATION,
        FULFILLMENT,
        BILLING,
        "order picked",
        "on hand check success",
        f"{FULFILLMENT} (2)",
    ]
    assert run.steps[8] == f"{BILLING} (2)"


def test_lines_whose_fulfillment_order_is_refused_wait_for_a_person_and_are_validated_again():
    world = a_world(REPROCESS_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)
    world.failing = {FULFILLMENT: 1}

    run = run_flow(bigcommerce_optimized_finops, world, VALIDATING_FULFILLMENT)

    assert run.steps[3:7] == [f"{FULFILLMENT} failed", "reprocess requested", FULFILLMENT, BILLING]
    assert run.result["outcome"] == "completed"


def test_without_a_source_there_is_no_fulfillment_order_to_validate():
    world = a_world(
        ON_HAND_CHECK_SUCCEEDED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED, finds=(LINES_HELD, ON_HAND_CHECK_FAILED)
    )

    run = run_flow(bigcommerce_optimized_finops, world, VALIDATING_FULFILLMENT)

    assert run.steps[2:5] == [OPTIMIZATION, "on hand check success", FULFILLMENT]


def test_an_order_that_started_before_there_were_such_policies_goes_on_without():
    run = run_flow(bigcommerce_optimized_finops, a_world(ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED))

    assert FULFILLMENT not in run.steps
