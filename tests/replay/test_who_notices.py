"""A running order whose orchestrator was changed under it: what the SDK notices, what the host does, what nobody does.

The host's part is that of DurableTask.Core's `TaskOrchestrationContext`, which the bundled host reproduces.
"""

import json

import azure.durable_functions as df
import pytest

from sandbox.host.durable.events import EventType, context_json, event
from sandbox.host.durable.instance import RuntimeStatus
from tests.host.sdk import InMemory, Orchestrator, raised


def reserve_and_ship(context: df.DurableOrchestrationContext):
    reserved = yield context.call_activity("ok", "reserve")
    return (yield context.call_activity("ok", f"ship {reserved}"))


def check_first(context: df.DurableOrchestrationContext):
    checked = yield context.call_activity("ok", "check")
    yield context.call_activity("ok", "reserve")
    return (yield context.call_activity("ok", f"ship, checked: {checked}"))


def pause_first(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime)
    return (yield from reserve_and_ship(context))


def another_name(context: df.DurableOrchestrationContext):
    reserved = yield context.call_activity("fail", "reserve")
    return (yield context.call_activity("ok", f"ship {reserved}"))


def paid_then_packed(context: df.DurableOrchestrationContext):
    yield context.wait_for_external_event("paid")
    return (yield context.wait_for_external_event("packed"))


def packed_then_paid(context: df.DurableOrchestrationContext):
    yield context.wait_for_external_event("packed")
    return (yield context.wait_for_external_event("paid"))


def received(context: df.DurableOrchestrationContext):
    yield context.wait_for_external_event("received")
    return (yield context.wait_for_external_event("packed"))


def running(orchestrator: Orchestrator, *news: dict[str, object]) -> InMemory:
    run = InMemory(orchestrator)
    run.turn()
    for item in news:
        run.turn(item)
    return run


def deploy(run: InMemory, orchestrator: Orchestrator) -> None:
    run.app.orchestrators["main"] = df.Orchestrator.create(orchestrator)


RESERVED = event(EventType.TASK_COMPLETED, TaskScheduledId=0, Result='"R-1"')


def test_the_sdk_notices_nothing_and_takes_one_step_s_answer_for_another_s():
    run = running(reserve_and_ship)
    context = context_json(
        played=run.history.runs,
        new=[event(EventType.ORCHESTRATOR_STARTED), RESERVED],
        input_text=run.instance.input,
        instance_id=run.instance.id,
        parent_instance_id=None,
    )

    state = json.loads(df.Orchestrator.create(check_first)(context))

    asked = [action["input"] for group in state["actions"] for action in group]

    # The reservation went for a check: nothing was checked, and goods are reserved a second time.
    assert asked == ['"check"', '"reserve"']


@pytest.mark.parametrize("release", [pause_first, another_name])
def test_the_host_fails_an_orchestration_that_asks_for_other_work_than_it_has_scheduled(release: Orchestrator):
    run = running(reserve_and_ship)
    deploy(run, release)

    turn = run.turn(RESERVED)

    assert turn.status is RuntimeStatus.FAILED
    assert "Non-Deterministic workflow detected" in (turn.output or "")


def test_the_host_compares_names_and_not_inputs_so_a_call_inserted_before_others_of_its_name_goes_unnoticed():
    run = running(reserve_and_ship)
    deploy(run, check_first)

    turn = run.turn(RESERVED)

    assert turn.status is RuntimeStatus.RUNNING
    assert [item["Input"] for item in turn.scheduled] == ['"reserve"']


def test_an_order_that_waits_for_an_event_of_another_name_hangs_and_nobody_is_told():
    run = running(paid_then_packed, raised("paid", 1))
    deploy(run, received)

    turn = run.turn(raised("packed", 1))

    assert (turn.status, turn.scheduled, turn.open_ids) == (RuntimeStatus.RUNNING, [], set())


def test_waits_that_were_swapped_end_with_the_wrong_event_and_nobody_is_told():
    run = running(paid_then_packed, raised("paid", "the payment"))
    deploy(run, packed_then_paid)

    turn = run.turn(raised("packed", "the parcel"))

    assert (turn.status, turn.output) == (RuntimeStatus.COMPLETED, '"the payment"')
