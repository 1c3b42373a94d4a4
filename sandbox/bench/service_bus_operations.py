"""Counts operations of Service Bus: what the stand-in was asked for, and receives of the host that nothing came for."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import httpx

# They come of time: somebody waits for messages that do not come, or a function takes long.
_WAITS = ("session_accept_timeouts", "renewals")
_MESSAGES = ("sends", "schedules")
EMPTY_RECEIVES = "empty_receives"


@dataclass(frozen=True)
class Operations:
    """Since the start, by kind. `of_messages` would not be without them; `messages`: by queue."""

    of_messages: Counter[str] = field(default_factory=Counter)
    of_waiting: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)


class Broker:
    """The Service Bus stand-in, by its control routes."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url, self._http = f"{url}/_control", http

    async def is_busy(self) -> bool:
        """Whether a message is in a queue, or somebody still holds a session, with a receive that will end it."""
        states = ("active", "locked", "scheduled", "locked_sessions")
        return any(queue[state] for queue in (await self._queues()).values() for state in states)

    async def session_queues(self) -> Set[str]:
        return {name for name, queue in (await self._queues()).items() if queue["requires_session"]}

    async def read(self, empty_receives: Mapping[str, int]) -> Operations:
        """`empty_receives`: of the host, by queue."""
        counted = (await self._get("operations"))["queues"]
        return operations(counted, empty_receives, await self.session_queues())

    async def _queues(self) -> dict[str, dict[str, Any]]:
        return (await self._get("queues"))["queues"]

    async def _get(self, path: str) -> dict[str, Any]:
        return (await self._http.get(f"{self._url}/{path}")).raise_for_status().json()


def operations(
    counted: Mapping[str, Mapping[str, int]], empty_receives: Mapping[str, int], session_queues: Set[str]
) -> Operations:
    """`counted`: by queue and kind. The receive that ends a session belongs to the messages it was opened for."""
    kinds: Counter[str] = Counter()
    for of_queue in counted.values():
        kinds.update(of_queue)
    waits = Counter({kind: kinds.pop(kind, 0) for kind in _WAITS})
    for queue, count in empty_receives.items():
        (kinds if queue in session_queues else waits)[EMPTY_RECEIVES] += count
    sent = {queue: sum(of_queue[kind] for kind in _MESSAGES) for queue, of_queue in counted.items()}
    return Operations(+kinds, +waits, +Counter(sent))
