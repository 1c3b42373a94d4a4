"""Counts storage calls from Azurite's access log."""

import re
from collections import Counter
from collections.abc import Iterable

_REQUEST = re.compile(r'"(?P<method>[A-Z]+) /devstoreaccount1/?(?P<path>[^ ?]*)\S* HTTP/1\.\d" (?P<status>\d+)')
_QUEUE_CALLS = {"GET": "queue get", "POST": "queue put", "PUT": "queue update", "DELETE": "queue delete"}


def count_by_kind(log: Iterable[str]) -> Counter[str]:
    """Calls by kind, such as `table read`, `table transaction`, `queue get`; other lines are no calls."""
    return Counter(_kind(found["method"], found["path"]) for line in log if (found := _REQUEST.search(line)))


def _kind(method: str, path: str) -> str:
    if "/messages" in path:
        return _QUEUE_CALLS[method]
    if path == "$batch":
        return "table transaction"
    if "(" in path or path == "Tables":
        return "table read" if method == "GET" else "table write"
    return "table write" if method == "POST" else "blob or queue administration"
