"""A client's link that sends messages to a queue."""
# pyright: reportMissingImports=false

from typing import Any

import proton

from sandbox.systems.kit import EffectLog
from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.amqp.faults import Calls
from sandbox.systems.service_bus.amqp.wire import condition, read
from sandbox.systems.service_bus.errors import Refusal
from sandbox.systems.service_bus.messages import Message
from sandbox.systems.service_bus.namespace import Entity
from sandbox.systems.service_bus.operations import Operation, Operations

CREDIT = 100


class Intake:
    """Puts what clients send into a queue, over a link or by `$management`, and notes it."""

    def __init__(self, operations: Operations, effects: EffectLog, limit: int) -> None:
        self.limit = limit
        self._operations = operations
        self._effects = effects

    def send(self, entity: Entity, content: bytes) -> None:
        self._operations.count(entity.path, Operation.SEND)
        for message in read(content, self.limit):
            if entity.queue.send(message):
                self._note("message_sent", entity, message)

    def schedule(self, entity: Entity, content: bytes) -> int:
        [message] = read(content, self.limit)
        number, is_kept = entity.queue.schedule(message)
        if is_kept:
            self._note("message_scheduled", entity, message)
        return number

    def _note(self, kind: str, entity: Entity, message: Message) -> None:
        self._effects.record(kind, queue=entity.path, message_id=message.message_id, session_id=message.session_id)


class SendingLink:
    def __init__(self, connection: Connection, link: Any, entity: Entity, intake: Intake, calls: Calls) -> None:
        self._connection = connection
        self._link = link
        self.entity = entity
        self._intake = intake
        self._calls = calls

    def open(self) -> None:
        self._link.source.copy(self._link.remote_source)
        self._link.target.copy(self._link.remote_target)
        self._link.max_message_size = self._intake.limit
        self._connection.accept(self._link, self)
        self._link.flow(CREDIT)

    def flowed(self) -> None:
        """A client that sends gives no credit."""

    def delivered(self, delivery: Any) -> None:
        if delivery.partial or not delivery.readable:
            return
        content = bytes(self._link.recv(delivery.pending))
        self._link.advance()
        self._link.flow(1)
        self._calls.run(
            self._connection,
            "SEND",
            self.entity.path,
            act=lambda: self._intake.send(self.entity, content),
            answer=lambda refusal: _settle(delivery, refusal),
        )

    def ended(self, *, by_client: bool) -> None:
        """What was sent is sent."""


def _settle(delivery: Any, refusal: Refusal | None) -> None:
    if refusal:
        delivery.local.condition = condition(refusal)
    delivery.update(proton.Delivery.REJECTED if refusal else proton.Delivery.ACCEPTED)
    delivery.settle()
