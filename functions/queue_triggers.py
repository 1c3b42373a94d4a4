"""Functions that queues trigger, registered for the transport that is set: one kind of delivery, one kind of failing.

A function that fails gets its message again. Storage queues wait before that by themselves (host.json,
`queues.visibilityTimeout`); Service Bus would hand it out again at once, five times within a blink, so the function
waits before it fails. Its message, and the session that has it, stay locked meanwhile: the host renews the lock.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from shared.message_transport import SETTING as SERVICE_BUS_CONNECTION
from shared.message_transport import Transport
from shared.messaging.names import dead_letters, has_sessions, poison, queues_of
from shared.storage_account import SETTING as STORAGE_CONNECTION

LONGEST_PAUSE_SECONDS = 60.0  # with what a function has taken before, well within functionTimeout

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Delivery:
    """A message as it arrives, whatever carried it."""

    body: bytes
    number: int = 1

    @property
    def again(self) -> bool:
        """An earlier delivery has not come to its end."""
        return self.number > 1


@dataclass(frozen=True)
class _Reader:
    """A function for a queue, or for what was given up on it."""

    name: str
    queue: str
    gives_up: bool
    handle: Handler

    async def take_from_storage(self, message: func.QueueMessage, **client: Any) -> None:
        await self._take(Delivery(message.get_body(), message.dequeue_count or 1), **client)

    async def take_from_service_bus(self, pause_seconds: float, message: func.ServiceBusMessage, **client: Any) -> None:
        delivery = Delivery(message.get_body(), message.delivery_count or 1)
        try:
            await self._take(delivery, **client)
        except Exception:
            await asyncio.sleep(min(pause_seconds * 2 ** min(delivery.number - 1, 16), LONGEST_PAUSE_SECONDS))
            raise

    async def _take(self, delivery: Delivery, **client: Any) -> None:
        """Whatever arrives passes here."""
        if inspect.iscoroutinefunction(self.handle):
            await self.handle(delivery, **client)
        else:
            await asyncio.to_thread(self.handle, delivery, **client)


class QueueTriggers:
    """Collects functions as a blueprint does: each takes a `delivery`, and the durable `client` if it names one.

    One that is not asynchronous runs in a thread.
    """

    def __init__(self) -> None:
        self._readers: list[_Reader] = []

    def message(self, queue: str, name: str = "") -> Callable[[Handler], Handler]:
        """For what is sent to `queue`."""
        return self._collect(queue, name, gives_up=False)

    def dead_letter(self, queue: str, name: str = "") -> Callable[[Handler], Handler]:
        """For what has failed too often on `queue`."""
        return self._collect(queue, name, gives_up=True)

    def blueprint(self, transport: Transport, pause_seconds: float) -> df.Blueprint:
        """`pause_seconds` is what a function of Service Bus waits before it fails, twice as long each further time."""
        bp = df.Blueprint()
        for reader in self._readers:
            if reader.queue not in queues_of(transport):
                continue
            if transport is Transport.STORAGE:
                _register(bp, reader, _storage_trigger(bp, reader), func.QueueMessage, reader.take_from_storage)
            else:
                take = partial(reader.take_from_service_bus, pause_seconds)
                _register(bp, reader, _service_bus_trigger(bp, reader), func.ServiceBusMessage, take)
        return bp

    def _collect(self, queue: str, name: str, *, gives_up: bool) -> Callable[[Handler], Handler]:
        def collect(handle: Handler) -> Handler:
            self._readers.append(_Reader(name or handle.__name__, queue, gives_up, handle))
            return handle

        return collect


def _register(
    bp: df.Blueprint, reader: _Reader, trigger: Callable[[Any], Any], kind: type, take: Callable[..., Awaitable[None]]
) -> None:
    """The worker wants one parameter for each binding, annotated with the class of what it hands over."""

    async def with_client(message: Any, client: df.DurableOrchestrationClient) -> None:
        await take(message, client=client)

    async def without_client(message: Any) -> None:
        await take(message)

    if "client" in inspect.signature(reader.handle).parameters:
        with_client.__annotations__["message"] = kind
        bp.function_name(reader.name)(trigger(bp.durable_client_input(client_name="client")(with_client)))
    else:
        without_client.__annotations__["message"] = kind
        bp.function_name(reader.name)(trigger(without_client))


def _storage_trigger(bp: df.Blueprint, reader: _Reader) -> Callable[[Any], Any]:
    queue = poison(reader.queue) if reader.gives_up else reader.queue
    return bp.queue_trigger(arg_name="message", queue_name=queue, connection=STORAGE_CONNECTION)


def _service_bus_trigger(bp: df.Blueprint, reader: _Reader) -> Callable[[Any], Any]:
    """What was given up is in no session any more."""
    queue = dead_letters(reader.queue) if reader.gives_up else reader.queue
    return bp.service_bus_queue_trigger(
        arg_name="message",
        queue_name=queue,
        connection=SERVICE_BUS_CONNECTION,
        is_sessions_enabled=has_sessions(reader.queue) and not reader.gives_up,
    )
