"""Queues of any transport, seen: every message carries its sender's trace, and from when on it waits."""

from dataclasses import dataclass
from datetime import timedelta

from shared.domain.messages import Message
from shared.domain.ports import Queues
from shared.telemetry.messages import sending


@dataclass(frozen=True)
class TracedQueues:
    """`Queues` over another."""

    queues: Queues

    def send(
        self, queue: str, message: Message, delay: timedelta | None = None, *, even_if_a_copy: bool = False
    ) -> None:
        with sending(queue, message, delay) as stamped:
            self.queues.send(queue, stamped, delay, even_if_a_copy=even_if_a_copy)
