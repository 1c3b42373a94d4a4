"""Waiting for what must come true, and saying what was seen when it does not."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 60.0  # far beyond what anything takes: only a failure waits this long
_POLL_SECONDS = 0.1


def until(
    look: Callable[[], T | None], what: str, *, seen: Callable[[], object], deadline_seconds: float = DEADLINE_SECONDS
) -> T:
    """The first answer of `look` that is true; `seen` says after the deadline what was there instead."""
    deadline = time.monotonic() + deadline_seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"{what}: not within {deadline_seconds:g} s; seen: {seen()}"
        time.sleep(_POLL_SECONDS)
    return answer
