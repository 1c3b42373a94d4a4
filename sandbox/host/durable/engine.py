"""Drives orchestrations: inbox, turn, one transaction, dispatch.

History is the outbox: what a turn schedules is started only after its commit, and started again after a restart
unless its completion was committed too (reference: functions-host.md sections 1 and 12).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.host.durable.active import Active, unfinished_work
from sandbox.host.durable.events import Event, EventType, event, from_wire, utc_now
from sandbox.host.durable.instance import (
    History,
    Instance,
    InstanceExists,
    InstanceFinished,
    InstanceUnknown,
    Message,
    Parent,
    RuntimeStatus,
)
from sandbox.host.durable.store import Store
from sandbox.host.durable.turn import App, Turn, take_turn
from sandbox.host.durable.work import Activities, child_outcome, child_refused
from sandbox.host.metrics import Metrics
from sandbox.host.settings import DurableSettings
from sandbox.host.storage import Conflict, StorageError

log = logging.getLogger(__name__)

STORAGE_PAUSE_SECONDS = 1.0
RECOVERIES_AT_ONCE = 8


class Engine:
    """The orchestrations of one task hub."""

    def __init__(
        self, *, store: Store, app: App, activities: Activities, settings: DurableSettings, metrics: Metrics
    ) -> None:
        self.store = store
        self.app = app
        self._activities = activities
        self._override_running = settings.override_running
        self.metrics = metrics
        self._turn_slots = asyncio.Semaphore(settings.max_orchestrators)
        self._active: dict[str, Active] = {}
        self._loading: dict[str, asyncio.Task[Active | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def recover(self) -> int:
        """Takes up every unfinished instance where its history left it; returns how many."""
        await self.store.prepare()
        instance_ids = await self.store.unfinished()
        slots = asyncio.Semaphore(RECOVERIES_AT_ONCE)

        async def take_up(instance_id: str) -> None:
            async with slots:
                await self._activate(instance_id)

        await asyncio.gather(*map(take_up, instance_ids))
        return len(instance_ids)

    async def stop(self, seconds: float) -> None:
        """Starts nothing new, lets running activities and commits end for a while, then drops them."""
        self._is_stopping = True
        self._activities.stop()
        for active in self._active.values():
            active.disarm()
        deadline = time.monotonic() + seconds
        while self._tasks and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        for task in self._tasks:
            task.cancel()

    async def start(self, name: str, instance_id: str, input_text: str | None) -> None:
        """Starts an instance; a finished one of that id is replaced. Raises InstanceExists when one runs."""
        instance = _new_instance(name, instance_id, input_text)
        existing = await self._insert(instance)
        if existing:
            if not existing.is_finished and not self._override_running:
                raise InstanceExists(f"An Orchestration instance with the status {existing.status} already exists.")
            await self._replace(instance, existing)
        self.metrics.durable["orchestrations"] += 1
        self._adopt(Active(instance, History()))

    async def send(self, instance_id: str, item: Event) -> None:
        """Stores an event for an instance and lets it be taken in; raises InstanceUnknown or InstanceFinished."""
        if instance_id not in self._active:
            instance = await self.store.read(instance_id)
            if instance is None:
                raise InstanceUnknown(instance_id)
            if instance.is_finished:
                raise InstanceFinished(instance_id)
        self.metrics.durable["events"] += 1
        await self._post(instance_id, await self.store.add_message(instance_id, item))

    async def purge(self, instance_id: str) -> bool:
        """Deletes an instance, running or not; whether there was one."""
        self._forget(instance_id)
        return await self.store.purge(instance_id)

    async def _insert(self, instance: Instance) -> Instance | None:
        """Inserts an instance; returns the one of the same id that is there already."""
        try:
            await self.store.create(instance)
        except Conflict:
            existing = await self.store.read(instance.id)
            if existing is None:
                raise
            if existing.execution_id != instance.execution_id:
                return existing
            # Our own insert, whose answer was lost.
            instance.etag = existing.etag
        return None

    async def _replace(self, instance: Instance, existing: Instance) -> None:
        self._forget(instance.id)
        await self.store.replace(instance, existing)

    def _adopt(self, active: Active) -> None:
        self._active[active.instance.id] = active
        self._wake(active)

    def _forget(self, instance_id: str) -> None:
        active = self._active.pop(instance_id, None)
        if active:
            active.disarm()

    async def _activate(self, instance_id: str) -> Active | None:
        """The instance in memory, loaded when need be; None when it is unknown or finished."""
        if instance_id in self._active:
            return self._active[instance_id]
        if instance_id not in self._loading:
            task = asyncio.create_task(self._load(instance_id))
            self._loading[instance_id] = task
            task.add_done_callback(lambda _: self._loading.pop(instance_id))
        return await asyncio.shield(self._loading[instance_id])

    async def _load(self, instance_id: str) -> Active | None:
        loaded = await self.store.load(instance_id)
        if loaded is None or loaded[0].is_finished:
            return None
        if instance_id not in self._active:
            active = Active(*loaded)
            self._adopt(active)
            self._dispatch(active, unfinished_work(active.history.events))
        return self._active[instance_id]

    async def _post(self, instance_id: str, message: Message) -> None:
        active = await self._activate(instance_id)
        if active and active.accept(message):
            self._wake(active)

    def _wake(self, active: Active) -> None:
        if not active.is_driven:
            active.is_driven = True
            self._spawn(self._drive(active))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _insist(self, work: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Does something that may be done twice, again and again while storage fails: no instance may hang on it."""
        while True:
            try:
                await work(*arguments)
                return
            except StorageError as error:
                log.warning("an orchestration waits for storage: %s", error)
                await asyncio.sleep(STORAGE_PAUSE_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.critical("an orchestration cannot go on before the host restarts", exc_info=task.exception())

    async def _drive(self, active: Active) -> None:
        """Turn after turn, until nothing is left to take in."""
        while self._active.get(active.instance.id) is active:
            async with self._turn_slots:
                batch = active.take()
                if not batch and active.history.events:
                    break
                try:
                    await self._turn(active, batch)
                except Conflict as error:
                    log.warning("instance '%s' was changed elsewhere, loading it again: %s", active.instance.id, error)
                    self._forget(active.instance.id)
                    self._spawn(self._insist(self._activate, active.instance.id))
                except StorageError as error:
                    log.warning("a turn of '%s' waits for storage: %s", active.instance.id, error)
                    active.put_back(batch)
                    await asyncio.sleep(STORAGE_PAUSE_SECONDS)
        active.is_driven = False

    async def _turn(self, active: Active, batch: list[Message]) -> None:
        before = active.instance
        turn = take_turn(self.app, before, active.history, [message.event for message in batch], active.open_ids)
        self.metrics.turn_taken(before.name, len(active.history.events) + len(batch))
        instance = _changed(before, turn)
        run, carried = await self.store.commit(
            before,
            instance,
            turn=len(active.history.runs),
            events=turn.events,
            consumed=[message.row_key for message in batch if message.row_key],
            carried=turn.carried,
        )
        self.metrics.turn_stored(len(turn.events), turn.timers)
        if turn.status is RuntimeStatus.CONTINUED_AS_NEW:
            active.continue_as_new(instance, carried)
            self._spawn(self._insist(self.store.delete_history, before.id, before.execution_id))
            return
        active.advance(instance, turn, run)
        if instance.is_finished:
            self._finish(active)
        else:
            self._dispatch(active, turn.scheduled)

    def _finish(self, active: Active) -> None:
        instance = active.instance
        if self._active.get(instance.id) is active:
            self._forget(instance.id)
        if instance.parent:
            outcome = child_outcome(instance, instance.parent)
            self._spawn(self._insist(self._post, instance.parent.instance_id, outcome))

    def _dispatch(self, active: Active, scheduled: list[Event]) -> None:
        """Starts what a committed turn has scheduled; a timer that was canceled at once is not open."""
        if self._is_stopping:
            return
        for item in scheduled:
            if item["EventId"] not in active.open_ids:
                continue
            if item["EventType"] == EventType.TASK_SCHEDULED:
                self._spawn(self._run_activity(active.instance, item))
            elif item["EventType"] == EventType.TIMER_CREATED:
                self._arm(active, item)
            else:
                self._spawn(self._insist(self._start_child, active.instance, item))

    async def _run_activity(self, instance: Instance, item: Event) -> None:
        completion = await self._activities.run(item)
        if completion:
            await self._insist(self._post, instance.id, Message(completion, execution_id=instance.execution_id))

    def _arm(self, active: Active, item: Event) -> None:
        delay = (from_wire(item["FireAt"]) - datetime.now(UTC)).total_seconds()
        timer = asyncio.get_running_loop().call_later(max(0.0, delay), self._fire, active, item)
        active.timers[item["EventId"]] = timer

    def _fire(self, active: Active, item: Event) -> None:
        # The loop's clock is not the wall clock: a timer must never fire before its time.
        if from_wire(item["FireAt"]) > datetime.now(UTC):
            self._arm(active, item)
            return
        fired = event(EventType.TIMER_FIRED, TimerId=item["EventId"], FireAt=item["FireAt"])
        message = Message(fired, execution_id=active.instance.execution_id)
        self._spawn(self._insist(self._post, active.instance.id, message))

    async def _start_child(self, parent: Instance, item: Event) -> None:
        """Starts a sub-orchestration; after a restart it may be there already, running or finished."""
        reference = Parent(parent.id, parent.execution_id, item["EventId"])
        child = _new_instance(item["Name"], item["InstanceId"], item["Input"], reference)
        existing = await self._insert(child)
        if existing and existing.parent == reference:
            if existing.is_finished:
                await self._post(parent.id, child_outcome(existing, reference))
            return
        if existing and not existing.is_finished:
            await self._post(parent.id, child_refused(existing, reference))
            return
        if existing:
            await self._replace(child, existing)
        self.metrics.durable["orchestrations"] += 1
        self._adopt(Active(child, History()))


def _new_instance(name: str, instance_id: str, input_text: str | None, parent: Parent | None = None) -> Instance:
    now = utc_now()
    return Instance(instance_id, name, uuid4().hex, created=now, updated=now, input=input_text, parent=parent)


def _changed(instance: Instance, turn: Turn) -> Instance:
    custom_status = instance.custom_status if turn.custom_status is None else turn.custom_status
    changed = replace(instance, updated=utc_now(), custom_status=custom_status, etag="")
    if turn.status is RuntimeStatus.CONTINUED_AS_NEW:
        return replace(changed, status=RuntimeStatus.RUNNING, execution_id=uuid4().hex, input=turn.new_input)
    return replace(changed, status=turn.status, output=turn.output)
