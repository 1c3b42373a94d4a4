"""Host and SDK count task ids independently: they must agree whatever an orchestrator does."""

import json
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sandbox.host.durable.events import EventType, event
from sandbox.host.durable.instance import RuntimeStatus
from sandbox.host.durable.replay import ReplayError, replay
from sandbox.host.durable.timestamps import HISTORY_EVENT_MODULE, speed_up_timestamps
from tests.host.sdk import InMemory, raised

retry_options = df.RetryOptions(first_retry_interval_in_milliseconds=10, max_number_of_attempts=2)


def sdk_loses_count(program: list[Any]) -> bool:
    """A `task_all` that fails while an activity elsewhere has retries before it: the SDK goes on at once and gives its
    next task the id that the host, which still waits for the siblings, gives to the retry timer. In Azure as well.
    """
    groups = [step for step in program if isinstance(step, tuple)]
    failing = [group for group in groups if group[0] == "all" and failures(group) and len(group[1]) > 1]
    retrying = [group for group in groups if "retry-fail" in group[1]]
    return any(one is not other or failures(one) > 1 for one in failing for other in retrying)


def failures(group: tuple[str, list[str]]) -> int:
    return sum(step.endswith("fail") for step in group[1])


LEAVES = st.sampled_from(["ok", "fail", "timer", "child", "retry-ok", "retry-fail"])
GROUPS = st.tuples(st.sampled_from(["all", "any"]), st.lists(LEAVES, min_size=1, max_size=4))
STEPS = st.lists(st.one_of(LEAVES, GROUPS), min_size=1, max_size=6)
PROGRAMS = STEPS.filter(lambda program: not sdk_loses_count(program))


@pytest.fixture(scope="module", autouse=True)
def fast_timestamps() -> Iterator[None]:
    """As in the host: dateutil would make the property test take minutes."""
    module = vars(sys.modules[HISTORY_EVENT_MODULE])
    original = module["dt_parse"]
    speed_up_timestamps()
    yield
    module["dt_parse"] = original


def task(context: df.DurableOrchestrationContext, step: Any) -> Any:
    match step:
        case "ok" | "fail":
            return context.call_activity(step, 1)
        case "timer":
            return context.create_timer(context.current_utc_datetime + timedelta(seconds=1))
        case "child":
            return context.call_sub_orchestrator("child", 1)
        case "retry-ok" | "retry-fail":
            return context.call_activity_with_retry(step.removeprefix("retry-"), retry_options, 1)
        case ("all", steps):
            return context.task_all([task(context, one) for one in steps])
        case (_, steps):
            return context.task_any([task(context, one) for one in steps])


def orchestrator_of(program: list[Any]):
    """An orchestrator that yields a task per step, survives failures, and ends with a marker activity."""

    def orchestrate(context: df.DurableOrchestrationContext):
        for step in program:
            try:
                yield task(context, step)
            except Exception as error:
                assert "it failed" in str(error)  # noqa: PT017 - anything else is a bug of the host
        return (yield context.call_activity("ok", "the end"))

    return orchestrate


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(program=PROGRAMS, seed=st.integers(0, 2**16))
def test_whatever_the_orchestrator_does_it_ends_and_no_id_drifts(program: list[Any], seed: int):
    run = InMemory(orchestrator_of(program))

    last = run.run_to_end(random.Random(seed))

    assert (last.status, last.output) == (RuntimeStatus.COMPLETED, '"the end"')
    assert run.unexpected == []


def test_an_orchestrator_with_an_open_timer_stays_running_until_it_fires():
    def forgetful(context: df.DurableOrchestrationContext):
        timer = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        yield context.task_any([timer, context.call_activity("ok", 1)])
        return "returned"

    run = InMemory(forgetful)
    run.turn()
    activity = next(item for item in run.unfinished if item["EventType"] == EventType.TASK_SCHEDULED)
    returned = run.turn(event(EventType.TASK_COMPLETED, TaskScheduledId=activity["EventId"], Result="1"))
    fired = run.run_to_end(random.Random(0))

    assert returned.status is RuntimeStatus.RUNNING
    assert fired.status is RuntimeStatus.COMPLETED


def test_a_canceled_timer_does_not_hold_the_orchestrator():
    def careful(context: df.DurableOrchestrationContext):
        timer: Any = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        approval = context.wait_for_external_event("Approval")
        yield context.task_any([timer, approval])
        timer.cancel()
        return approval.result

    run = InMemory(careful)
    run.turn()
    turn = run.turn(raised("Approval", {"by": "Ann"}))

    assert (turn.status, turn.output) == (RuntimeStatus.COMPLETED, '{"by": "Ann"}')
    assert turn.open_ids == set()


@pytest.mark.parametrize(
    ("days", "status"), [(6, RuntimeStatus.RUNNING), (6.001, RuntimeStatus.FAILED), (30, RuntimeStatus.FAILED)]
)
def test_a_timer_that_azure_storage_would_cut_into_pieces_is_refused(days: float, status: RuntimeStatus):
    def patient(context: df.DurableOrchestrationContext):
        yield context.create_timer(context.current_utc_datetime + timedelta(days=days))

    turn = InMemory(patient).turn()

    assert turn.status is status
    assert ("is longer than 6 days: wait in several of them" in (turn.output or "")) == (status is RuntimeStatus.FAILED)


def test_after_a_failed_task_all_the_next_step_waits_for_the_slowest_sibling():
    def impatient(context: df.DurableOrchestrationContext):
        try:
            yield context.task_all([context.call_activity("fail", 1), context.call_activity("ok", 2)])
        except Exception:
            return (yield context.call_activity("ok", "next"))

    run = InMemory(impatient)
    run.turn()
    failed = run.turn(event(EventType.TASK_FAILED, TaskScheduledId=0, Reason="it failed", Details=""))
    slowest = run.turn(event(EventType.TASK_COMPLETED, TaskScheduledId=1, Result="2"))

    assert failed.scheduled == []
    assert [item["Input"] for item in slowest.scheduled] == ['"next"']


def test_an_event_raised_in_other_letters_satisfies_the_host_but_not_the_sdk():
    def waiting(context: df.DurableOrchestrationContext):
        return (yield context.wait_for_external_event("Approved"))

    run = InMemory(waiting)
    run.turn()
    turn = run.turn(raised("approved", 1))

    # The instance hangs, as it does in production.
    assert turn.status is RuntimeStatus.RUNNING


def test_a_duplicate_completion_changes_nothing():
    def two(context: df.DurableOrchestrationContext):
        first = yield context.call_activity("ok", 1)
        second = yield context.call_activity("ok", 2)
        return [first, second]

    history = [
        event(EventType.ORCHESTRATOR_STARTED),
        event(EventType.EXECUTION_STARTED),
        event(EventType.TASK_SCHEDULED, 0, Name="ok"),
        event(EventType.TASK_COMPLETED, TaskScheduledId=0, Result="1"),
        event(EventType.TASK_COMPLETED, TaskScheduledId=0, Result="1"),
    ]
    activity = {"actionType": 0, "functionName": "ok", "input": "1"}

    replayed = replay(history, [activity, activity], "e1")

    assert [item["EventId"] for item in replayed.scheduled] == [1]


def test_an_orchestrator_that_changed_its_mind_is_non_deterministic():
    history = [
        event(EventType.ORCHESTRATOR_STARTED),
        event(EventType.EXECUTION_STARTED),
        event(EventType.TASK_SCHEDULED, 0, Name="reserve_stock"),
    ]

    with pytest.raises(ReplayError, match=r"Non-Deterministic workflow detected.*reserve_stock.*asked for.*ship_order"):
        replay(history, [{"actionType": 0, "functionName": "ship_order", "input": "1"}], "e1")


def test_continue_as_new_carries_later_events_and_drops_buffered_ones():
    def again(context: df.DurableOrchestrationContext):
        yield context.wait_for_external_event("go")
        context.continue_as_new({"round": 2})

    run = InMemory(again)
    run.turn(raised("buffered", 1))
    turn = run.turn(raised("go", 1), raised("later", 2))

    assert turn.status is RuntimeStatus.CONTINUED_AS_NEW
    assert [item["Name"] for item in turn.carried] == ["later"]
    assert json.loads(json.loads(turn.new_input or "")) == {"round": 2}


def test_a_sub_orchestration_without_an_id_gets_the_same_one_at_every_try():
    def parent(context: df.DurableOrchestrationContext):
        yield context.call_activity("ok", 1)
        yield context.call_sub_orchestrator("child", 1)

    run = InMemory(parent)
    run.turn()
    turn = run.turn(event(EventType.TASK_COMPLETED, TaskScheduledId=0, Result="1"))

    assert [item["InstanceId"] for item in turn.scheduled] == ["e1:1"]


def test_more_actions_than_host_json_allows_fail_the_orchestration():
    def endless(context: df.DurableOrchestrationContext):
        yield context.task_all([context.call_activity("ok", number) for number in range(3)])
        for number in range(2000):
            context.create_timer(context.current_utc_datetime)
            yield context.wait_for_external_event(f"event-{number}")

    run = InMemory(endless)
    run.turn()
    events = [raised(f"event-{number}", 1) for number in range(1001)]
    done = [event(EventType.TASK_COMPLETED, TaskScheduledId=number, Result="1") for number in range(3)]
    turn = run.turn(*done, *events)

    assert turn.status is RuntimeStatus.FAILED
    assert "maxOrchestrationActions" in (turn.output or "")


def test_an_output_too_large_to_store_fails_the_orchestration():
    def verbose(context: df.DurableOrchestrationContext):
        yield context.call_activity("ok", 1)
        return "x" * 300_000

    turn = InMemory(verbose).run_to_end(random.Random(0))

    assert turn.status is RuntimeStatus.FAILED
    assert "longer than" in (turn.output or "")
