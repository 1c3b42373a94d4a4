"""Who holds which session of a queue, and what is kept with a session."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(eq=False)
class SessionLock:
    """The exclusive right to the messages of one session; `until` moves when it is renewed."""

    session_id: str
    until: float
    is_lost: bool = False


class Sessions:
    """The locked sessions of one queue, and the states of all."""

    def __init__(self) -> None:
        self._locks: dict[str, SessionLock] = {}
        self.states: dict[str, bytes] = {}

    def is_locked(self, session_id: str) -> bool:
        return session_id in self._locks

    def lock(self, session_id: str, until: float) -> SessionLock:
        self._locks[session_id] = SessionLock(session_id, until)
        return self._locks[session_id]

    def unlock(self, lock: SessionLock) -> None:
        """From now on the lock is lost, and the session can be accepted again."""
        lock.is_lost = True
        self._locks.pop(lock.session_id, None)

    def expired(self, now: float) -> list[SessionLock]:
        return [lock for lock in self._locks.values() if lock.until <= now]

    def __iter__(self) -> Iterator[SessionLock]:
        return iter(list(self._locks.values()))
