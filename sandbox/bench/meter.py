"""What the app has used: readings of all counters, and what lies between two of them."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from sandbox.bench.outside import Outside, until
from sandbox.bench.service_bus_operations import Broker, Operations
from sandbox.bench.storage_calls import QUEUE_GET, StorageLog
from sandbox.service_bus import Transport
from sandbox.stack import Sandbox

_REST_SECONDS = 0.5
# The host's own calls of the storage account, in the words of the access log.
_HOST_CALLS = {
    "table.read": "table read",
    "table.query": "table query",
    "table.insert": "table write",
    "table.put": "table write",
    "table.transaction": "table transaction",
    "table.create": "administration",
    "queue.get": QUEUE_GET,
    "queue.put": "queue put",
    "queue.update": "queue update",
    "queue.delete": "queue delete",
    "queue.create": "administration",
}


@dataclass(frozen=True)
class Used:
    """Counters, either since the app's start or between two readings.

    `app`: storage calls of the app's own code. `triggers`: the host's calls of queues, as any host makes them, without
    those that found nothing: `empty_polls`. `bundled_host`: its calls of tables, where it keeps orchestrations in its
    own way. `durable`: what orchestrations are made of, for hosts that keep them in another. `service_bus`: operations
    that messages give rise to; `service_bus_waits`: those that time does, of whoever waits for messages or a function.
    """

    executions: Counter[str] = field(default_factory=Counter)
    app: Counter[str] = field(default_factory=Counter)
    triggers: Counter[str] = field(default_factory=Counter)
    bundled_host: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    durable: Counter[str] = field(default_factory=Counter)
    service_bus: Counter[str] = field(default_factory=Counter)
    service_bus_waits: Counter[str] = field(default_factory=Counter)
    empty_polls: int = 0
    replayed_events: int = 0
    log_lines: int = 0
    log_bytes: int = 0
    cpu_seconds: float = 0.0

    def __add__(self, other: Self) -> Self:
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def __sub__(self, other: Self) -> Self:
        return type(self)(**{each.name: getattr(self, each.name) - getattr(other, each.name) for each in fields(self)})

    def storage_calls(self, share: float) -> dict[str, Any]:
        """By who makes them; `share` is one of how many orders, minutes or runs."""
        makers = {"app": self.app, "triggers": self.triggers, "bundled_host": self.bundled_host}
        total = sum(calls.total() for calls in makers.values())
        return {"total": _rounded(total / share), **{name: shared(calls, share) for name, calls in makers.items()}}

    def per_order(self, orders: float) -> dict[str, Any]:
        return self.per("order", orders)

    def per(self, what: str, share: float) -> dict[str, Any]:
        """As the bench reports it. Waiting for messages is nobody's: it is in `idle`."""
        return {
            f"executions_per_{what}": summed(self.executions, share),
            f"storage_calls_per_{what}": self.storage_calls(share),
            **({f"service_bus_operations_per_{what}": summed(self.service_bus, share)} if self.service_bus else {}),
            f"messages_per_{what}": shared(self.messages, share),
            f"durable_per_{what}": shared(self.durable, share),
            f"replayed_events_per_{what}": _rounded(self.replayed_events / share),
            f"cpu_seconds_per_{what}": round(self.cpu_seconds / share, 4),
            f"log_lines_per_{what}": _rounded(self.log_lines / share),
            f"log_bytes_per_{what}": round(self.log_bytes / share),
        }


def shared(counts: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: _rounded(count / share) for name, count in sorted(counts.items()) if count}


def summed(counts: Counter[str], share: float) -> dict[str, float]:
    return {"total": _rounded(counts.total() / share), **shared(counts, share)}


def _rounded(value: float) -> float:
    return round(value, 2)


class Meter:
    """Reads all counters without running a function of the app or calling its storage."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._metrics, self._http = f"{sandbox.app_url}/admin/host/metrics", http
        self._app = psutil.Process(sandbox.pids["app"])
        self._app_log = sandbox.run_folder / "app.log"
        self.storage = StorageLog(sandbox.storage_log)
        on_bus = sandbox.transport is Transport.SERVICE_BUS
        self.broker = Broker(sandbox.service_bus_url, http) if on_bus else None

    async def host(self) -> dict[str, Any]:
        """What the host has counted."""
        return (await self._http.get(self._metrics)).raise_for_status().json()

    async def at_rest(self, outside: Outside) -> None:
        """Until nothing is on its way to the app, nothing waits in its queues, and nothing has run for a moment."""
        seen, since = -1, time.monotonic()

        async def rested() -> bool:
            nonlocal seen, since
            calls, waiting = self.storage.calls_at_work(), self.storage.messages_waiting()
            if calls != seen or waiting or await self._broker_is_busy() or await outside.callbacks_under_way():
                seen, since = calls, time.monotonic()
            return time.monotonic() - since > _REST_SECONDS and not (await self.host())["executionsRunning"]

        await until(rested, "the app comes to rest")

    async def read(self) -> Used:
        """Since the app's start. The app must be at rest, for the counters are read one after another."""
        counted = await self.host()
        times = self._app.cpu_times()
        host = Counter({kind: count for kind, count in counted["storage"].items() if count})
        bus = await self.broker.read(counted["serviceBusReceivesEmpty"]) if self.broker else Operations()
        return Used(
            executions=Counter(counted["executions"]),
            **by_maker(self.storage.calls(), host, counted["queuePollsEmpty"]),
            messages=self.storage.messages() + bus.messages,
            durable=Counter(counted["durable"]),
            service_bus=bus.of_messages,
            service_bus_waits=bus.of_waiting,
            empty_polls=counted["queuePollsEmpty"],
            replayed_events=counted["historyEventsReplayed"],
            log_lines=_lines(self._app_log),
            log_bytes=self._app_log.stat().st_size,
            cpu_seconds=times.user + times.system,
        )

    async def _broker_is_busy(self) -> bool:
        return self.broker is not None and await self.broker.is_busy()


def by_maker(calls: Mapping[str, int], host: Mapping[str, int], empty_polls: int) -> dict[str, Counter[str]]:
    """Who made the calls in the access log: the host has counted its own, by its own kinds, and the rest are the app's.

    The app takes nothing from queues: each look into one is the host's, and one that finds nothing is none of these.
    """
    queues: Counter[str] = Counter()
    tables: Counter[str] = Counter()
    for kind, count in host.items():
        (queues if kind.startswith("queue.") else tables)[_HOST_CALLS[kind]] += count
    app = Counter({kind: count for kind, count in calls.items() if kind != QUEUE_GET}) - queues - tables
    queues[QUEUE_GET] -= empty_polls
    return {"app": app, "triggers": +queues, "bundled_host": tables}


def _lines(path: Path) -> int:
    with path.open("rb") as log:
        return sum(1 for _ in log)
