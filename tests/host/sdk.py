"""Drives an orchestrator generator through the real SDK and the host's turns, in memory."""

import json
import random
import warnings
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import azure.durable_functions as df

from sandbox.host.durable.events import Event, EventType, event, run_of_json
from sandbox.host.durable.instance import History, Instance, RuntimeStatus
from sandbox.host.durable.turn import App, Turn, take_turn

Orchestrator = Callable[[df.DurableOrchestrationContext], Generator[Any, Any, Any]]
ENDED = (RuntimeStatus.COMPLETED, RuntimeStatus.FAILED, RuntimeStatus.TERMINATED, RuntimeStatus.CONTINUED_AS_NEW)


class InMemory:
    """One instance whose turns are kept in memory; activities are named `ok` and `fail`, the child is `child`."""

    def __init__(self, orchestrator: Orchestrator, value: Any = None) -> None:
        handle = df.Orchestrator.create(orchestrator)
        self.app = App({"main": handle, "child": handle}, frozenset({"ok", "fail"}), max_actions=1000)
        self.instance = Instance(
            "an-instance", "main", "e1", created="", updated="", input=json.dumps(json.dumps(value))
        )
        self.history = History()
        self.open_ids: set[int] = set()
        self.unfinished: list[Event] = []
        self.unexpected: list[str] = []

    def turn(self, *batch: Event) -> Turn:
        """Takes one turn and keeps what it adds."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            turn = take_turn(self.app, self.instance, self.history, batch, self.open_ids)
        # The SDK warns of a completion it knows no task for: its ids and the host's have drifted apart.
        self.unexpected += [str(warning.message) for warning in caught if "duplicate" in str(warning.message)]
        self.history = History([*self.history.events, *turn.events], [*self.history.runs, run_of_json(turn.events)])
        self.instance = replace(self.instance, status=turn.status, output=turn.output)
        self.open_ids = turn.open_ids
        self.unfinished = [item for item in self.unfinished + turn.scheduled if item["EventId"] in turn.open_ids]
        return turn

    def run_to_end(self, chance: random.Random) -> Turn:
        """Completes open work in any order, a few at a time, until the instance ends or nothing is left to do."""
        turn = self.turn()
        while turn.status not in ENDED and self.unfinished:
            count = chance.randint(1, len(self.unfinished))
            batch = chance.sample(self.unfinished, count)
            self.unfinished = [item for item in self.unfinished if item not in batch]
            turn = self.turn(*map(completion_of, batch))
        return turn


def completion_of(scheduled: Event) -> Event:
    """How a piece of scheduled work comes out; `fail` fails, all else succeeds with its own input or name."""
    task_id = scheduled["EventId"]
    if scheduled["EventType"] == EventType.TIMER_CREATED:
        return event(EventType.TIMER_FIRED, TimerId=task_id, FireAt=scheduled["FireAt"])
    if scheduled["EventType"] == EventType.SUB_ORCHESTRATION_CREATED:
        return event(EventType.SUB_ORCHESTRATION_COMPLETED, TaskScheduledId=task_id, Result='"child"')
    if scheduled["Name"] == "fail":
        return event(EventType.TASK_FAILED, TaskScheduledId=task_id, Reason="it failed", Details="")
    return event(EventType.TASK_COMPLETED, TaskScheduledId=task_id, Result=scheduled["Input"])


def raised(name: str, value: Any) -> Event:
    return event(EventType.EVENT_RAISED, Name=name, Input=json.dumps(value))
