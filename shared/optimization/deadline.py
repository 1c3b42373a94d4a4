"""The clock as a safety stop: work is counted in moves, and only ends sooner when time is up."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """`elapsed` counts seconds upward from any start; `at` None: never."""

    elapsed: Callable[[], float]
    at: float | None

    @classmethod
    def in_seconds(cls, seconds: float | None, elapsed: Callable[[], float]) -> "Deadline":
        return cls(elapsed, None if seconds is None else elapsed() + seconds)

    def passed(self) -> bool:
        return self.at is not None and self.elapsed() >= self.at

    def share(self, part: float) -> "Deadline":
        """Of what is left until now."""
        if self.at is None:
            return self
        now = self.elapsed()
        return Deadline(self.elapsed, now + part * max(0.0, self.at - now))
