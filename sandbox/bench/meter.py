"""What the app has used between two moments: storage calls, processor time, executions and replays."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import psutil

from sandbox.bench.storage_calls import count_by_kind
from sandbox.stack import Sandbox


@dataclass(frozen=True)
class Reading:
    """All counters, each since the app's start."""

    cpu_seconds: float
    executions: int
    turns: int
    replayed_events: int
    storage_calls: Counter[str] = field(default_factory=Counter)


class Meter:
    """Reads when entered and when left. Polls of empty queues in between count as well: they cost money too."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._sandbox, self._http = sandbox, http

    async def __aenter__(self) -> Self:
        self._before = await self._read()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._after = await self._read()

    def per_order(self, orders: int) -> dict[str, Any]:
        before, after = self._before, self._after
        calls = after.storage_calls - before.storage_calls
        return {
            "storage_calls_per_order": {
                "total": round(calls.total() / orders, 1),
                **{kind: round(count / orders, 1) for kind, count in sorted(calls.items())},
            },
            "cpu_seconds_per_order": round((after.cpu_seconds - before.cpu_seconds) / orders, 4),
            "executions_per_order": round((after.executions - before.executions) / orders, 1),
            "turns_per_order": round((after.turns - before.turns) / orders, 1),
            "replayed_events_per_order": round((after.replayed_events - before.replayed_events) / orders, 1),
        }

    async def _read(self) -> Reading:
        answer = await self._http.get(f"{self._sandbox.app_url}/admin/host/metrics")
        counted = answer.raise_for_status().json()
        times = psutil.Process(self._sandbox.pids["app"]).cpu_times()
        with self._sandbox.storage_log.open(encoding="utf-8") as log:
            calls = count_by_kind(log)
        return Reading(
            cpu_seconds=times.user + times.system,
            executions=sum(counted["invocations"].values()),
            turns=counted["orchestratorTurns"],
            replayed_events=counted["historyEventsReplayed"],
            storage_calls=calls,
        )
