"""One queue: what is sent to it, who has what locked, and what becomes of a message that is not completed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

from sandbox.systems.service_bus.config import QueueConfig
from sandbox.systems.service_bus.duplicates import RecentIds
from sandbox.systems.service_bus.errors import (
    message_lock_lost,
    message_not_found,
    not_allowed,
    session_cannot_be_locked,
    session_lock_lost,
)
from sandbox.systems.service_bus.messages import DeadLetter, Message
from sandbox.systems.service_bus.sessions import SessionLock, Sessions
from sandbox.systems.service_bus.shelf import Shelf

Clock = Callable[[], float]

TOO_OFTEN = "MaxDeliveryCountExceeded"
EXPIRED = "TTLExpiredException"


class DeadLetters(Protocol):
    """Where a queue puts what it gives up."""

    def take_in(self, message: Message) -> None: ...


@dataclass(eq=False)
class Lock:
    """The right to settle one message, until its time or that of its session."""

    token: UUID
    message: Message
    until: float
    session: SessionLock | None


class Queue:
    """A queue, or the dead letters of one: those know no sessions and keep each message until it is settled.

    Nothing here waits: whoever holds a queue calls `sweep` when `next_deadline` has come.
    """

    def __init__(self, config: QueueConfig, clock: Clock, dead_letters: DeadLetters | None) -> None:
        self.config = config
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._dead_letters = dead_letters
        self._lock_seconds = config.lock_duration.total_seconds()
        self._shelf = Shelf(has_sessions=config.requires_session)
        self._knows_expiry = False
        self._scheduled: dict[int, Message] = {}
        self._locks: dict[UUID, Lock] = {}
        self._recent = RecentIds(config.duplicate_detection_window)
        self._last_number = 0
        self.sessions = Sessions()

    @property
    def requires_session(self) -> bool:
        return self.config.requires_session

    def send(self, message: Message) -> bool:
        """Makes the message available, at its time if it has one. False when it is a copy, which is dropped."""
        if message.scheduled_for is not None and message.scheduled_for > self._clock():
            return self.schedule(message)[1]
        self._refuse_without_session(message)
        if self._recent.is_copy(message.message_id, self._clock()):
            return False
        self._enqueue(message)
        return True

    def schedule(self, message: Message) -> tuple[int, bool]:
        """The number by which it can be canceled until its time, and whether it was kept: a copy is dropped."""
        self._refuse_without_session(message)
        message.sequence_number = self._next_number()
        is_copy = self._recent.is_copy(message.message_id, self._clock())
        if not is_copy:
            self._scheduled[message.sequence_number] = message
            self.changed()
        return message.sequence_number, not is_copy

    def cancel(self, sequence_number: int) -> None:
        if self._scheduled.pop(sequence_number, None) is None:
            raise message_not_found(sequence_number)
        self.changed()

    def take_in(self, message: Message) -> None:
        """A message given up elsewhere keeps its number."""
        message.expires_at = None
        self._last_number = max(self._last_number, message.sequence_number)
        self._shelf.put(message)
        self.changed()

    def take(self, session: SessionLock | None = None) -> Message | None:
        """The next message, gone from the queue."""
        return self._shelf.take(session.session_id if session else None)

    def lock(self, session: SessionLock | None = None) -> Lock | None:
        """The next message, locked for whoever asks."""
        message = self.take(session)
        if message is None:
            return None
        lock = Lock(uuid4(), message, session.until if session else self._clock() + self._lock_seconds, session)
        self._locks[lock.token] = lock
        self.changed()
        return lock

    def complete(self, token: UUID) -> Message:
        return self._unlock(token)

    def abandon(self, token: UUID) -> Message:
        message = self._unlock(token)
        self._came_back(message)
        return message

    def release(self, token: UUID) -> Message:
        """Back to its place as if it had not been delivered."""
        message = self._unlock(token)
        self._put_back(message)
        return message

    def dead_letter(self, token: UUID, reason: str | None, description: str | None) -> Message:
        if self._dead_letters is None:
            raise not_allowed("A dead letter cannot be dead-lettered.")
        message = self._unlock(token)
        self._give_up(message, DeadLetter(reason, description))
        return message

    def renew(self, token: UUID) -> float:
        """The time until which the message is locked now."""
        lock = self._valid(token)
        if lock.session:
            raise not_allowed("The lock of a message in a session is that of the session.")
        lock.until = self._clock() + self._lock_seconds
        self.changed()
        return lock.until

    def accept_session(self, session_id: str | None) -> SessionLock | None:
        """The lock on a session, by None on the next that has messages: None when there is no such."""
        if session_id is not None and self.sessions.is_locked(session_id):
            raise session_cannot_be_locked(session_id)
        if session_id is None:
            free = (name for name in self._shelf.sessions() if not self.sessions.is_locked(name))
            session_id = next(free, None)
        if session_id is None:
            return None
        lock = self.sessions.lock(session_id, self._clock() + self._lock_seconds)
        self.changed()
        return lock

    def renew_session(self, session: SessionLock) -> float:
        if session.is_lost or session.until <= self._clock():
            raise session_lock_lost(session.session_id)
        session.until = self._clock() + self._lock_seconds
        for lock in self._of_session(session):
            lock.until = session.until
        self.changed()
        return session.until

    def close_session(self, session: SessionLock) -> None:
        """Given back by its holder: what was not settled counts as never delivered."""
        if not session.is_lost:
            self._end_session(session, self._put_back)

    def expire_locks(self) -> None:
        """Ends every lock now, as if its time had come."""
        for lock in self._locks.values():
            lock.until = 0.0
        for session in self.sessions:
            session.until = 0.0
        self.sweep()

    def sweep(self) -> None:
        """Does all whose time has come."""
        now = self._clock()
        for session in self.sessions.expired(now):
            self._end_session(session, self._came_back)
        for lock in [lock for lock in self._locks.values() if lock.session is None and lock.until <= now]:
            del self._locks[lock.token]
            self._came_back(lock.message)
        for number, message in list(self._scheduled.items()):
            if (message.scheduled_for or 0.0) <= now:
                del self._scheduled[number]
                self._enqueue(message)
        if self._knows_expiry:
            self._drop_expired(now)

    def next_deadline(self) -> float | None:
        moments = [lock.until for lock in self._locks.values() if lock.session is None]
        moments += [session.until for session in self.sessions]
        moments += [message.scheduled_for or 0.0 for message in self._scheduled.values()]
        if self._knows_expiry:
            moments += [message.expires_at for message in self._shelf if message.expires_at is not None]
        return min(moments, default=None)

    def active(self) -> list[Message]:
        return list(self._shelf)

    def locked(self) -> list[Message]:
        return [lock.message for lock in self._locks.values()]

    def scheduled(self) -> list[Message]:
        return list(self._scheduled.values())

    def clear(self) -> None:
        """Empties the queue; who has a session locked has lost it."""
        for session in self.sessions:
            self.sessions.unlock(session)
        self.sessions.states.clear()
        for kept in (self._shelf, self._scheduled, self._locks, self._recent):
            kept.clear()
        self._last_number = 0
        self.changed()

    def _refuse_without_session(self, message: Message) -> None:
        if self.requires_session and not message.session_id:
            raise not_allowed(f"Messages to '{self.config.name}' must have a session id: it requires sessions.")

    def _enqueue(self, message: Message) -> None:
        now, longest = self._clock(), self.config.default_message_time_to_live
        lives = [life.total_seconds() for life in (message.time_to_live, longest) if life is not None]
        message.sequence_number, message.enqueued_at = self._next_number(), now
        message.expires_at = now + min(lives) if lives else None
        self._knows_expiry = self._knows_expiry or message.expires_at is not None
        self._shelf.put(message)
        self.changed()

    def _next_number(self) -> int:
        self._last_number += 1
        return self._last_number

    def _valid(self, token: UUID) -> Lock:
        lock = self._locks.get(token)
        if lock is None or lock.until <= self._clock():
            raise message_lock_lost()
        return lock

    def _unlock(self, token: UUID) -> Message:
        lock = self._valid(token)
        del self._locks[token]
        self.changed()
        return lock.message

    def _of_session(self, session: SessionLock) -> list[Lock]:
        return [lock for lock in self._locks.values() if lock.session is session]

    def _end_session(self, session: SessionLock, unsettled: Callable[[Message], None]) -> None:
        self.sessions.unlock(session)
        for lock in self._of_session(session):
            del self._locks[lock.token]
            unsettled(lock.message)
        self.changed()

    def _came_back(self, message: Message) -> None:
        message.delivery_count += 1
        if self._dead_letters and message.delivery_count >= self.config.max_delivery_count:
            count = message.delivery_count
            why = f"Message could not be consumed after {count} delivery attempts."
            self._give_up(message, DeadLetter(TOO_OFTEN, why))
        else:
            self._put_back(message)

    def _drop_expired(self, now: float) -> None:
        for message in self._shelf.remove_all(lambda message: (message.expires_at or now + 1) <= now):
            if self.config.dead_lettering_on_message_expiration:
                self._give_up(message, DeadLetter(EXPIRED, "The message expired and was dead lettered."))

    def _put_back(self, message: Message) -> None:
        self._shelf.put(message)
        self.changed()

    def _give_up(self, message: Message, why: DeadLetter) -> None:
        assert self._dead_letters is not None  # noqa: S101 - dead letters never expire, nor come back too often
        message.dead_letter = why
        self._dead_letters.take_in(message)
