"""A circuit breaker: an outside system that is down is left in peace, and work for it waits in its order.

Closed, calls go through. After `failures` calls in a row without a useful answer it opens: calls are turned away at
once. When its time is over the next caller first asks the system something harmless (`probe`), so that no order is
what an outage is tried on; an answer closes the circuit, none opens it again for twice as long.

Everybody who is turned away is told a moment of his own to come back, one after another, so that the system gets its
backlog in the order in which it came, and not all at once.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from shared.domain.errors import NotTried, OrderProblem, RejectedByProvider, TransientProviderError

log = logging.getLogger(__name__)
_LONGEST_ASKED_SECONDS = 3600.0  # a wait that a system asks for: an absurd one would last until the next restart
_BEING_PROBED_SECONDS = 1.0  # a probe is under way: its answer should be there by then
_probing: ContextVar[bool] = ContextVar("_probing", default=False)


class Unavailable(TransientProviderError):
    """No useful answer, and nobody else would have got one: no connection, too slow, unwell, too many calls.

    `in_short` is what others may be told: without the system's own words, which may quote the order it was asked about.
    """

    def __init__(self, message: str, retry_after: float | None = None, in_short: str = "") -> None:
        super().__init__(message, retry_after)
        self.in_short = in_short or message


class CircuitOpen(NotTried):
    """The system does not answer, so it was not asked."""


@dataclass(frozen=True)
class CircuitLimits:
    """`seconds` is how long it stays open the first time, each further time twice as long, at most `cap_seconds`."""

    failures: int
    seconds: float
    cap_seconds: float
    drain_per_second: float


class OutageLog(Protocol):
    """Who wants to know; called once an outage, and may not raise."""

    def began(self, system: str, reason: str) -> None: ...

    def ended(self, system: str) -> None: ...


class Circuit:
    """Of one system, as one process sees it. Thread-safe; a closed circuit costs a call nothing."""

    def __init__(
        self, system: str, limits: CircuitLimits, outages: OutageLog, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._system, self._limits, self._outages, self._elapsed = system, limits, outages, elapsed
        self._lock = threading.Lock()
        self._failures = 0
        self._times_opened = 0  # in a row; 0 is closed
        self._until = 0.0
        self._turned_away = 0
        self._is_being_probed = False
        self._reason = ""
        self.probe: Callable[[], None] = _nothing_to_ask

    @property
    def is_open(self) -> bool:
        return self._times_opened > 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around one call. Raises CircuitOpen instead of making it."""
        self._enter()
        try:
            yield
        except Unavailable as fault:
            self._failed(fault)
            raise
        except OrderProblem:
            self._answered()  # with a refusal
            raise
        self._answered()

    def _enter(self) -> None:
        if not self.is_open or _probing.get():
            return
        with self._lock:
            if not self.is_open:
                return
            if self._is_being_probed or self._elapsed() < self._until:
                raise self._not_now()
            self._is_being_probed = True
        self._ask()

    def _answered(self) -> None:
        if self._failures:
            self._failures = 0  # without the lock: at worst a failure of this very moment is not counted

    def _failed(self, fault: Unavailable) -> None:
        if _probing.get():
            return
        with self._lock:
            self._failures += 1
            if self.is_open or self._failures < self._limits.failures:
                return
            self._open(fault)
        # An alert of infra/ goes by these words.
        log.error("a provider does not answer, its work waits: %s: %s", self._system, self._reason)
        self._outages.began(self._system, self._reason)

    def _ask(self) -> None:
        """Out of the lock: it takes as long as the system likes. Raises CircuitOpen."""
        token = _probing.set(True)
        try:
            self.probe()
        except RejectedByProvider:
            self._close()  # it answers; what it refuses is for its callers to hear
        except TransientProviderError as fault:
            with self._lock:
                self._open(fault)
                raise self._not_now() from fault
        else:
            self._close()
        finally:
            _probing.reset(token)
            self._is_being_probed = False

    def _open(self, fault: TransientProviderError) -> None:
        seconds = min(self._limits.seconds * 2**self._times_opened, self._limits.cap_seconds)
        self._until = self._elapsed() + max(seconds, min(fault.retry_after or 0, _LONGEST_ASKED_SECONDS))
        self._times_opened += 1
        self._turned_away = 0
        self._reason = fault.in_short if isinstance(fault, Unavailable) else str(fault)

    def _close(self) -> None:
        with self._lock:
            self._times_opened = self._failures = 0
        log.warning("%s answers again", self._system)
        self._outages.ended(self._system)

    def _not_now(self) -> CircuitOpen:
        wait = max(self._until - self._elapsed(), _BEING_PROBED_SECONDS)
        wait += self._turned_away / self._limits.drain_per_second
        self._turned_away += 1
        return CircuitOpen(f"{self._system} does not answer and is left in peace for now: {self._reason}", wait)


def _nothing_to_ask() -> None:
    """The next call is the probe."""
