"""Trying again later: a message whose work met a passing fault goes back on its queue with a growing delay."""

import random
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.errors import TransientProviderError
from shared.domain.ports import Queues

_LONGEST_SECONDS = 7 * 86_400  # a queue keeps no message back for longer


@dataclass(frozen=True)
class Redelivery:
    """How often and how long apart: 2, 4, 8... times `base_seconds`, at most `cap_seconds`, or longer if asked to."""

    queues: Queues
    max_attempts: int
    base_seconds: float
    cap_seconds: float

    def again(self, queue: str, message: str, attempt: int, fault: TransientProviderError) -> bool:
        """Put `message` (its next attempt already written into it) back; False when `attempt` was the last."""
        if attempt >= self.max_attempts:
            return False
        self.queues.send(queue, message, timedelta(seconds=self._delay(attempt, fault.retry_after)))
        return True

    def _delay(self, attempt: int, asked_for: float | None) -> float:
        backoff = min(self.base_seconds * 2 ** (attempt - 1), self.cap_seconds)
        return min(max(backoff, asked_for or 0) * random.uniform(1, 1.25), _LONGEST_SECONDS)
