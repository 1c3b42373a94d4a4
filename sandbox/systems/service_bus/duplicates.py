"""Which message ids came within the window of duplicate detection."""

from collections import OrderedDict
from datetime import timedelta


class RecentIds:
    """Remembers each id for the window since it first came; no window, no memory."""

    def __init__(self, window: timedelta | None) -> None:
        self._window = window
        self._first_seen: OrderedDict[str, float] = OrderedDict()

    def is_copy(self, message_id: str | None, now: float) -> bool:
        """Whether this id came before; if not, it has now."""
        if self._window is None or message_id is None:
            return False
        self._forget_before(now - self._window.total_seconds())
        if message_id in self._first_seen:
            return True
        self._first_seen[message_id] = now
        return False

    def clear(self) -> None:
        self._first_seen.clear()

    def _forget_before(self, moment: float) -> None:
        while self._first_seen and next(iter(self._first_seen.values())) <= moment:
            self._first_seen.popitem(last=False)
