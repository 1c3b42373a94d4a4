"""An instance that is not finished, as the engine holds it in memory."""

import asyncio
from collections.abc import Sequence

from sandbox.host.durable.events import COMPLETION_ID, SCHEDULING, Event, EventType
from sandbox.host.durable.instance import History, Instance, Message, RuntimeStatus
from sandbox.host.durable.turn import Turn

# A commit is one transaction of 100 rows and 4 MiB; each stored message taken in is a row to delete.
MAX_STORED_MESSAGES = 80
MAX_BATCH_CHARACTERS = 1_000_000


class Active:
    """The instance, its history, and what has arrived for it since its last turn."""

    def __init__(self, instance: Instance, history: History, messages: Sequence[Message] = ()) -> None:
        self.instance = instance
        self.history = history
        self.open_ids = {item["EventId"] for item in unfinished_work(history.events)}
        self.timers: dict[int, asyncio.TimerHandle] = {}
        self.is_driven = False
        self._inbox: list[Message] = list(messages)
        self._stored = {message.row_key for message in messages}
        self._completed: set[int] = set()

    def accept(self, message: Message) -> bool:
        """Puts a message into the inbox, unless it is a duplicate or meant for an older execution."""
        key = COMPLETION_ID.get(message.event["EventType"])
        if key is not None:
            task_id = message.event[key]
            is_wanted = message.execution_id == self.instance.execution_id and task_id in self.open_ids
            if not is_wanted or task_id in self._completed:
                return False
            self._completed.add(task_id)
        elif message.row_key in self._stored:
            return False
        else:
            self._stored.add(message.row_key)
        self._inbox.append(message)
        return True

    def take(self) -> list[Message]:
        """The next batch. While suspended only a terminate or a resume gets through; the rest waits in order."""
        batch: list[Message] = []
        held: list[Message] = []
        is_paused = self.instance.status is RuntimeStatus.SUSPENDED
        for message in self._inbox:
            kind = message.event["EventType"]
            if kind == EventType.EXECUTION_RESUMED:
                batch += [message, *held]
                held, is_paused = [], False
            elif kind == EventType.EXECUTION_SUSPENDED:
                batch.append(message)
                is_paused = True
            elif is_paused and kind != EventType.EXECUTION_TERMINATED:
                held.append(message)
            else:
                batch.append(message)
        fits = _fitting(batch)
        self._inbox = batch[fits:] + held
        return batch[:fits]

    def put_back(self, batch: Sequence[Message]) -> None:
        """Returns a batch whose turn could not be stored."""
        self._inbox[:0] = batch

    def advance(self, instance: Instance, turn: Turn, run: str) -> None:
        """Takes over what a committed turn has changed."""
        self.instance = instance
        self.history.events += turn.events
        self.history.runs.append(run)
        self.open_ids = turn.open_ids
        for task_id in self.timers.keys() - turn.open_ids:
            self.timers.pop(task_id).cancel()

    def continue_as_new(self, instance: Instance, carried: Sequence[Message]) -> None:
        """Begins the next execution with an empty history; completions of the old one are no longer wanted."""
        self.disarm()
        self.instance, self.history = instance, History()
        self.open_ids, self._completed = set(), set()
        self._inbox = [*carried, *(message for message in self._inbox if message.row_key)]

    def disarm(self) -> None:
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()


def unfinished_work(history: Sequence[Event]) -> list[Event]:
    """What a history has scheduled and not completed."""
    done = {item[key] for item in history if (key := COMPLETION_ID.get(item["EventType"]))}
    return [item for item in history if item["EventType"] in SCHEDULING and item["EventId"] not in done]


def _fitting(batch: Sequence[Message]) -> int:
    """How many messages of a batch, one at least, fit into one commit."""
    rows = characters = 0
    for count, message in enumerate(batch):
        rows += message.row_key is not None
        characters += len(message.event.get("Input") or message.event.get("Result") or "")
        if count and (rows > MAX_STORED_MESSAGES or characters > MAX_BATCH_CHARACTERS):
            return count
    return len(batch)
