"""Settling of locked messages, over the link they came by or by `$management`, and the note of it."""

from collections.abc import Callable
from uuid import UUID

from sandbox.systems.kit import EffectLog
from sandbox.systems.service_bus.messages import Message
from sandbox.systems.service_bus.namespace import Entity
from sandbox.systems.service_bus.operations import Operation, Operations


class Settling:
    def __init__(self, operations: Operations, effects: EffectLog) -> None:
        self._operations = operations
        self._effects = effects

    def complete(self, entity: Entity, token: UUID) -> None:
        self._settle(entity, "message_completed", lambda: entity.queue.complete(token))

    def abandon(self, entity: Entity, token: UUID) -> None:
        self._settle(entity, "message_abandoned", lambda: entity.queue.abandon(token))

    def release(self, entity: Entity, token: UUID) -> None:
        self._settle(entity, "message_released", lambda: entity.queue.release(token))

    def dead_letter(self, entity: Entity, token: UUID, reason: str | None, description: str | None) -> None:
        self._settle(
            entity, "message_dead_lettered", lambda: entity.queue.dead_letter(token, reason, description), reason=reason
        )

    def _settle(self, entity: Entity, kind: str, settle: Callable[[], Message], **facts: str | None) -> None:
        self._operations.count(entity.path, Operation.SETTLE)
        message = settle()
        facts |= {"message_id": message.message_id, "session_id": message.session_id}
        self._effects.record(kind, queue=entity.path, **facts)
