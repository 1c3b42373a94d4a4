"""A flow started anew, because the first one of its order has failed, hears at once of all that has happened."""

from collections import deque
from typing import Any

from shared.domain.events import (
    CANCEL_REFUSED,
    CANCEL_REQUESTED,
    NEW_ORDER,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
    STEP_FAILED,
)
from shared.domain.flow_input import FlowInput
from shared.flows import bigcommerce_finops_finops, finops_flexe_finops
from tests.flows.in_memory import AN_ORDER, World, run_flow

SEND = "Send order to fulfillment"
ON_ITS_WAY = (ORDER_PICKED, ORDER_SHIPPED, ORDER_INVOICED)


class FailedAndReprocessed(World):
    """The first try of sending failed at event 2, which is its kept answer; somebody has asked for another since."""

    def answer(self, step: str) -> dict[str, Any]:
        if step == SEND and f"{SEND} failed" not in self.steps:
            self.steps.append(f"{SEND} failed")
            return {"success": False, "events": [{"number": 2, "name": STEP_FAILED}]}
        return super().answer(step)


def test_a_failure_that_was_reprocessed_before_is_not_waited_for_again():
    world = FailedAndReprocessed(deque(ON_ITS_WAY), timeline=[NEW_ORDER, STEP_FAILED, REPROCESS_REQUESTED])

    run = run_flow(bigcommerce_finops_finops, world)

    assert run.steps[2:5] == [f"{SEND} failed", SEND, "order picked"]
    assert run.result["outcome"] == "completed"


class BarredAndRefused(World):
    """Sending was refused for a wish to cancel, event 2, which is its kept answer; F&O could not stop, likewise."""

    def answer(self, step: str) -> dict[str, Any]:
        if step == SEND and f"{SEND} barred" not in self.steps:
            self.steps.append(f"{SEND} barred")
            return {"success": False, "events": [{"number": 2, "name": CANCEL_REQUESTED}]}
        if step == "Cancel at finops":
            return {"success": True, "events": [{"number": 3, "name": CANCEL_REFUSED}]}
        return super().answer(step)


def test_a_cancellation_that_was_refused_before_is_not_waited_for_again():
    world = BarredAndRefused(deque(ON_ITS_WAY), timeline=[NEW_ORDER, CANCEL_REQUESTED, CANCEL_REFUSED])

    run = run_flow(bigcommerce_finops_finops, world)

    assert [step for step in run.steps if step.startswith(SEND)] == [f"{SEND} barred", SEND]
    assert run.result["outcome"] == "completed"


def test_a_wish_to_cancel_that_was_settled_before_is_not_carried_out_again_by_who_was_not_asked_then():
    start: FlowInput = {**AN_ORDER, "started_anew": True, "wishes_settled": 4}
    timeline = [NEW_ORDER, ORDER_CONFIRMED, CANCEL_REQUESTED, CANCEL_REFUSED]

    run = run_flow(finops_flexe_finops, World(deque((ORDER_SHIPPED, ORDER_INVOICED)), timeline=timeline), start)

    assert [step for step in run.steps if step.startswith("Cancel")] == []
    assert run.result["outcome"] == "completed"


def test_the_next_wish_after_a_settled_one_has_steps_of_its_own():
    start: FlowInput = {**AN_ORDER, "started_anew": True, "wishes_settled": 4}
    timeline = [NEW_ORDER, ORDER_CONFIRMED, CANCEL_REQUESTED, CANCEL_REFUSED]
    world = World(deque((CANCEL_REQUESTED,)), timeline=timeline)

    run = run_flow(finops_flexe_finops, world, start)

    assert [step for step in run.steps if step.startswith("Cancel")] == ["Cancel at flexe (2)", "Cancel at finops (2)"]
    assert run.result["outcome"] == "canceled"


def test_its_requests_are_sent_although_the_transport_may_know_them():
    run = run_flow(bigcommerce_finops_finops, World(deque(ON_ITS_WAY)), {**AN_ORDER, "started_anew": True})

    assert run.world.copies == [SEND, "Update BigCommerce: shipped", "Update BigCommerce: invoiced"]


def test_no_other_flow_sends_anything_twice_on_purpose():
    assert run_flow(bigcommerce_finops_finops, World(deque(ON_ITS_WAY))).world.copies == []
