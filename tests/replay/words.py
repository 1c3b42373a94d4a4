"""Actions and history events in the words that recordings are read in, and back.

The forms on the wire are those of the Durable extension, as `sandbox/host/durable` has them.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.host.durable.events import Event, EventType, event, from_wire, to_wire
from sandbox.host.durable.replay import Action, ActionType
from tests.replay.recordings import Said


class NoWord(Exception):
    """The flows use something that recordings have no word for yet."""


def ask(action: Action, now: datetime) -> Said:
    """An action that was asked for at `now`. A group of one, as the SDK wraps calls with retries, is that one."""
    kind = action["actionType"]
    if kind in (ActionType.WHEN_ALL, ActionType.WHEN_ANY):
        children = [ask(child, now) for child in action["compoundActions"]]
        return children[0] if len(children) == 1 else {_GROUPS[kind]: children}
    if kind == ActionType.WAIT_FOR_EXTERNAL_EVENT:
        return {"event": action["externalEventName"]}
    if kind == ActionType.CREATE_TIMER:
        return {"timer": _seconds(from_wire(action["fireAt"]) - now)} | ({"canceled": True} if _off(action) else {})
    if kind in (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY):
        call = {"call": action["functionName"], "input": json.loads(action["input"])}
        return call | ({"retry": action["retryOptions"]} if "retryOptions" in action else {})
    raise NoWord(f"an action of type {kind}")


def outline(said: Said) -> Said:
    """What a running order hangs on: kinds, names, which step it is, what is waited for.

    Not the rest of a call's input, nor how long a timer runs or how often something is tried. The host compares less:
    it does not see that the same activity is called for another step.
    """
    if "call" in said:
        return {"call": said["call"], "step": said["input"].get("step")}
    if "timer" in said:
        return {**said, "timer": "any time"}
    return {name: _each(outline, value) for name, value in said.items()}


def canceled(said: Said) -> Said:
    """The same with its timer canceled."""
    if "timer" in said:
        return {**said, "canceled": True}
    return {name: _each(canceled, value) for name, value in said.items()}


def news(item: Event) -> Said | None:
    """A history event that an orchestrator hears of; None for one that it does not."""
    match item["EventType"]:
        case EventType.TASK_COMPLETED:
            return {"done": item["TaskScheduledId"], "result": json.loads(item["Result"] or "null")}
        case EventType.TASK_FAILED:  # the details are a traceback: paths of one machine
            return {"failed": item["TaskScheduledId"], "reason": item["Reason"]}
        case EventType.TIMER_FIRED:
            return {"fired": item["TimerId"]}
        case EventType.EVENT_RAISED:
            return {"raised": item["Name"], "data": json.loads(json.loads(item["Input"]))}
        case EventType.EXECUTION_STARTED | EventType.EXECUTION_COMPLETED:
            return None
    raise NoWord(f"a history event of type {item['EventType']}")


def event_of(said: Said, fire_times: Mapping[int, str]) -> Event:
    """`news`, back: `fire_times` of timers by their ids."""
    match said:
        case {"done": task, "result": result}:
            text = None if result is None else json.dumps(result)
            return event(EventType.TASK_COMPLETED, TaskScheduledId=task, Result=text)
        case {"failed": task, "reason": reason}:
            return event(EventType.TASK_FAILED, TaskScheduledId=task, Reason=reason, Details="")
        case {"fired": timer}:
            return event(EventType.TIMER_FIRED, TimerId=timer, FireAt=fire_times[timer])
        case {"raised": name, "data": data}:  # serialized twice, as the Python client does
            return event(EventType.EVENT_RAISED, Name=name, Input=json.dumps(json.dumps(data)))
    raise NoWord(str(said))


def scheduled(item: Event, now: datetime) -> Said:
    """An event of work that is scheduled at `now`."""
    if item["EventType"] == EventType.TIMER_CREATED:
        return {"id": item["EventId"], "timer": _seconds(from_wire(item["FireAt"]) - now)}
    if item["EventType"] == EventType.TASK_SCHEDULED:
        return {"id": item["EventId"], "call": item["Name"]}
    raise NoWord(f"scheduling by an event of type {item['EventType']}")


def scheduling(said: Said, now: datetime) -> Event:
    """`scheduled`, back."""
    if "timer" in said:
        fire_at = to_wire(now + timedelta(seconds=said["timer"]))
        return event(EventType.TIMER_CREATED, said["id"], FireAt=fire_at)
    return event(EventType.TASK_SCHEDULED, said["id"], Name=said["call"], Version="", Input=None)


_GROUPS = {ActionType.WHEN_ALL: "all of", ActionType.WHEN_ANY: "first of"}


def _each(change: Callable[[Said], Said], value: Any) -> Any:
    return [change(child) for child in value] if isinstance(value, list) else value


def _off(action: Action) -> bool:
    return bool(action.get("isCanceled"))


def _seconds(duration: timedelta) -> Any:
    seconds = duration.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds
