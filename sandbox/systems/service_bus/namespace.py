"""The queues of one namespace by their address, and the clock that drives them."""

import asyncio
import time
from collections.abc import Callable, Iterator

from sandbox.systems.service_bus.config import Config, QueueConfig
from sandbox.systems.service_bus.errors import entity_not_found
from sandbox.systems.service_bus.queues import Queue

DEAD_LETTERS = "/$DeadLetterQueue"


class Entity:
    """A queue under its address, with those who wait for what is in it."""

    def __init__(self, path: str, queue: Queue) -> None:
        self.path = path
        self.queue = queue
        self.waiting: list[Callable[[], bool]] = []
        """Each takes one message, or one session, if it can, and says whether it did."""

    def serve(self) -> None:
        """Hands out what there is: to everyone one, until nobody takes any more."""
        while sum(taker() for taker in list(self.waiting)):
            continue


class Namespace:
    """Entities by address, in any case. Must be used inside a running event loop."""

    def __init__(self, config: Config) -> None:
        self._entities: dict[str, Entity] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False
        for queue in config.queues:
            self._declare(queue)

    def find(self, path: str) -> Entity:
        """Raises `Refusal` for an unknown one."""
        entity = self._entities.get(path.lower())
        if entity is None:
            raise entity_not_found(path)
        return entity

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._entities.values())

    def clear(self) -> None:
        for entity in self:
            entity.queue.clear()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _declare(self, config: QueueConfig) -> None:
        path = f"{config.name}{DEAD_LETTERS}"
        dead_letters = Queue(QueueConfig(name=path, lock_duration=config.lock_duration), time.time, None)
        queue = Queue(config, time.time, dead_letters)
        for name, each in ((config.name, queue), (path, dead_letters)):
            each.changed = self.wake
            self._entities[name.lower()] = Entity(name, each)

    def wake(self) -> None:
        """Serves every queue soon: once, however often it is asked for meanwhile."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        if self._timer:
            self._timer.cancel()
        for entity in self:
            entity.queue.sweep()
        for entity in self:
            entity.serve()
        self._is_due = False
        deadlines = [moment for entity in self if (moment := entity.queue.next_deadline()) is not None]
        if deadlines:
            delay = max(0.0, min(deadlines) - time.time())
            self._timer = asyncio.get_running_loop().call_later(delay, self.wake)
