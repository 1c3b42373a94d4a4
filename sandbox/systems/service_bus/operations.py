"""How often clients have asked the service for something, by queue: Service Bus bills by operations."""

from collections import Counter
from enum import StrEnum


class Operation(StrEnum):
    """What is counted. `RECEIVE` is a delivery; a session is accepted once for all its messages."""

    SEND = "sends"
    SCHEDULE = "schedules"
    RECEIVE = "receives"
    SETTLE = "settlements"
    RENEW = "renewals"
    ACCEPT = "session_accepts"
    ACCEPT_TIMEOUT = "session_accept_timeouts"
    MANAGE = "management"


class Operations:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Operation]] = Counter()
        self.connections = 0
        self.links = 0

    def count(self, queue: str, operation: Operation) -> None:
        self._counts[queue, operation] += 1

    def total(self) -> dict[str, int]:
        """Every kind, `operations` for their sum, and how many connections and links were opened."""
        kinds = {kind.value: sum(n for (_, of), n in self._counts.items() if of is kind) for kind in Operation}
        return {
            **kinds,
            "operations": sum(kinds.values()),
            "connections_opened": self.connections,
            "links_opened": self.links,
        }

    def by_queue(self) -> dict[str, dict[str, int]]:
        queues = sorted({queue for queue, _ in self._counts})
        return {name: {kind.value: self._counts[name, kind] for kind in Operation} for name in queues}

    def clear(self) -> None:
        self._counts.clear()
        self.connections = self.links = 0
