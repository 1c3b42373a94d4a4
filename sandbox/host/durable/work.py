"""The work orchestrations schedule and how its outcome comes back (reference: functions-host.md sections 7 and 10)."""

import asyncio
import json
import logging
import traceback
from collections.abc import Mapping

from azure.functions.meta import Datum

from sandbox.host.durable.events import Event, EventType, event
from sandbox.host.durable.instance import Instance, Message, Parent, RuntimeStatus
from sandbox.host.functions import Function
from sandbox.host.invoke import Invoker

log = logging.getLogger(__name__)


class Activities:
    """Runs activity functions, so many at once as host.json allows."""

    def __init__(self, functions: Mapping[str, Function], invoker: Invoker, max_running: int) -> None:
        self._functions = functions
        self._invoker = invoker
        self._slots = asyncio.Semaphore(max_running)
        self._is_stopping = False

    def stop(self) -> None:
        """Starts no more activities; those that run go on."""
        self._is_stopping = True

    async def run(self, scheduled: Event) -> Event | None:
        """Runs the activity of a TaskScheduled event; its completion, or None when the host is stopping."""
        async with self._slots:
            if self._is_stopping:
                return None
            return await self._run(scheduled["Name"], scheduled["EventId"], scheduled["Input"])

    async def _run(self, name: str, task_id: int, input_text: str | None) -> Event:
        function = self._functions.get(name)
        if function is None:
            reason = f"The function '{name}' doesn't exist, is disabled, or is not an activity function."
            return event(EventType.TASK_FAILED, TaskScheduledId=task_id, Reason=reason, Details=None)
        try:
            result = await self._invoker.invoke(function, Datum(input_text or "null", "string"))
        except Exception as error:
            log.warning("activity '%s' failed: %s: %s", name, type(error).__name__, error)
            reason = f"Activity function '{name}' failed:  {type(error).__name__}: {error}"
            details = "".join(traceback.format_exception(error))
            return event(EventType.TASK_FAILED, TaskScheduledId=task_id, Reason=reason, Details=details)
        text = None if result is None or result.value == "null" else result.value
        return event(EventType.TASK_COMPLETED, TaskScheduledId=task_id, Result=text)


def child_outcome(child: Instance, parent: Parent) -> Message:
    """What a finished child tells its parent."""
    if child.status is RuntimeStatus.COMPLETED:
        outcome = event(EventType.SUB_ORCHESTRATION_COMPLETED, TaskScheduledId=parent.event_id, Result=child.output)
    else:
        outcome = _child_failed(parent, json.loads(child.output) if child.output else child.status.value)
    return Message(outcome, execution_id=parent.execution_id)


def child_refused(existing: Instance, parent: Parent) -> Message:
    """Tells a parent that the id it wants for a child belongs to another instance that still runs."""
    reason = f"An Orchestration instance '{existing.id}' with the status {existing.status} already exists."
    return Message(_child_failed(parent, reason), execution_id=parent.execution_id)


def _child_failed(parent: Parent, reason: str) -> Event:
    return event(EventType.SUB_ORCHESTRATION_FAILED, TaskScheduledId=parent.event_id, Reason=reason, Details=None)
