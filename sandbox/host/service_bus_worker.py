"""Works through the messages of one receiver: one coroutine alone speaks to the link, functions run beside it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

from sandbox.host.metrics import Metrics

log = logging.getLogger(__name__)

# While functions run, the link is looked at this often, so that what has ended is settled soon.
BUSY_SECONDS = 0.1

Run = Callable[[ServiceBusReceivedMessage], Awaitable[bool]]


@dataclass
class _Renewal:
    """When a lock is renewed next: half-way to its end, as long as renewing is allowed."""

    allowed_until: float
    at: float = field(init=False)

    def renewed(self, seconds_left: float) -> None:
        self.at = time.monotonic() + max(seconds_left, 0.0) / 2

    def is_due(self) -> bool:
        return self.at <= time.monotonic() <= self.allowed_until


@dataclass
class _InHand:
    message: ServiceBusReceivedMessage
    running: asyncio.Task[bool]
    renewal: _Renewal


class Worker:
    """Takes up to `most` messages at a time, and ends when none has come for `idle_seconds` (never, by None).

    A message whose function succeeds is completed, one whose function fails is abandoned. Locks are renewed for
    `renew_seconds`, in a session that of the session.
    """

    def __init__(
        self, queue: str, run: Run, metrics: Metrics, *, most: int, idle_seconds: float | None, renew_seconds: float
    ) -> None:
        self._queue = queue
        self._run = run
        self._metrics = metrics
        self._most = most
        self._idle_seconds = idle_seconds
        self._renew_seconds = renew_seconds
        self._in_hand: list[_InHand] = []
        self._is_stopping = False

    @property
    def is_busy(self) -> bool:
        return bool(self._in_hand)

    def take_no_more(self) -> None:
        self._is_stopping = True

    def cancel(self) -> None:
        for each in self._in_hand:
            each.running.cancel()

    async def work(self, receiver: ServiceBusReceiver) -> None:
        """Raises `ServiceBusError` when the link is lost; what is in hand then comes again."""
        try:
            while not (self._is_stopping and not self._in_hand):
                if not await self._turn(receiver):
                    return
        finally:
            self.cancel()

    async def _turn(self, receiver: ServiceBusReceiver) -> bool:
        """False when nothing has come for so long."""
        free = 0 if self._is_stopping else self._most - len(self._in_hand)
        if free and not self._in_hand:
            messages = await receiver.receive_messages(free, max_wait_time=self._idle_seconds)
            self._metrics.service_bus_receives_empty[self._queue] += not messages
            if not messages and self._idle_seconds is not None:
                return False
        else:
            await asyncio.wait([each.running for each in self._in_hand], timeout=BUSY_SECONDS)
            messages = await self._more(receiver, free)
        for message in messages:
            self._begin(receiver, message)
        await self._settle_ended(receiver)
        await self._renew(receiver)
        return True

    async def _more(self, receiver: ServiceBusReceiver, free: int) -> list[ServiceBusReceivedMessage]:
        return await receiver.receive_messages(free, max_wait_time=BUSY_SECONDS) if free else []

    def _begin(self, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
        renewal = _Renewal(time.monotonic() + self._renew_seconds)
        until = receiver.session.locked_until_utc if receiver.session else message.locked_until_utc
        renewal.renewed(until.timestamp() - time.time() if until else 0.0)
        task = asyncio.ensure_future(self._run(message))
        self._in_hand.append(_InHand(message, task, renewal))

    async def _settle_ended(self, receiver: ServiceBusReceiver) -> None:
        for each in [each for each in self._in_hand if each.running.done()]:
            self._in_hand.remove(each)
            is_handled = each.running.result()
            try:
                await (receiver.complete_message if is_handled else receiver.abandon_message)(each.message)
            except ServiceBusError as error:
                log.warning("message %s will come again: %s", each.message.message_id, error)
                if receiver.session:
                    raise
                continue
            if is_handled:
                self._metrics.service_bus_messages_handled += 1
            else:
                self._metrics.service_bus_messages_abandoned += 1

    async def _renew(self, receiver: ServiceBusReceiver) -> None:
        for each in self._in_hand:
            if each.renewal.is_due():
                until = await (
                    receiver.session.renew_lock() if receiver.session else receiver.renew_message_lock(each.message)
                )
                each.renewal.renewed(until.timestamp() - time.time())
