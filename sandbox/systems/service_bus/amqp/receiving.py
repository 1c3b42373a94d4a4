"""A client's link that takes messages from a queue, of one session where the queue has sessions."""
# pyright: reportMissingImports=false

from typing import Any
from uuid import uuid4

import proton

from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.amqp.faults import Calls
from sandbox.systems.service_bus.amqp.settling import Settling
from sandbox.systems.service_bus.amqp.wire import condition, written
from sandbox.systems.service_bus.errors import Refusal, not_implemented, session_lock_lost
from sandbox.systems.service_bus.messages import Message
from sandbox.systems.service_bus.namespace import Entity
from sandbox.systems.service_bus.operations import Operation, Operations
from sandbox.systems.service_bus.sessions import SessionLock

SESSION_FILTER = proton.symbol("com.microsoft:session-filter")
LOCKED_UNTIL = proton.symbol("com.microsoft:locked-until-utc")
_YEAR_1_TO_1970_SECONDS = 62135596800
_TICKS = 10_000_000


class ReceivingLink:
    """Gives out messages as far as the client's credit goes, and settles them as it says."""

    def __init__(
        self,
        connection: Connection,
        link: Any,
        entity: Entity,
        *,
        session: SessionLock | None,
        operations: Operations,
        settling: Settling,
        calls: Calls,
    ) -> None:
        self.session = session
        self._connection = connection
        self._link = link
        self.entity = entity
        self._operations = operations
        self._settling = settling
        self._calls = calls
        self._deletes = link.remote_snd_settle_mode == proton.Link.SND_SETTLED

    def open(self) -> None:
        self._link.source.copy(self._link.remote_source)
        self._link.target.copy(self._link.remote_target)
        if self.session:
            name, until = self.session.session_id, self.session.until
            self._link.source.filter.clear()
            self._link.source.filter.put_dict({SESSION_FILTER: name})
            self._link.properties = {LOCKED_UNTIL: round((until + _YEAR_1_TO_1970_SECONDS) * _TICKS)}
        self._connection.accept(self._link, self)
        self.entity.waiting.append(self.take_one)

    def take_one(self) -> bool:
        """One message to the client, if there is one and credit for it."""
        if self.session and self.session.is_lost:
            self._lose(self.session)
            return False
        if self._link.credit <= 0 or not self._connection.is_open:
            return False
        if self._deletes:
            message = self.entity.queue.take(self.session)
            if message:
                self._send(message, uuid4().bytes_le, None).settle()
            return message is not None
        lock = self.entity.queue.lock(self.session)
        if lock:
            self._send(lock.message, lock.token.bytes_le, lock.until).token = lock.token
        return lock is not None

    def flowed(self) -> None:
        self.entity.serve()
        if self._link.drain_mode:
            self._link.drained()

    def delivered(self, delivery: Any) -> None:
        if not delivery.updated or self._deletes:
            return
        action, settle = self._outcome(delivery)
        self._calls.run(
            self._connection,
            action,
            self.entity.path,
            act=settle,
            answer=lambda refusal: _confirm(delivery, refusal),
        )

    def ended(self, *, by_client: bool) -> None:
        """A client that goes in good order gives its session back; else the session stays locked for its time."""
        self._stop()
        if self.session and by_client:
            self.entity.queue.close_session(self.session)

    def _outcome(self, delivery: Any) -> tuple[str, Any]:
        """The name of what the client wants, and how to do it."""
        token, remote = delivery.token, delivery.remote
        match remote.type:
            case proton.Disposition.ACCEPTED:
                return "COMPLETE", lambda: self._settling.complete(self.entity, token)
            case proton.Disposition.RELEASED:
                return "RELEASE", lambda: self._settling.release(self.entity, token)
            case proton.Disposition.MODIFIED if not remote.undeliverable:
                return "ABANDON", lambda: self._settling.abandon(self.entity, token)
            case proton.Disposition.REJECTED:
                info = dict(remote.condition.info or {}) if remote.condition else {}
                reason, why = info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription")
                return "DEADLETTER", lambda: self._settling.dead_letter(self.entity, token, reason, why)
        return "DEFER", _refuse_to_defer

    def _send(self, message: Message, tag: bytes, locked_until: float | None) -> Any:
        self._operations.count(self.entity.path, Operation.RECEIVE)
        delivery = self._link.delivery(tag)
        self._link.send(written(message, locked_until=locked_until))
        self._link.advance()
        self._connection.flush()
        return delivery

    def _lose(self, session: SessionLock) -> None:
        self._stop()
        self._connection.detach(self._link, session_lock_lost(session.session_id))

    def _stop(self) -> None:
        if self.take_one in self.entity.waiting:
            self.entity.waiting.remove(self.take_one)


def _refuse_to_defer() -> None:
    raise not_implemented("deferring messages")


def _confirm(delivery: Any, refusal: Refusal | None) -> None:
    """Tells a client that waits for it what has become of its wish: the same outcome, or the reason why not."""
    if delivery.settled:
        delivery.settle()
        return
    if refusal:
        delivery.local.condition = condition(refusal)
    delivery.update(proton.Disposition.REJECTED if refusal else delivery.remote_state)
    delivery.settle()
