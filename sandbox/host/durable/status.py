"""How an instance and its history are shown by the management API (reference: functions-host.md section 11)."""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.host.durable.events import COMPLETION_ID, FAILURES, SCHEDULING, Event, EventType
from sandbox.host.durable.instance import Instance

SHOWN_NAMES = {
    EventType.EXECUTION_STARTED: "ExecutionStarted",
    EventType.EXECUTION_COMPLETED: "ExecutionCompleted",
    EventType.EXECUTION_TERMINATED: "ExecutionTerminated",
    EventType.TASK_COMPLETED: "TaskCompleted",
    EventType.TASK_FAILED: "TaskFailed",
    EventType.SUB_ORCHESTRATION_COMPLETED: "SubOrchestrationInstanceCompleted",
    EventType.SUB_ORCHESTRATION_FAILED: "SubOrchestrationInstanceFailed",
    EventType.TIMER_CREATED: "TimerCreated",
    EventType.TIMER_FIRED: "TimerFired",
    EventType.EVENT_RAISED: "EventRaised",
    EventType.EXECUTION_SUSPENDED: "ExecutionSuspended",
    EventType.EXECUTION_RESUMED: "ExecutionResumed",
}


def status_body(instance: Instance, *, show_input: bool = True) -> dict[str, Any]:
    """The status as the client parses it; times to the second."""
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": instance.status.value,
        "input": _parsed(instance.input) if show_input else None,
        "customStatus": _parsed(instance.custom_status),
        "output": _parsed(instance.output),
        "createdTime": _to_the_second(instance.created),
        "lastUpdatedTime": _to_the_second(instance.updated),
    }


def history_body(history: Sequence[Event], *, show_output: bool, show_input: bool = True) -> list[dict[str, Any]]:
    """The history for readers: completions carry the name and time of what they complete, turns are left out."""
    scheduled = {item["EventId"]: item for item in history if item["EventType"] in SCHEDULING}
    return [
        _shown(item, scheduled, show_output=show_output, show_input=show_input)
        for item in history
        if item["EventType"] in SHOWN_NAMES
    ]


def _shown(item: Event, scheduled: dict[int, Event], *, show_output: bool, show_input: bool) -> dict[str, Any]:
    kind = EventType(item["EventType"])
    shown: dict[str, Any] = {"EventType": SHOWN_NAMES[kind], "Timestamp": item["Timestamp"]}
    if kind in COMPLETION_ID:
        source = scheduled.get(item[COMPLETION_ID[kind]], {})
        shown["ScheduledTime"] = source.get("Timestamp")
        if source.get("Name"):
            shown["FunctionName"] = source["Name"]
    elif kind == EventType.EXECUTION_STARTED:
        shown["FunctionName"] = item["Name"]
    elif kind == EventType.EVENT_RAISED:
        shown["Name"] = item["Name"]
    if kind == EventType.EXECUTION_COMPLETED:
        shown["OrchestrationStatus"] = item["OrchestrationStatus"]
    if kind in FAILURES:
        shown["Reason"] = item["Reason"]
    shown |= {key: item[key] for key in ("FireAt",) if key in item}
    if show_output and "Result" in item:
        shown["Result"] = _parsed(item["Result"])
    if show_input and kind in (EventType.EXECUTION_STARTED, EventType.EVENT_RAISED):
        shown["Input"] = _parsed(item["Input"])
    return shown


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _to_the_second(moment: str) -> str:
    return moment[:19] + "Z"
