"""What crosses the wire between the app and everyone it speaks to, named so that one run's call is found in another's.

A boundary is the n-th call of one kind about one order: `table POST Orders #3`, `finops POST /api/data/v9.2/$batch #1`.
Kinds leave out everything that differs from order to order.
"""

import base64
import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

STORAGE = frozenset({"table", "queue"})
CALLBACKS = "app"
OUTSIDE = frozenset({"bigcommerce", "finops", "flexe", "sap", "inventory"})

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_CHANGE_IN_BATCH = re.compile(rb"^(POST|PUT|MERGE|PATCH|DELETE) http://[^/]+/[^/]+/(\w+)", re.MULTILINE)
_OPERATION_IN_BATCH = re.compile(rb"^(GET|POST|PUT|PATCH|DELETE) \S*?/(\w+)(?:\(|\?| )", re.MULTILINE)
_MESSAGE_TEXT = re.compile(rb"<MessageText>(.*?)</MessageText>", re.DOTALL)
_QUEUE_MESSAGE = re.compile(r"^/[^/]+/(?P<queue>[^/]+)/messages(?:/(?P<message>[^/]+))?$")
_TABLE = re.compile(r"^/[^/]+/(?P<table>\w+)")


class Boundary(NamedTuple):
    system: str
    call: str
    n: int

    def __str__(self) -> str:
        return f"{self.system} {self.call} #{self.n}"


@dataclass(frozen=True)
class Call:
    """One HTTP request on the wire; `target` is path and query as sent."""

    system: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @property
    def words(self) -> str:
        """All of it that may name an order."""
        text = unquote(self.target)
        if self.system == "queue":
            return text + "".join(map(_decoded, _MESSAGE_TEXT.findall(self.body)))
        return text + unquote(self.body.decode("utf-8", "replace"))

    @property
    def queue_message(self) -> str | None:
        """The id of the queued message that is deleted or put off."""
        found = _QUEUE_MESSAGE.match(self.path) if self.system == "queue" else None
        return found["message"] if found else None

    @property
    def is_boundary(self) -> bool:
        """Reads of storage are none: a crash around one is a crash around the next write.

        Nor is keeping a queued message hidden: how often that is done depends on the time alone.
        """
        if self.system == "queue" and self.method == "PUT" and self.queue_message:
            return False
        return self.system not in STORAGE or self.method not in ("GET", "HEAD")


def kind_of(call: Call) -> str:
    """The call without anything that tells orders apart."""
    if call.system == "table":
        return _table_kind(call)
    if call.system == "queue":
        found = _QUEUE_MESSAGE.match(call.path)
        return f"{call.method} {found['queue']}" if found else f"{call.method} {call.path}"
    if call.system == CALLBACKS:
        return f"{call.method} {call.path}"
    path = _ID.sub("{id}", call.path)
    path = re.sub(r"'[^']*'", "'{}'", path)
    path = re.sub(r"\d{3,}|(?<=/)[a-z]+_\w*\d\w*", "{n}", re.sub(r"/v(\d)", r"/v\1", path))
    if path.endswith("$batch"):
        operations = [f"{method.decode()} {name.decode()}" for method, name in _OPERATION_IN_BATCH.findall(call.body)]
        path += f" of {' '.join(dict.fromkeys(operations))}"
    return f"{call.method} {path}"


def _table_kind(call: Call) -> str:
    if call.path.endswith("/$batch"):
        changes = _CHANGE_IN_BATCH.findall(call.body)
        return f"transaction {changes[0][1].decode()}" if changes else "transaction"
    found = _TABLE.match(call.path)
    return f"{call.method} {found['table'] if found else call.path}"


def _decoded(text: bytes) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text.decode("utf-8", "replace")
