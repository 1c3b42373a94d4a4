"""Sends callbacks in the background, with the sender's retry rules and the armed callback faults."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.systems.kit.faults import Faults

KEPT_ATTEMPTS = 10_000


def _accepted(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _whatever_failed(_: int | None) -> bool:
    return True


@dataclass(frozen=True)
class RetryPolicy:
    """`delays`: seconds to wait after each failed attempt, times `time_scale`.

    `retried` judges the status of a failed attempt (None: nothing answered). What the fault `reorder` holds goes out
    after `reorder_wait_seconds` at the latest.
    """

    delays: tuple[float, ...] = ()
    retried: Callable[[int | None], bool] = _whatever_failed
    time_scale: float = 1.0
    timeout_seconds: float = 10.0
    reorder_wait_seconds: float = 1.0


@dataclass(frozen=True)
class Callback:
    """One callback, POSTed to `destination`.

    `label` is what faults match on. `headers` is asked anew for each attempt, so that it can be stamped and signed.
    `wanted` is asked before each retry. `given_up` hears the last status (None: no answer) when no attempt is left.
    """

    destination: str
    label: str
    body: bytes
    headers: Callable[[], Mapping[str, str]]
    wanted: Callable[[], bool] = lambda: True
    given_up: Callable[[int | None], None] = lambda _: None


class CallbackSender:
    """Fire and forget: `send` returns at once, deliveries run concurrently and in no promised order."""

    def __init__(self, faults: Faults, retry: RetryPolicy) -> None:
        self._faults = faults
        self._retry = retry
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Callback] = []
        self._attempts: deque[dict[str, Any]] = deque(maxlen=KEPT_ATTEMPTS)
        self._release: asyncio.TimerHandle | None = None
        self._http: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The sender's lifetime; deliveries still under way at the end are dropped."""
        timeout = httpx.Timeout(self._retry.timeout_seconds, pool=None)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as self._http:
            yield
            await self.forget()

    @property
    def pending(self) -> int:
        """Callbacks accepted for sending that are neither delivered, lost nor given up."""
        return len(self._tasks) + len(self._held)

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """The latest attempts in order: `{"at","label","destination","attempt","status","error"}`.

        `status` is null when nothing answered, `error` when something did.
        """
        return list(self._attempts)

    def send(self, callback: Callback) -> None:
        """Send from now on in the background, as far as the armed faults let it."""
        fault = self._faults.take_for_callback(callback.label)
        if fault is None:
            self._start(self._deliver(callback))
        elif fault.delay_seconds:
            self._start(self._deliver(callback, after=fault.delay_seconds))
        elif fault.duplicate:
            for _ in range(fault.duplicate):
                self._start(self._deliver(callback))
        elif fault.reorder:
            self._hold(callback, fault.reorder)

    async def forget(self) -> None:
        """Drop everything not yet delivered, and the record of attempts."""
        self._held.clear()
        if self._release:
            self._release.cancel()
            self._release = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._attempts.clear()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hold(self, callback: Callback, until: int) -> None:
        self._held.append(callback)
        if self._release is None:
            # Fewer callbacks than asked for may ever come; a late one must not be a lost one.
            loop = asyncio.get_running_loop()
            self._release = loop.call_later(self._retry.reorder_wait_seconds, self._release_held)
        if len(self._held) >= until:
            self._release_held()

    def _release_held(self) -> None:
        held, self._held = self._held, []
        if self._release:
            self._release.cancel()
            self._release = None
        self._start(self._deliver_in_turn(held[::-1]))

    async def _deliver(self, callback: Callback, after: float = 0) -> None:
        if after:
            await asyncio.sleep(after)
        await self._deliver_in_turn([callback])

    async def _deliver_in_turn(self, callbacks: list[Callback]) -> None:
        for callback in callbacks:
            status = await self._attempt(callback, 1)
            if not _accepted(status):
                self._start(self._deliver_again(callback, status))

    async def _deliver_again(self, callback: Callback, status: int | None) -> None:
        for attempt, delay in enumerate(self._retry.delays, start=2):
            if not self._retry.retried(status):
                break
            await asyncio.sleep(delay * self._retry.time_scale)
            if not callback.wanted():
                return
            status = await self._attempt(callback, attempt)
            if _accepted(status):
                return
        callback.given_up(status)

    async def _attempt(self, callback: Callback, attempt: int) -> int | None:
        """One POST; the status, or None when nothing (whole) came back."""
        if self._http is None:
            raise RuntimeError("the sender is not running")
        at, status, error = datetime.now(UTC).isoformat(), None, None
        try:
            answer = await self._http.post(callback.destination, content=callback.body, headers=callback.headers())
            status = answer.status_code
        except httpx.HTTPError as failure:
            error = repr(failure)
        self._attempts.append(
            {"at": at, "label": callback.label, "destination": callback.destination, "attempt": attempt}
            | {"status": status, "error": error}
        )
        return status
