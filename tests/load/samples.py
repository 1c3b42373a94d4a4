"""What is looked at again and again while orders run: the app's memory, and the storage calls of each hundred."""

import time
from dataclasses import dataclass, field
from statistics import linear_regression

import psutil

from sandbox.bench.meter import Meter, Used
from sandbox.stack import Sandbox
from tests.load.people import People

HUNDRED = 100
ENOUGH = 500  # orders, to tell growth from the filling of pools and caches
_MEMORY_SECONDS = 1.0


@dataclass(frozen=True)
class MemorySample:
    seconds: float
    gone: int  # orders that had gone all their way
    mib: float


@dataclass(frozen=True)
class Hundred:
    """When so many orders had gone all their way; `storage_calls` since the hundred before, for each order."""

    gone: int
    seconds: float
    storage_calls: float
    memory_mib: float


def storage_calls(used: Used) -> int:
    """Looks into empty queues are in none of these."""
    return used.app.total() + used.triggers.total() + used.bundled_host.total()


def growth_kib(samples: list[MemorySample]) -> float | None:
    """KiB that memory has grown by for each order, over the second half of the orders; None when there are too few.

    In the first half pools, caches and threads fill.
    """
    most = max((each.gone for each in samples), default=0)
    late = [each for each in samples if 2 * each.gone >= most]
    if most < ENOUGH or len({each.gone for each in late}) < 2:
        return None
    return 1024 * linear_regression([each.gone for each in late], [each.mib for each in late]).slope


@dataclass
class Watch:
    """Looks at each turn that people take, when it is time. `used`: what was used before the first order."""

    meter: Meter
    app: psutil.Process
    people: People
    used: Used
    began: float = field(default_factory=time.monotonic)
    memory: list[MemorySample] = field(default_factory=list)
    hundreds: list[Hundred] = field(default_factory=list)
    most_waiting: int = 0
    _counted: int = field(init=False)

    def __post_init__(self) -> None:
        self._before = self._counted = self.people.gone

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    async def look(self) -> None:
        self._sample_memory()
        if self.people.gone - self._counted >= HUNDRED:
            await self._count_hundred()

    def _sample_memory(self) -> None:
        if self.memory and self.seconds - self.memory[-1].seconds < _MEMORY_SECONDS:
            return
        self.memory.append(MemorySample(self.seconds, self.people.gone - self._before, memory_mib(self.app)))
        self.most_waiting = max(self.most_waiting, self.meter.storage.messages_waiting())

    async def _count_hundred(self) -> None:
        """The app is at work: a few calls more or less are in each."""
        used, gone = await self.meter.read(), self.people.gone
        calls = storage_calls(used - self.used) / (gone - self._counted)
        memory = memory_mib(self.app)
        self.hundreds.append(Hundred(gone - self._before, round(self.seconds, 1), round(calls, 2), memory))
        self.used, self._counted = used, gone


def memory_mib(process: psutil.Process) -> float:
    return round(process.memory_info().rss / 2**20, 1)


@dataclass(frozen=True)
class CpuSeconds:
    """Of every process, to tell who was at the limit."""

    of: dict[str, float]

    @classmethod
    def read(cls, sandbox: Sandbox) -> "CpuSeconds":
        processes = {name: psutil.Process(pid) for name, pid in sandbox.pids.items()} | {"people": psutil.Process()}
        times = {name: process.cpu_times() for name, process in processes.items()}
        return cls({name: each.user + each.system for name, each in times.items()})

    def since(self, before: "CpuSeconds") -> dict[str, float]:
        return {name: round(seconds - before.of[name], 1) for name, seconds in self.of.items()}
