"""One turn of an orchestration: run the orchestrator on its history, decide what it means.

No I/O: the engine stores the turn and then starts what it scheduled (reference: functions-host.md sections 7 to 10).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.host.durable.events import Event, EventType, context_json, event, execution_started
from sandbox.host.durable.instance import History, Instance, RuntimeStatus
from sandbox.host.durable.replay import Replayed, ReplayError, replay

OUT_OF_PROC_LABEL = "\n\n$OutOfProcData$:"
# Input, output and custom status share a row of 1 MiB; a real task hub would move larger ones to a blob.
MAX_PAYLOAD = 230_000
# A turn is one transaction of at most 4 MiB.
MAX_SCHEDULED = 2_000_000


@dataclass(frozen=True)
class App:
    """The part of the app a turn needs: orchestrators by name, activity names, `maxOrchestrationActions`."""

    orchestrators: dict[str, Callable[[str], str]]
    activities: frozenset[str]
    max_actions: int


@dataclass
class Turn:
    """What one turn adds to an instance; `output` and `custom_status` (None: unchanged) are JSON texts."""

    events: list[Event]
    status: RuntimeStatus
    scheduled: list[Event] = field(default_factory=list)
    open_ids: set[int] = field(default_factory=set)
    output: str | None = None
    custom_status: str | None = None
    new_input: str | None = None
    """With status ContinuedAsNew: the input of the next execution."""
    carried: list[Event] = field(default_factory=list)
    """With status ContinuedAsNew: external events that belong to the next execution."""

    @property
    def timers(self) -> int:
        """How many timers it has created, those canceled at once included."""
        return sum(item["EventType"] == EventType.TIMER_CREATED for item in self.scheduled)


class _OrchestrationFailed(Exception):
    """The instance ends as Failed; the message is its output."""


def take_turn(app: App, instance: Instance, history: History, batch: Sequence[Event], open_ids: set[int]) -> Turn:
    """Takes in a batch of new events; `open_ids` is the work that was open before."""
    events = [event(EventType.ORCHESTRATOR_STARTED)]
    if not history.events:
        events.append(_execution_started(instance))
    events += batch
    terminated = next((item for item in batch if item["EventType"] == EventType.EXECUTION_TERMINATED), None)
    if terminated:
        turn = Turn(events, RuntimeStatus.TERMINATED, output=json.dumps(terminated["Input"]))
    elif history.events and _only_pauses(batch):
        turn = Turn(events, RuntimeStatus.RUNNING, open_ids=open_ids)
    else:
        turn = _run(app, instance, history, events)
    if turn.status is RuntimeStatus.RUNNING and _is_suspended(batch):
        turn.status = RuntimeStatus.SUSPENDED
    return _closed(turn)


def _execution_started(instance: Instance) -> Event:
    return execution_started(
        name=instance.name,
        instance_id=instance.id,
        execution_id=instance.execution_id,
        input_text=instance.input,
        parent_instance_id=instance.parent.instance_id if instance.parent else None,
    )


def _only_pauses(batch: Sequence[Event]) -> bool:
    return all(item["EventType"] in (EventType.EXECUTION_SUSPENDED, EventType.EXECUTION_RESUMED) for item in batch)


def _is_suspended(batch: Sequence[Event]) -> bool:
    return bool(batch) and batch[-1]["EventType"] == EventType.EXECUTION_SUSPENDED


def _closed(turn: Turn) -> Turn:
    if turn.status not in (RuntimeStatus.RUNNING, RuntimeStatus.SUSPENDED):
        turn.events.append(
            event(EventType.EXECUTION_COMPLETED, OrchestrationStatus=turn.status.value, Result=turn.output)
        )
    turn.events.append(event(EventType.ORCHESTRATOR_COMPLETED))
    return turn


def _run(app: App, instance: Instance, history: History, events: list[Event]) -> Turn:
    try:
        state = _orchestrator_state(app, instance, history, events)
        actions = [action for group in state["actions"] for action in group]
        if len(actions) > app.max_actions:
            raise _OrchestrationFailed(f"it scheduled more than maxOrchestrationActions ({app.max_actions}) actions")
        replayed = replay([*history.events, *events], actions, instance.execution_id)
        _require_known_functions(app, instance, replayed.scheduled)
        turn = _conclude(instance, events, state, replayed)
        _require_storable(turn)
    except (_OrchestrationFailed, ReplayError) as error:
        text = f"Orchestrator function '{instance.name}' failed: {error}"
        return Turn(events, RuntimeStatus.FAILED, output=json.dumps(text))
    return turn


def _orchestrator_state(app: App, instance: Instance, history: History, events: Sequence[Event]) -> dict[str, Any]:
    """The orchestrator's answer: done or not, its actions, output, error and custom status."""
    orchestrator = app.orchestrators.get(instance.name)
    if orchestrator is None:
        raise _OrchestrationFailed(_unknown(instance.name, "orchestrator"))
    context = context_json(
        played=history.runs,
        new=events,
        input_text=instance.input,
        instance_id=instance.id,
        parent_instance_id=instance.parent.instance_id if instance.parent else None,
    )
    try:
        return json.loads(orchestrator(context))
    except Exception as error:
        text, label, state = str(error).rpartition(OUT_OF_PROC_LABEL)
        if not label:
            raise _OrchestrationFailed(f"{type(error).__name__}: {error}") from error
        return {"error": text, **json.loads(state)}


def _require_storable(turn: Turn) -> None:
    inputs = [item.get("Input") or "" for item in turn.scheduled]
    if sum(map(len, inputs)) > MAX_SCHEDULED:
        raise _OrchestrationFailed(f"the inputs of one turn are longer than {MAX_SCHEDULED} characters")
    children = [item["Input"] for item in turn.scheduled if item["EventType"] == EventType.SUB_ORCHESTRATION_CREATED]
    for text in (turn.output, turn.new_input, turn.custom_status, *children):
        if text and len(text) > MAX_PAYLOAD:
            raise _OrchestrationFailed(f"an input, output or custom status is longer than {MAX_PAYLOAD} characters")


def _require_known_functions(app: App, instance: Instance, scheduled: Sequence[Event]) -> None:
    for item in scheduled:
        kind, name = item["EventType"], item.get("Name")
        if kind == EventType.TASK_SCHEDULED and name not in app.activities:
            raise _OrchestrationFailed(_unknown(name, "activity"))
        if kind == EventType.SUB_ORCHESTRATION_CREATED:
            if name not in app.orchestrators:
                raise _OrchestrationFailed(_unknown(name, "orchestrator"))
            if item["InstanceId"] == instance.id or item["InstanceId"].startswith("@"):
                raise _OrchestrationFailed(f"'{item['InstanceId']}' cannot be the id of its sub-orchestration")


def _unknown(name: Any, kind: str) -> str:
    article = "an" if kind[0] in "aeiou" else "a"
    return f"The function '{name}' doesn't exist, is disabled, or is not {article} {kind} function."


def _conclude(instance: Instance, events: list[Event], state: dict[str, Any], replayed: Replayed) -> Turn:
    """An orchestrator ends when it said so, every action is done, and no work is left open."""
    custom_status = json.dumps(state["customStatus"]) if "customStatus" in state else None
    running = Turn(
        events + replayed.scheduled,
        RuntimeStatus.RUNNING,
        scheduled=replayed.scheduled,
        open_ids=replayed.open_ids,
        custom_status=custom_status,
    )
    error = state.get("error")
    if not (replayed.reached_end and not replayed.open_ids and (state["isDone"] or error)):
        return running
    if error:
        text = f"Orchestrator function '{instance.name}' failed: {error}"
        return replace(running, status=RuntimeStatus.FAILED, output=json.dumps(text))
    if replayed.continue_as_new:
        return replace(
            running,
            status=RuntimeStatus.CONTINUED_AS_NEW,
            new_input=replayed.new_input,
            carried=replayed.carried,
        )
    output = json.dumps(state["output"]) if "output" in state else None
    return replace(running, status=RuntimeStatus.COMPLETED, output=output)
