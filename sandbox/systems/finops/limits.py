"""Service protection: how many requests may come in a sliding window (reference: dataverse.md section 4.2)."""

from collections import deque
from math import ceil
from time import monotonic

from sandbox.systems.finops.errors import DataverseError

WINDOW_SECONDS = 300


class TooManyRequests(DataverseError):
    """The request limit is exceeded; `retry_after` in whole seconds."""

    status = 429

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(
            f"Number of requests exceeded the limit of {limit} over time window of {WINDOW_SECONDS} seconds.",
            code="0x80072322",
        )
        self.retry_after = retry_after


class RequestLimit:
    """Counts requests, each operation of a batch as one, over the last 300 seconds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: deque[float] = deque()

    @property
    def remaining(self) -> int:
        return max(self._limit - len(self._taken), 0)

    def take(self) -> None:
        """Count one request; raises `TooManyRequests` when there is none left."""
        now = monotonic()
        while self._taken and self._taken[0] <= now - WINDOW_SECONDS:
            self._taken.popleft()
        if not self.remaining:
            raise TooManyRequests(
                self._limit, ceil(self._taken[0] + WINDOW_SECONDS - now) if self._taken else WINDOW_SECONDS
            )
        self._taken.append(now)
