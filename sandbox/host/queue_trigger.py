"""Queue triggers and queue output (reference: functions-host.md section 4)."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

from azure.functions.meta import Datum

from sandbox.host.accounts import Accounts
from sandbox.host.functions import Binding, Function
from sandbox.host.invoke import Invoker
from sandbox.host.metrics import Metrics
from sandbox.host.queues import Queue, QueuedMessage, decode_body, encode_body
from sandbox.host.settings import QueueSettings
from sandbox.host.storage import NotFound, StorageError

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1


class QueueOutput:
    """Sends what functions put out, and tells the listener of that queue at once."""

    def __init__(self, accounts: Accounts, settings: QueueSettings) -> None:
        self._accounts = accounts
        self._base64 = settings.base64
        self.listeners: list[QueueListener] = []

    async def publish(self, binding: Binding, datum: Datum) -> None:
        queue = Queue(self._accounts.client(binding.options.get("connection")), binding.options["queueName"])
        for text in _texts(datum):
            await queue.put(encode_body(text, base64_encoding=self._base64))
        for listener in self.listeners:
            if listener.queue_name == queue.name:
                listener.wake()


class QueueListener:
    """Feeds one function from its queue; a message that keeps failing goes to `<queue>-poison`."""

    def __init__(
        self,
        function: Function,
        accounts: Accounts,
        *,
        settings: QueueSettings,
        lease_seconds: int,
        invoker: Invoker,
        metrics: Metrics,
    ) -> None:
        options = function.trigger.options
        storage = accounts.client(options.get("connection"))
        self.function = function
        self.queue_name: str = options["queueName"]
        self._queue = Queue(storage, self.queue_name)
        self._poison = Queue(storage, f"{self.queue_name}-poison")
        self._settings = settings
        self._lease_seconds = lease_seconds
        self._invoker = invoker
        self._metrics = metrics
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._queue.create()
        self._poller = asyncio.create_task(self._poll())

    async def stop(self, seconds: float) -> None:
        """Takes no more messages and lets those in hand end for a while; the rest comes back after its lease."""
        if self._poller:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def wake(self) -> None:
        """Ends the pause between two polls."""
        self._woken.set()

    async def run_once(self, text: str) -> None:
        """Runs the function on a text that never was in the queue."""
        message = QueuedMessage("", text, "", 1, *[_NO_TIME] * 3)
        await self._invoker.invoke(self.function, Datum(text, "string"), _metadata(message))

    async def _poll(self) -> None:
        """Asks again at once after messages, else after a pause that doubles up to `maxPollingInterval`."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            while len(self._running) > self._settings.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            self._woken.clear()
            messages = await self._take()
            for message in messages:
                task = asyncio.create_task(self._handle(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            if messages:
                pause = FIRST_PAUSE_SECONDS
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause)
                pause = FIRST_PAUSE_SECONDS
            pause = min(pause * 2, max(self._settings.max_polling_interval, FIRST_PAUSE_SECONDS))

    async def _take(self) -> list[QueuedMessage]:
        try:
            try:
                return await self._queue.get(self._settings.batch_size, self._lease_seconds)
            except NotFound:
                await self._queue.create()
        except StorageError as error:
            log.warning("queue '%s' cannot be read: %s", self.queue_name, error)
        return []

    async def _handle(self, message: QueuedMessage) -> None:
        try:
            async with _Lease(self._queue, message, self._lease_seconds).kept() as lease:
                is_handled = await self._run(message)
            if is_handled:
                await self._queue.delete(message.id, lease.pop_receipt)
                self._metrics.queue_messages_handled += 1
            elif message.dequeue_count >= self._settings.max_dequeue_count:
                await self._move_to_poison(message, lease.pop_receipt)
            else:
                await self._queue.hide(message.id, lease.pop_receipt, round(self._settings.visibility_timeout))
        except StorageError as error:
            log.warning("message %s of '%s' will come again: %s", message.id, self.queue_name, error)

    async def _run(self, message: QueuedMessage) -> bool:
        """Whether the function has handled the message."""
        if message.dequeue_count > self._settings.max_dequeue_count:
            return False
        try:
            text = decode_body(message.body, base64_encoding=self._settings.base64)
            await self._invoker.invoke(self.function, Datum(text, "string"), _metadata(message))
        except Exception:
            log.exception("function '%s' failed on message %s", self.function.name, message.id)
            return False
        return True

    async def _move_to_poison(self, message: QueuedMessage, pop_receipt: str) -> None:
        log.error("message %s of '%s' goes to '%s'", message.id, self.queue_name, self._poison.name)
        await self._poison.put(message.body)
        await self._queue.delete(message.id, pop_receipt)
        self._metrics.queue_messages_poisoned += 1


class _Lease:
    """Keeps a message hidden while it is worked on; every renewal changes the pop receipt."""

    def __init__(self, queue: Queue, message: QueuedMessage, seconds: int) -> None:
        self._queue = queue
        self._message_id = message.id
        self._seconds = seconds
        self._hiding: asyncio.Future[str] | None = None
        self.pop_receipt = message.pop_receipt

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator["_Lease"]:
        renewal = asyncio.create_task(self._renew())
        try:
            yield self
        finally:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)
            if self._hiding:
                with contextlib.suppress(StorageError):  # then the receipt from before still counts
                    self.pop_receipt = await self._hiding

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 2)
            # Shielded: a renewal that is stopped half-way would leave the new pop receipt unknown.
            self._hiding = asyncio.ensure_future(self._queue.hide(self._message_id, self.pop_receipt, self._seconds))
            self.pop_receipt = await asyncio.shield(self._hiding)


_NO_TIME = "Thu, 01 Jan 1970 00:00:00 GMT"


def _metadata(message: QueuedMessage) -> dict[str, Datum]:
    def moment(text: str) -> Datum:
        return Datum(json.dumps(parsedate_to_datetime(text).isoformat()), "json")

    return {
        "Id": Datum(message.id, "string"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "json"),
        "InsertionTime": moment(message.inserted),
        "ExpirationTime": moment(message.expires),
        "NextVisibleTime": moment(message.next_visible),
    }


def _texts(datum: Datum) -> list[str]:
    """The messages in an output: one per element of a list, else one."""
    if datum.type == "bytes":
        return [datum.value.decode()]
    if datum.type == "json":
        content = json.loads(datum.value)
        items = content if isinstance(content, list) else [content]
        return [item if isinstance(item, str) else json.dumps(item) for item in items]
    return [datum.value]
