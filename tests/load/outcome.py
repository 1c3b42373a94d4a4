"""All that a run has found out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.bench.load import percentiles
from tests.load.samples import Hundred, MemorySample, growth_kib
from tests.load.verdict import Findings
from tests.load.wish import Wish


@dataclass
class Outcome:
    wish: Wish
    findings: Findings = field(default_factory=Findings)
    flat: list[str] = field(default_factory=list)
    placed: int = 0
    errors_left: int = 0
    injected: Mapping[str, int] = field(default_factory=Counter)
    seconds: float = 0.0
    order_seconds: Sequence[float] = field(default_factory=list)
    first_hundred: float | None = None
    last_hundred: float | None = None
    memory: list[MemorySample] = field(default_factory=list)
    memory_before: float = 0.0
    memory_after: float = 0.0
    hundreds: list[Hundred] = field(default_factory=list)
    most_waiting: int = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    answer_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.findings.all() and not self.flat

    def report(self) -> dict[str, Any]:
        growth = growth_kib(self.memory)
        return {
            "ok": self.ok,
            "orders": self.placed,
            **self.findings.counts(),
            "errors_left": self.errors_left,
            "placed": "at once" if self.wish.per_minute is None else f"{self.wish.per_minute:g} a minute",
            "faults_seed": self.wish.faults,
            "faults_injected": sum(self.injected.values()),
            "by_fault": dict(self.injected),
            "seconds": round(self.seconds, 1),
            "orders_per_minute": round(60 * self.wish.orders / self.seconds, 1) if self.seconds else None,
            "seconds_per_store_order": percentiles(self.order_seconds) if self.order_seconds else None,
            "storage_calls_per_order": {"first": self.first_hundred, "last": self.last_hundred},
            "memory_mib": {
                "before": self.memory_before,
                "most": max((each.mib for each in self.memory), default=None),
                "after": self.memory_after,
                "growth_kib_per_order": None if growth is None else round(growth, 2),
            },
            "most_messages_waiting": self.most_waiting,
            "cpu_seconds": self.cpu_seconds,
            "answer_seconds": self.answer_seconds,
            "not_flat": self.flat,
            "harmed": self.findings.all(),
        }
