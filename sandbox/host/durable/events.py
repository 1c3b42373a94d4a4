"""History events and the JSON an orchestrator gets (reference: functions-host.md sections 6 and 7).

An event is a dict in the wire form of the Durable extension; times are ISO 8601 in UTC, ending in `Z`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

Event = dict[str, Any]


class EventType(IntEnum):
    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_RAISED = 15
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


SCHEDULING = frozenset({EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED, EventType.TIMER_CREATED})
COMPLETION_ID = {
    EventType.TASK_COMPLETED: "TaskScheduledId",
    EventType.TASK_FAILED: "TaskScheduledId",
    EventType.SUB_ORCHESTRATION_COMPLETED: "TaskScheduledId",
    EventType.SUB_ORCHESTRATION_FAILED: "TaskScheduledId",
    EventType.TIMER_FIRED: "TimerId",
}
FAILURES = frozenset({EventType.TASK_FAILED, EventType.SUB_ORCHESTRATION_FAILED})


def utc_now() -> str:
    return to_wire(datetime.now(UTC))


def to_wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_wire(text: str) -> datetime:
    return datetime.fromisoformat(text)


def event(kind: EventType, event_id: int = -1, **fields: Any) -> Event:
    """An event that happens now; `IsPlayed` is true, as it is in every later replay."""
    return {"EventType": int(kind), "EventId": event_id, "IsPlayed": True, "Timestamp": utc_now(), **fields}


def execution_started(
    *, name: str, instance_id: str, execution_id: str, input_text: str | None, parent_instance_id: str | None
) -> Event:
    parent = {"OrchestrationInstance": {"InstanceId": parent_instance_id}} if parent_instance_id else None
    return event(
        EventType.EXECUTION_STARTED,
        Name=name,
        Version="",
        Input=input_text,
        OrchestrationInstance={"InstanceId": instance_id, "ExecutionId": execution_id},
        ParentInstance=parent,
        Tags=None,
        Correlation=None,
        ScheduledStartTime=None,
        Generation=0,
    )


def context_json(
    *,
    played: Sequence[str],
    new: Sequence[Event],
    input_text: str | None,
    instance_id: str,
    parent_instance_id: str | None,
) -> str:
    """The orchestrator's input; `played` are past events as JSON, each item a comma-separated run of them."""
    fresh = [json.dumps({**item, "IsPlayed": False}) for item in new]
    rest: Mapping[str, Any] = {
        "input": json.loads(input_text) if input_text else None,
        "instanceId": instance_id,
        "isReplaying": bool(played),
        "parentInstanceId": parent_instance_id,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 2,
        "longRunningTimerIntervalDuration": None,
        "maximumShortTimerDuration": None,
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
    }
    return f'{{"history":[{",".join([*played, *fresh])}],{json.dumps(rest)[1:]}'


def run_of_json(events: Sequence[Event]) -> str:
    """The events of one turn as the comma-separated JSON that history rows and contexts are joined from."""
    return ",".join(json.dumps(item, separators=(",", ":")) for item in events)
