"""Counts storage calls from Azurite's access log."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_REQUEST = re.compile(r'"(?P<method>[A-Z]+) /devstoreaccount1/?(?P<path>[^ ?]*)\S* HTTP/1\.\d" (?P<status>\d+)')
_QUEUE_CALLS = {"GET": "queue get", "POST": "queue put", "PUT": "queue update", "DELETE": "queue delete"}
QUEUE_GET, QUEUE_PUT, QUEUE_DELETE = "queue get", "queue put", "queue delete"


def count_by_kind(log: Iterable[str]) -> Counter[str]:
    """Calls by kind, such as `table read`, `table transaction`, `queue get`; other lines are no calls."""
    return Counter(_kind(found["method"], found["path"]) for line in log if (found := _REQUEST.search(line)))


def count_by_queue(log: Iterable[str], kind: str) -> Counter[str]:
    """Calls of one kind, by queue."""
    calls = (found for line in log if (found := _REQUEST.search(line)))
    return Counter(found["path"].partition("/")[0] for found in calls if _kind(found["method"], found["path"]) == kind)


def waiting(log: Iterable[str]) -> int:
    """How many messages were put into queues, less those taken out for good.

    A delete that fails is none: the message was in hand for so long that the queue had given it to somebody else.
    """
    calls = [found for line in log if (found := _REQUEST.search(line)) and found["status"].startswith("2")]
    kinds = Counter(_kind(found["method"], found["path"]) for found in calls)
    return kinds[QUEUE_PUT] - kinds[QUEUE_DELETE]


def _kind(method: str, path: str) -> str:
    if "/messages" in path:
        return _QUEUE_CALLS[method]
    if path == "$batch":
        return "table transaction"
    if path.startswith("Tables"):
        return "administration"
    if path.endswith("()"):
        return "table query"
    if "(" in path:
        return "table read" if method == "GET" else "table write"
    return "table write" if method == "POST" else "administration"


class StorageLog:
    """The access log of a running Azurite; each look reads only what has been written since the last."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0
        self._calls: Counter[str] = Counter()
        self._messages: Counter[str] = Counter()
        self._waiting = 0
        self._looked_into: set[str] = set()

    def calls(self) -> Counter[str]:
        """All calls so far, by kind."""
        self._catch_up()
        return self._calls.copy()

    def messages(self) -> Counter[str]:
        """All messages so far, by queue."""
        self._catch_up()
        return self._messages.copy()

    def queues_looked_into(self) -> int:
        self._catch_up()
        return len(self._looked_into)

    def calls_at_work(self) -> int:
        """All but looks into queues, which go on while nothing happens."""
        calls = self.calls()
        return calls.total() - calls[QUEUE_GET]

    def messages_waiting(self) -> int:
        """Put into a queue and not yet taken out for good."""
        self._catch_up()
        return self._waiting

    def _catch_up(self) -> None:
        with self._path.open("rb") as log:
            log.seek(self._read)
            whole = log.read().rpartition(b"\n")[0]
        self._read += len(whole)
        lines = whole.decode(errors="replace").splitlines()
        self._calls += count_by_kind(lines)
        self._messages += count_by_queue(lines, QUEUE_PUT)
        self._waiting += waiting(lines)
        self._looked_into.update(count_by_queue(lines, QUEUE_GET))
