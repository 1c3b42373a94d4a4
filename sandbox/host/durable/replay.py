"""Replays a history against the actions of an orchestrator, to learn what is new and whether it has ended.

Actions carry no ids: the SDK and this module count independently and must agree, so the quirks here are those of the
real host (reference: functions-host.md section 9). Pure: no clock, no I/O.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from functools import partial
from typing import Any

from sandbox.host.durable.events import (
    COMPLETION_ID,
    FAILURES,
    SCHEDULING,
    Event,
    EventType,
    event,
    from_wire,
    to_wire,
)

Action = dict[str, Any]


class ActionType(IntEnum):
    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    WHEN_ANY = 11
    WHEN_ALL = 12


ACTIVITIES = frozenset({ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY})
WITH_RETRY = frozenset({ActionType.CALL_ACTIVITY_WITH_RETRY, ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY})
SUB_ORCHESTRATIONS = frozenset({ActionType.CALL_SUB_ORCHESTRATOR, ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY})

# On Azure Storage a longer one is cut into pieces by the SDK and by the host, and those that are canceled hold up what
# comes after them (reference: functions-host.md section 6). That is not played here: it is refused.
LONGEST_TIMER = timedelta(days=6)


class ReplayError(Exception):
    """The orchestrator cannot go on: its actions contradict its history, or ask for what this host does not run."""


@dataclass
class Replayed:
    """What a replay found."""

    scheduled: list[Event]
    """Events of work to schedule now, in id order."""
    open_ids: set[int]
    """Work that is scheduled (or to be scheduled now) and not completed."""
    reached_end: bool
    """Every action is done: with nothing open, the orchestrator may complete."""
    continue_as_new: bool
    new_input: str | None
    """With `continue_as_new`: the input of the next execution, serialized twice as clients do."""
    carried: list[Event] = field(default_factory=list)
    """With `continue_as_new`: external events that came after it, for the next execution."""


class _Task:
    """Something the actions wait for."""

    __slots__ = ("_callbacks", "done", "failed")

    def __init__(self) -> None:
        self.done = False
        self.failed = False
        self._callbacks: list[Callable[[], None]] = []

    def finish(self, *, failed: bool = False) -> None:
        if self.done:
            return
        self.done, self.failed = True, failed
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def then(self, callback: Callable[[], None]) -> None:
        if self.done:
            callback()
        else:
            self._callbacks.append(callback)


def replay(history: Iterable[Event], actions: Sequence[Action], execution_id: str) -> Replayed:
    """Feeds the whole history, this turn's events included; raises ReplayError."""
    return _Replay(actions, execution_id).run(history)


class _Replay:
    def __init__(self, actions: Sequence[Action], execution_id: str) -> None:
        self._actions = iter(actions)
        self._execution_id = execution_id
        self._now = ""
        self._next_id = 0
        self._open: dict[int, _Task] = {}
        self._pending: dict[int, tuple[EventType, dict[str, Any]]] = {}
        self._waiting: defaultdict[str, list[_Task]] = defaultdict(list)
        self._buffered: defaultdict[str, deque[Event]] = defaultdict(deque)
        self._result = Replayed([], set(), reached_end=False, continue_as_new=False, new_input=None)
        self._start_by_type: dict[int, Callable[[Action], _Task]] = {
            ActionType.CONTINUE_AS_NEW: self._continue_as_new,
            ActionType.CREATE_TIMER: self._create_timer,
            ActionType.WAIT_FOR_EXTERNAL_EVENT: self._wait_for_event,
            ActionType.WHEN_ANY: self._when_any,
            ActionType.WHEN_ALL: self._when_all,
            **dict.fromkeys(ACTIVITIES | SUB_ORCHESTRATIONS, self._call),
            **dict.fromkeys(WITH_RETRY, self._call_with_retry),
        }

    def run(self, history: Iterable[Event]) -> Replayed:
        for item in history:
            self._feed(item)
        pending = sorted(self._pending.items())
        self._result.scheduled = [event(kind, task_id, **fields) for task_id, (kind, fields) in pending]
        self._result.open_ids = set(self._open)
        return self._result

    def _feed(self, item: Event) -> None:
        kind = item["EventType"]
        if kind == EventType.ORCHESTRATOR_STARTED:
            self._now = max(self._now, item["Timestamp"])
        elif kind == EventType.EXECUTION_STARTED:
            self._advance()
        elif kind in SCHEDULING:
            self._confirm(item)
        elif kind in COMPLETION_ID:
            # An unknown id is a duplicate, or a timer that was canceled meanwhile.
            task = self._open.pop(item[COMPLETION_ID[kind]], None)
            if task:
                task.finish(failed=kind in FAILURES)
        elif kind == EventType.EVENT_RAISED:
            self._receive(item)

    def _advance(self) -> None:
        """Starts action after action until one has to be waited for; a failed one does not stop the list."""
        for action in self._actions:
            task = self._start(action)
            if not task.done:
                task.then(self._advance)
                return
        self._result.reached_end = True

    def _start(self, action: Action) -> _Task:
        start = self._start_by_type.get(action["actionType"])
        if start is None:
            raise ReplayError(f"action type {action['actionType']} (entities, durable HTTP) is not run by this host")
        return start(action)

    def _open_task(self, kind: EventType, **fields: Any) -> tuple[int, _Task]:
        task_id, task = self._next_id, _Task()
        self._next_id += 1
        self._open[task_id] = task
        self._pending[task_id] = (kind, fields)
        return task_id, task

    def _call(self, action: Action) -> _Task:
        name, text = action["functionName"], action.get("input")
        if action["actionType"] in ACTIVITIES:
            return self._open_task(EventType.TASK_SCHEDULED, Name=name, Version="", Input=text)[1]
        instance_id = action.get("instanceId") or f"{self._execution_id}:{self._next_id}"
        stored = None if text is None else json.dumps(text)
        return self._open_task(
            EventType.SUB_ORCHESTRATION_CREATED, Name=name, Version="", InstanceId=instance_id, Input=stored
        )[1]

    def _call_with_retry(self, action: Action) -> _Task:
        outcome = _Task()
        self._attempt(action, 1, outcome)
        return outcome

    def _attempt(self, action: Action, number: int, outcome: _Task) -> None:
        task = self._call(action)
        task.then(lambda: self._retry(action, number, outcome) if task.failed else outcome.finish())

    def _retry(self, action: Action, number: int, outcome: _Task) -> None:
        """A timer follows every failed attempt, also the last: the SDK reserves an id for it."""
        options = action["retryOptions"]
        is_last = number >= options["maxNumberOfAttempts"]
        delay = 0 if is_last else options["firstRetryIntervalInMilliseconds"]
        fire_at = to_wire(from_wire(self._now) + timedelta(milliseconds=delay))
        _, timer = self._open_task(EventType.TIMER_CREATED, FireAt=fire_at)
        if is_last:
            timer.then(partial(outcome.finish, failed=True))
        else:
            timer.then(partial(self._attempt, action, number + 1, outcome))

    def _create_timer(self, action: Action) -> _Task:
        if from_wire(action["fireAt"]) - from_wire(self._now) > LONGEST_TIMER:
            raise ReplayError(f"a timer until {action['fireAt']} is longer than 6 days: wait in several of them")
        task_id, task = self._open_task(EventType.TIMER_CREATED, FireAt=action["fireAt"])
        if action.get("isCanceled"):
            del self._open[task_id]
            task.finish()
        return task

    def _wait_for_event(self, action: Action) -> _Task:
        name, task = action["externalEventName"].lower(), _Task()
        if self._buffered[name]:
            self._buffered[name].popleft()
            task.finish()
        else:
            self._waiting[name].append(task)
        return task

    def _receive(self, item: Event) -> None:
        if self._result.continue_as_new:
            self._result.carried.append(item)
            return
        name = item["Name"].lower()
        if self._waiting[name]:
            self._waiting[name].pop().finish()
        else:
            self._buffered[name].append(item)

    def _when_all(self, action: Action) -> _Task:
        children, everything = [self._start(child) for child in action["compoundActions"]], _Task()
        remaining = len(children)

        def count_down() -> None:
            nonlocal remaining
            remaining -= 1
            if remaining == 0:
                everything.finish(failed=any(child.failed for child in children))

        for child in children:
            child.then(count_down)
        if not children:
            everything.finish()
        return everything

    def _when_any(self, action: Action) -> _Task:
        first = _Task()
        children = [self._start(child) for child in action["compoundActions"]]
        for child in children:
            child.then(first.finish)
        if not children:
            first.finish()
        return first

    def _continue_as_new(self, action: Action) -> _Task:
        text = action.get("input")
        self._result.continue_as_new = True
        self._result.new_input = None if text is None else json.dumps(text)
        task = _Task()
        task.finish()
        return task

    def _confirm(self, item: Event) -> None:
        """History says this was scheduled: the actions must have asked for the very same."""
        found = (EventType(item["EventType"]), item.get("Name"))
        kind, fields = self._pending.pop(item["EventId"], (None, {}))
        if found != (kind, fields.get("Name")):
            asked = f"{kind.name} {fields.get('Name') or ''}".strip() if kind else "nothing"
            raise ReplayError(
                f"Non-Deterministic workflow detected: history has {found[0].name} {found[1] or ''} "
                f"with id {item['EventId']}, the orchestrator asked for {asked}"
            )
