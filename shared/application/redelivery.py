"""Trying again later: a message whose work met a passing fault goes back on its queue with a growing delay."""

import random
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.errors import NotTried, TransientProviderError
from shared.domain.messages import Message
from shared.domain.ports import Queues
from shared.telemetry.messages import note_outcome

_LONGEST_SECONDS = 7 * 86_400  # a queue keeps no message back for longer


@dataclass(frozen=True)
class Redelivery:
    """How often and how long apart: 2, 4, 8... times `base_seconds`, at most `cap_seconds`, or longer if asked to."""

    queues: Queues
    max_attempts: int
    base_seconds: float
    cap_seconds: float

    def again(self, queue: str, message: Message, fault: TransientProviderError) -> bool:
        """Put the next attempt of `message` on its queue; False when this one was the last.

        A message that nobody has tried goes back as it is, to come when `fault` says: an outage uses up no attempts.
        """
        if isinstance(fault, NotTried):
            wait = self.base_seconds if fault.retry_after is None else fault.retry_after
            self.queues.send(queue, message, _bounded(wait), even_if_a_copy=True)
            note_outcome("put back")
            return True
        if message.attempt >= self.max_attempts:
            return False
        backoff = min(self.base_seconds * 2 ** (message.attempt - 1), self.cap_seconds)
        wait = max(backoff, fault.retry_after or 0) * random.uniform(1, 1.25)
        self.queues.send(queue, message.next_attempt(), _bounded(wait))
        note_outcome("redelivered")
        return True


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, _LONGEST_SECONDS))
