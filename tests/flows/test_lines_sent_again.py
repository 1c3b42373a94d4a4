"""A line that F&O refused is sent again when a person wants it, whatever its flow waits for meanwhile."""

from collections import deque

import pytest

from shared.domain.events import (
    LINE_RESEND_REQUESTED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_RESUMED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.flows import bigcommerce_finops_finops, bigcommerce_flexe_finops, bigcommerce_optimized_finops
from tests.flows.in_memory import World, run_flow

SEND, AGAIN = "Send order to fulfillment", "Send lines again"
ASKED = LINE_RESEND_REQUESTED.lower()


@pytest.mark.parametrize("place", range(3))
def test_it_is_sent_wherever_the_order_is_on_its_way(place: int):
    outside = [ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]
    outside.insert(place, LINE_RESEND_REQUESTED)

    run = run_flow(bigcommerce_finops_finops, World(deque(outside)))

    assert run.steps[run.steps.index(ASKED) + 1] == AGAIN
    assert run.steps.count(AGAIN) == 1
    assert run.result["outcome"] == "completed"


def test_each_wish_is_a_step_of_its_own():
    outside = [LINE_RESEND_REQUESTED, LINE_RESEND_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, World(deque(outside)))

    assert run.steps[2:7] == [SEND, ASKED, AGAIN, ASKED, f"{AGAIN} (2)"]


def test_a_wish_that_came_while_the_line_was_being_sent_is_a_step_of_its_own_too():
    outside = [LINE_RESEND_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, World(deque(outside), brings={AGAIN: (LINE_RESEND_REQUESTED,)}))

    assert run.steps[2:6] == [SEND, ASKED, AGAIN, f"{AGAIN} (2)"]


@pytest.mark.parametrize(("flow", "outside"), [
    (bigcommerce_flexe_finops, [ORDER_SHIPPED, LINE_RESEND_REQUESTED, ORDER_INVOICED]),
    (bigcommerce_optimized_finops, [LINE_RESEND_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]),
])  # fmt: skip
def test_whoever_fulfills_the_order_finops_is_sent_the_line(flow, outside: list[str]):
    run = run_flow(flow, World(deque(outside)))

    assert run.steps[run.steps.index(ASKED) + 1] == AGAIN
    assert run.result["outcome"] == "completed"


def test_one_that_fails_waits_for_a_person_as_every_step_does():
    outside = [LINE_RESEND_REQUESTED, REPROCESS_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, World(deque(outside), failing={AGAIN: 1}))

    assert run.steps[4:7] == [f"{AGAIN} failed", "reprocess requested", AGAIN]
    assert run.result["outcome"] == "completed"


def test_a_held_order_s_line_is_sent_once_the_order_is_resumed():
    outside = [LINE_RESEND_REQUESTED, ORDER_RESUMED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, World(deque(outside), held={AGAIN: 1}))

    assert run.steps[4:7] == [f"{AGAIN} held", "order resumed", AGAIN]


def test_a_wish_whose_raise_was_lost_is_found_in_the_timeline_at_the_deadline():
    outside = [LINE_RESEND_REQUESTED, ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED]

    run = run_flow(bigcommerce_finops_finops, World(deque(outside), lost={LINE_RESEND_REQUESTED}))

    assert run.steps[3:5] == ["overdue: Order Picked", AGAIN]
