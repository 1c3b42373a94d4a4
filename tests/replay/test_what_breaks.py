"""What a change of a flow does to orders that run: which changes break them, and that the replay finds those."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import pytest

from shared import flows
from shared.domain.actions import Provider
from shared.domain.events import ORDER_INVOICED, ORDER_PICKED, ORDER_SHIPPED
from shared.flows import order_flow
from shared.flows.finops_lines import send_lines_again_when_asked
from shared.flows.order_flow import FlowResult, OrderFlow, Steps
from shared.flows.storefront import tell_store_it_is_invoiced, tell_store_it_shipped, tell_store_of_parcels
from tests.replay.recordings import HISTORIES, Recording
from tests.replay.replaying import Handle, breach, difference

RECORDED = Recording.load(HISTORIES / "bigcommerce_finops_finops" / "complete.json")
SENDING = "Send order to fulfillment"


def deployed(flow: Callable[[OrderFlow], Steps[FlowResult]], words: type[OrderFlow] = OrderFlow) -> Handle:
    """The flow as a new release has it, `words` being what it is written in."""

    def orchestrator(context: df.DurableOrchestrationContext) -> Steps[FlowResult]:
        return (yield from words(context).run(flow))

    return df.Orchestrator.create(orchestrator)


def begun(flow: OrderFlow, step: str = SENDING) -> Steps[None]:
    """As the scenario begins."""
    tell_store_of_parcels(flow)
    yield from flow.validate()
    yield from flow.assign()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step=step)
    send_lines_again_when_asked(flow)


def ended(flow: OrderFlow) -> Steps[FlowResult]:
    """As it ends."""
    yield from flow.until(ORDER_PICKED)
    yield from flow.until(ORDER_SHIPPED)
    yield from tell_store_it_shipped(flow)
    yield from flow.until(ORDER_INVOICED)
    yield from tell_store_it_is_invoiced(flow)
    return flow.completed()


def unchanged(flow: OrderFlow) -> Steps[FlowResult]:
    yield from begun(flow)
    return (yield from ended(flow))


# What breaks running orders


def step_renamed(flow: OrderFlow) -> Steps[FlowResult]:
    yield from begun(flow, "Send order to F&O")
    return (yield from ended(flow))


def step_inserted(flow: OrderFlow) -> Steps[FlowResult]:
    yield from begun(flow)
    yield from flow.until(ORDER_PICKED)
    yield from flow.send(Provider.BIGCOMMERCE, "update_order_status", step="Update BigCommerce: picked")
    return (yield from ended(flow))


def step_removed(flow: OrderFlow) -> Steps[FlowResult]:
    yield from flow.validate()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step=SENDING)
    return (yield from ended(flow))


def steps_swapped(flow: OrderFlow) -> Steps[FlowResult]:
    yield from flow.assign()
    yield from flow.validate()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step=SENDING)
    return (yield from ended(flow))


def waits_swapped(flow: OrderFlow) -> Steps[FlowResult]:
    yield from begun(flow)
    yield from flow.until(ORDER_INVOICED)
    yield from tell_store_it_is_invoiced(flow)
    yield from flow.until(ORDER_SHIPPED)
    yield from tell_store_it_shipped(flow)
    return flow.completed()


def step_inserted_before_its_like(flow: OrderFlow) -> Steps[FlowResult]:
    """Both call the same activity."""
    yield from flow.validate()
    yield from flow._step("Another Assignment", "assign_by_policy", {"policies": []})
    yield from flow.assign()
    yield from flow.send(Provider.FINOPS, "send_order_to_fulfillment", step=SENDING)
    return (yield from ended(flow))


HOST_FAILS_IT, UNNOTICED = "Non-Deterministic workflow detected", "nobody would notice"
BREAKING = {
    step_renamed: UNNOTICED,
    step_inserted: HOST_FAILS_IT,
    step_inserted_before_its_like: UNNOTICED,
    step_removed: HOST_FAILS_IT,
    steps_swapped: HOST_FAILS_IT,
    waits_swapped: HOST_FAILS_IT,
}


@pytest.mark.parametrize(("flow", "fate"), BREAKING.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_change_of_what_was_asked_for_already_is_found(flow: Callable[[OrderFlow], Steps[FlowResult]], fate: str):
    assert fate in (breach(RECORDED, deployed(flow)) or "")


class Forgetful(OrderFlow):
    """Does not cancel timers."""

    def _arrival(self, name: str, awaited: str, settled: Callable[[], bool]) -> Steps[Any]:  # noqa: ARG002 - as it was
        deadline = self._context.create_timer(self._context.current_utc_datetime + timedelta(days=1))
        arrival = self._context.wait_for_external_event(name)
        yield self._context.task_any([arrival, deadline])
        return order_flow._decoded(arrival.result)


class WantsMoreAtTheStart(OrderFlow):
    def __init__(self, context: df.DurableOrchestrationContext) -> None:
        super().__init__(context)
        self.region = context.get_input()["region"]  # pyright: ignore[reportOptionalSubscript]


class WantsMoreOfAnswers(OrderFlow):
    def _hear(self, answer: Any) -> None:
        assert all(event["at"] for event in answer["events"])


@pytest.mark.parametrize(
    ("words", "fate"),
    [(Forgetful, UNNOTICED), (WantsMoreAtTheStart, "raises 'region'"), (WantsMoreOfAnswers, "raises 'at'")],
)
def test_a_change_of_what_all_flows_are_written_in_is_found(words: type[OrderFlow], fate: str):
    assert fate in (breach(RECORDED, deployed(unchanged, words)) or "")


# What does not


def step_appended(flow: OrderFlow) -> Steps[FlowResult]:
    yield from unchanged(flow)
    yield from flow.send(Provider.BIGCOMMERCE, "thank_the_shopper", step="Thank the shopper")
    return flow.completed()


def milestones_swapped(flow: OrderFlow) -> Steps[FlowResult]:
    """A flow hears all events one after another, whichever it waits for: only an alert would name another."""
    yield from begun(flow)
    yield from flow.until(ORDER_SHIPPED)
    yield from flow.until(ORDER_PICKED)
    return (yield from ended(flow))


class MorePatient(OrderFlow):
    def __init__(self, context: df.DurableOrchestrationContext) -> None:
        super().__init__(context)
        self._deadlines = {"*": 10.0**6}


class SaysMore(OrderFlow):
    def _activity(self, name: str, request: dict[str, Any]) -> Steps[Any]:
        return (yield from super()._activity(name, {**request, "region": "west"}))


@pytest.mark.parametrize(
    ("flow", "words"),
    [(step_appended, OrderFlow), (unchanged, MorePatient), (unchanged, SaysMore)],
)
def test_a_change_that_breaks_no_running_order_is_told_from_one_that_does(
    flow: Callable[[OrderFlow], Steps[FlowResult]], words: type[OrderFlow]
):
    handle = deployed(flow, words)

    assert breach(RECORDED, handle) is None
    assert difference(RECORDED, handle)


@pytest.mark.parametrize("flow", [unchanged, milestones_swapped, flows.bigcommerce_finops_finops])
def test_what_asks_for_the_same_is_the_same(flow: Callable[[OrderFlow], Steps[FlowResult]]):
    assert difference(RECORDED, deployed(flow)) is None
