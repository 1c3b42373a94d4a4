"""Waiting for a condition."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 10.0


def until(condition: Callable[[], bool]) -> bool:
    """Asks until it holds; False when it did not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
