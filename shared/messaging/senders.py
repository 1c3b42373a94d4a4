"""Senders of one queue for many threads: each is used by one thread at a time, as the SDK wants it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Generic, Protocol, TypeVar

MOST_SENDERS = 4  # each has a connection of its own
IDLE_SECONDS = 60.0  # what lies between us and the service may have dropped a connection that was silent for longer

log = logging.getLogger(__name__)


class _Closable(Protocol):
    def close(self) -> None: ...


Sender = TypeVar("Sender", bound=_Closable)


class NoneFree(Exception):
    """Every sender was in use for as long as one could wait."""


class Senders(Generic[Sender]):
    """At most `MOST_SENDERS`, each opened when it is first needed, the one used last used first."""

    def __init__(self, open_sender: Callable[[], Sender], clock: Callable[[], float] = time.monotonic) -> None:
        self._open = open_sender
        self._clock = clock
        self._free: LifoQueue[tuple[Sender, float] | None] = LifoQueue()
        for _ in range(MOST_SENDERS):
            self._free.put(None)

    @contextmanager
    def one(self, seconds: float) -> Iterator[Sender]:
        """A sender that is nobody else's meanwhile; it is not used again when it fails. Raises NoneFree."""
        try:
            free = self._free.get(timeout=seconds)
        except Empty:
            raise NoneFree(f"all {MOST_SENDERS} connections were in use for {seconds:g} s") from None
        kept = None
        try:
            sender = self._fresh(free)
            try:
                yield sender
            except BaseException:
                _drop(sender)
                raise
            kept = (sender, self._clock())
        finally:
            self._free.put(kept)

    def close(self) -> None:
        """Those that are free; whoever has one now closes it by dropping the client."""
        for _ in range(MOST_SENDERS):
            try:
                free = self._free.get_nowait()
            except Empty:
                return
            if free:
                _drop(free[0])

    def _fresh(self, free: tuple[Sender, float] | None) -> Sender:
        if free is None:
            return self._open()
        sender, used_at = free
        if self._clock() - used_at < IDLE_SECONDS:
            return sender
        _drop(sender)
        return self._open()


def _drop(sender: _Closable) -> None:
    """Closing says farewell over the connection, which may be the very thing that is broken."""
    try:
        sender.close()
    except Exception as error:
        log.info("a connection to a queue did not end in good order: %s", error)
