"""Trying again later: a message whose work met a passing fault goes back on its queue with a growing delay."""

import random
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.errors import TransientProviderError
from shared.domain.messages import Message
from shared.domain.ports import Queues

_LONGEST_SECONDS = 7 * 86_400  # a queue keeps no message back for longer


@dataclass(frozen=True)
class Redelivery:
    """How often and how long apart: 2, 4, 8... times `base_seconds`, at most `cap_seconds`, or longer if asked to."""

    queues: Queues
    max_attempts: int
    base_seconds: float
    cap_seconds: float

    def again(self, queue: str, message: Message, fault: TransientProviderError) -> bool:
        """Put the next attempt of `message` on its queue; False when this one was the last."""
        if message.attempt >= self.max_attempts:
            return False
        self.queues.send(queue, message.next_attempt(), self._delay(message.attempt, fault.retry_after))
        return True

    def later(self, queue: str, message: Message, fault: TransientProviderError) -> None:
        """Put back a `message` that nobody has tried: it does not count as an attempt."""
        self.queues.send(queue, message, self._delay(1, fault.retry_after), even_if_a_copy=True)

    def _delay(self, attempt: int, asked_for: float | None) -> timedelta:
        backoff = min(self.base_seconds * 2 ** (attempt - 1), self.cap_seconds)
        seconds = max(backoff, asked_for or 0) * random.uniform(1, 1.25)
        return timedelta(seconds=min(seconds, _LONGEST_SECONDS))
