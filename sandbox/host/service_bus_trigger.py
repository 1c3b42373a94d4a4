"""Service Bus triggers on queues: a listener for each function, with or without sessions."""

import asyncio
import logging
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import OperationTimeoutError, ServiceBusError

from sandbox.host.functions import Function
from sandbox.host.invoke import Invoker
from sandbox.host.metrics import Metrics
from sandbox.host.service_bus_message import body_of, metadata_by_hand, metadata_of
from sandbox.host.service_bus_worker import Worker
from sandbox.host.settings import ServiceBusSettings

log = logging.getLogger(__name__)

# The real host waits with as many links as it may have sessions; the Python client needs a connection for each.
SPARE_LINKS = 2
ACCEPT_SECONDS = 30.0
RECONNECT_SECONDS = 1.0


class ServiceBusListener:
    """Feeds one function from its queue; how often a message may fail is the queue's business."""

    def __init__(
        self,
        function: Function,
        client: ServiceBusClient,
        *,
        settings: ServiceBusSettings,
        invoker: Invoker,
        metrics: Metrics,
    ) -> None:
        options = function.trigger.options
        self.function = function
        self.queue_name: str = options["queueName"]
        self._has_sessions = bool(options.get("isSessionsEnabled"))
        self._client = client
        self._settings = settings
        self._invoker = invoker
        self._metrics = metrics
        self._links: dict[asyncio.Task[None], Worker] = {}
        self._waiting = 0
        self._is_stopping = False
        self._most_links = settings.max_concurrent_sessions if self._has_sessions else 1
        self._spare_links = min(SPARE_LINKS, self._most_links)

    def start(self) -> None:
        self._fill_up()

    async def stop(self, seconds: float) -> None:
        """Takes no more messages and lets those in hand end for a while; the rest comes back after its lock."""
        self._is_stopping = True
        for task, worker in self._links.items():
            worker.take_no_more()
            if not worker.is_busy:
                task.cancel()
        if self._links:
            await asyncio.wait(self._links, timeout=seconds)
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def run_once(self, text: str) -> None:
        """Runs the function on a text that never was in the queue."""
        await self._invoker.invoke(self.function, Datum(text, "string"), metadata_by_hand())

    def _fill_up(self) -> None:
        """Has enough links waiting for a session; without sessions the one link."""
        while not self._is_stopping and self._waiting < self._spare_links and len(self._links) < self._most_links:
            self._waiting += 1
            worker = self._new_worker()
            task = asyncio.create_task(self._serve(worker))
            self._links[task] = worker
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._links.pop(task, None)
        self._fill_up()

    async def _serve(self, worker: Worker) -> None:
        """Opens one link and works until it has nothing more, is lost, or the host stops."""
        receiver = self._receiver()
        is_open = False
        try:
            async with receiver:
                is_open = True
                self._waiting -= 1
                self._fill_up()
                await worker.work(receiver)
        except OperationTimeoutError:
            return  # no session has had messages; the next link waits anew
        except ServiceBusError as error:
            log.warning("queue '%s' cannot be read: %s", self.queue_name, error)
            await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            self._waiting -= not is_open

    def _receiver(self) -> ServiceBusReceiver:
        wanted: dict[str, Any] = {}
        if self._has_sessions:
            wanted = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": ACCEPT_SECONDS}
        return self._client.get_queue_receiver(self.queue_name, prefetch_count=self._settings.prefetch_count, **wanted)

    def _new_worker(self) -> Worker:
        return Worker(
            self.queue_name,
            self._run,
            self._metrics,
            most=1 if self._has_sessions else self._settings.max_concurrent_calls,
            idle_seconds=self._settings.session_idle_timeout if self._has_sessions else None,
            renew_seconds=self._settings.max_auto_lock_renewal_duration,
        )

    async def _run(self, message: ServiceBusReceivedMessage) -> bool:
        """Whether the function has handled the message."""
        try:
            await self._invoker.invoke(self.function, body_of(message), metadata_of(message))
        except Exception:
            log.exception("function '%s' failed on message %s", self.function.name, message.message_id)
            return False
        return True
