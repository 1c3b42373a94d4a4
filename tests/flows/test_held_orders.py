"""An order that a person holds stops before the next thing that anybody is told, and goes on by itself when resumed."""

from collections import deque
from typing import Any

from shared.domain.events import (
    CANCEL_REQUESTED,
    NEW_ORDER,
    ORDER_HELD,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_RESUMED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
)
from shared.flows import bigcommerce_finops_finops
from tests.flows.in_memory import World, run_flow

SEND = "Send order to fulfillment"
ON_ITS_WAY = (ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)


def test_a_held_order_is_sent_once_it_is_resumed():
    run = run_flow(bigcommerce_finops_finops, World(deque([ORDER_RESUMED, *ON_ITS_WAY]), held={SEND: 1}))

    assert run.steps[2:5] == [f"{SEND} held", "order resumed", SEND]
    assert run.result["outcome"] == "completed"


def test_an_order_can_be_held_again_right_after_it_was_resumed():
    world = World(deque([ORDER_RESUMED, ORDER_RESUMED, *ON_ITS_WAY]), held={SEND: 2})

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps[2:7] == [f"{SEND} held", "order resumed", f"{SEND} held", "order resumed", SEND]


def test_what_others_say_meanwhile_is_not_lost():
    step = "Update BigCommerce: shipped"
    world = World(deque([ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED, ORDER_RESUMED]), held={step: 1})

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps[-5:] == [f"{step} held", "order invoiced", "order resumed", step, "Update BigCommerce: invoiced"]


def test_a_held_order_can_be_canceled():
    run = run_flow(bigcommerce_finops_finops, World(deque([CANCEL_REQUESTED]), held={SEND: 1}))

    assert run.steps[-3:] == ["order cancellation requested", "Cancel at finops", "cancellation concluded: None"]
    assert run.result["outcome"] == "canceled"


def test_reprocessing_what_failed_meanwhile_ends_the_hold_too():
    world = World(deque([REPROCESS_REQUESTED, *ON_ITS_WAY]), held={SEND: 1})

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps[3:5] == ["reprocess requested", SEND]
    assert run.result["outcome"] == "completed"


class LateAnswer(World):
    """Its first answer says that the order was held at event 2."""

    def answer(self, step: str) -> dict[str, Any]:
        if step == SEND and f"{SEND} held" not in self.steps:
            self.steps.append(f"{SEND} held")
            return {"success": False, "events": [{"number": 2, "name": ORDER_HELD}]}
        return super().answer(step)


def test_a_flow_that_has_heard_of_the_resumption_before_it_hears_that_it_was_held_waits_for_nothing():
    world = LateAnswer(deque(ON_ITS_WAY), timeline=[NEW_ORDER, ORDER_HELD, ORDER_RESUMED])

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps[2:4] == [f"{SEND} held", SEND]
