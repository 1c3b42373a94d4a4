"""Accepting a session of a queue: a named one, or the next that has messages, as soon as there is one."""

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.errors import no_session_available
from sandbox.systems.service_bus.namespace import Entity
from sandbox.systems.service_bus.operations import Operation, Operations
from sandbox.systems.service_bus.sessions import SessionLock


class PendingSession:
    """An attach that waits for the next available session, at most for some seconds."""

    def __init__(
        self,
        connection: Connection,
        link: Any,
        entity: Entity,
        *,
        operations: Operations,
        opened: Callable[[SessionLock], None],
        seconds: float,
    ) -> None:
        self._connection = connection
        self._link = link
        self._entity = entity
        self._operations = operations
        self._opened = opened
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        if self.take_one():
            return
        self._connection.links[self._link] = self
        self._entity.waiting.append(self.take_one)
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up)

    def take_one(self) -> bool:
        """Accepts a session if there is one for it."""
        session = self._entity.queue.accept_session(None)
        if session is None:
            return False
        self._stop()
        self._opened(session)
        return True

    def flowed(self) -> None:
        """Credit stays with the link until there is a session."""

    def delivered(self, delivery: Any) -> None:
        """Nothing has been sent."""

    def ended(self, *, by_client: bool) -> None:  # noqa: ARG002 - nothing is held yet
        self._stop()

    def _give_up(self) -> None:
        self._stop()
        self._operations.count(self._entity.path, Operation.ACCEPT_TIMEOUT)
        self._connection.refuse(self._link, no_session_available())
        self._connection.flush()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self.take_one in self._entity.waiting:
            self._entity.waiting.remove(self.take_one)
