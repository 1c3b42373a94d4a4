"""One run: a hundred orders in an empty store, then the load with its faults, then a hundred again; and the judgement.

The first and the last hundred meet no faults and no sweeps, so that what an order takes of storage is counted alike.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count, cycle, islice
from typing import Any

import httpx
import psutil

from sandbox.bench import idle
from sandbox.bench.meter import Meter
from sandbox.bench.orders import Orders, fill_the_shelves
from sandbox.bench.outside import Outside
from sandbox.bench.rounds import SWEEPS, run_jobs
from sandbox.stack import Sandbox
from tests.load import faults
from tests.load.outcome import Outcome
from tests.load.people import People, all_gone
from tests.load.received import Ledger
from tests.load.samples import CpuSeconds, Watch, growth_kib, memory_mib, storage_calls
from tests.load.scripts import SCRIPTS, Order, Script
from tests.load.verdict import ENDED, judge, too_much
from tests.load.wish import Wish

FIRST_NUMBER = 100_001
_QUESTIONS_AT_ONCE = 8
_SETTLING_SECONDS = 120.0


class Load:
    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, wish: Wish) -> None:
        self._sandbox, self._http, self._wish = sandbox, http, wish
        self._outside, self._meter = Outside(sandbox, http), Meter(sandbox, http)
        self._ledger = Ledger(self._outside)
        self._people = People(self._outside, self._ledger)
        self._app = psutil.Process(sandbox.pids["app"])
        self._numbers = count(FIRST_NUMBER)

    async def run(self) -> Outcome:
        outcome = Outcome(self._wish)
        await self._warm_up()
        outcome.memory_before = memory_mib(self._app)
        outcome.first_hundred = await self._cost_of(self._wish.probe)
        await self._under_load(outcome)
        outcome.last_hundred = await self._cost_of(self._wish.probe)
        orders = list(self._people.orders.values())
        in_the_app = await self._settled(orders)
        await self._ledger.catch_up()
        outcome.findings = judge(orders, in_the_app, self._ledger)
        outcome.memory_after = memory_mib(self._app)
        outcome.placed = len(orders)
        outcome.flat = too_much(growth_kib(outcome.memory), outcome.first_hundred, outcome.last_hundred)
        outcome.errors_left = len((await self._asked("errors", outcome))["errors"])
        for question in ("orders?limit=50", "orders?limit=50&state=open"):
            await self._asked(question, outcome)
        return outcome

    async def _asked(self, question: str, outcome: Outcome) -> dict[str, Any]:
        """As an operator asks, with all orders of the run in the store."""
        began = time.monotonic()
        answer = await self._http.get(f"{self._sandbox.app_url}/api/{question}")
        outcome.answer_seconds[question] = round(time.monotonic() - began, 2)
        return answer.raise_for_status().json()

    async def _warm_up(self) -> None:
        """Connections, tokens, reference rows, and the first run of each job."""
        await fill_the_shelves(Orders(self._outside, ()))
        await all_gone(self._people, self._arrivals(len(self._wish.scenarios), None), self._wish.minutes)
        await self._meter.at_rest(self._outside)
        await run_jobs(self._outside, self._meter, idle.JOBS)

    async def _cost_of(self, orders: int) -> float | None:
        """Storage calls for each of so many orders, placed at once, with the app at rest before and after.

        None where nothing is to be counted, or nothing can: orders before them have got stuck.
        """
        if not orders or self._people.gone < len(self._people.orders):
            return None
        await self._meter.at_rest(self._outside)
        before = await self._meter.read()
        await all_gone(self._people, self._arrivals(orders, None), self._wish.minutes)
        await self._meter.at_rest(self._outside)
        return round(storage_calls((await self._meter.read()) - before) / orders, 2)

    async def _under_load(self, outcome: Outcome) -> None:
        seed, already = self._wish.faults, len(self._people.orders)
        if seed is not None:
            await faults.arm(self._outside, seed)
        cpu = CpuSeconds.read(self._sandbox)
        watch = Watch(self._meter, self._app, self._people, await self._meter.read())
        async with self._jobs_now_and_then():
            arrivals = self._arrivals(self._wish.orders, self._wish.per_minute)
            await self._people.follow(arrivals, self._wish.minutes, watch.look)
        outcome.seconds = watch.seconds
        await self._meter.at_rest(self._outside)
        outcome.cpu_seconds = CpuSeconds.read(self._sandbox).since(cpu)
        if seed is not None:
            outcome.injected = await faults.disarm(self._outside)
        outcome.memory, outcome.hundreds, outcome.most_waiting = watch.memory, watch.hundreds, watch.most_waiting
        loaded = list(self._people.orders.values())[already:]
        outcome.order_seconds = [order.seconds for order in loaded if order.seconds is not None]

    def _arrivals(self, orders: int, per_minute: float | None) -> Iterator[tuple[float, int, Script]]:
        """Scenarios in turn."""
        scripts = islice(cycle(SCRIPTS[name] for name in self._wish.scenarios), orders)
        for n, script in enumerate(scripts):
            yield (60 * n / per_minute if per_minute else 0.0), next(self._numbers), script

    @asynccontextmanager
    async def _jobs_now_and_then(self) -> AsyncIterator[None]:
        async def jobs() -> None:
            while True:
                await asyncio.sleep(self._wish.jobs_every_seconds)
                for job in idle.JOBS:
                    await self._outside.run_job(job)

        running = asyncio.create_task(jobs())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _settled(self, orders: Sequence[Order]) -> dict[int, list[dict[str, Any]]]:
        """What the app has of every order, once it has heard by its sweeps what callbacks have not told."""
        deadline = time.monotonic() + _SETTLING_SECONDS
        found: dict[int, list[dict[str, Any]]] = {}
        open_still = list(orders)
        while True:
            await run_jobs(self._outside, self._meter, SWEEPS)
            found |= await self._in_the_app(open_still)
            open_still = [order for order in open_still if not _has_ended(found[order.number])]
            if not open_still or time.monotonic() > deadline:
                return found

    async def _in_the_app(self, orders: Sequence[Order]) -> dict[int, list[dict[str, Any]]]:
        few = asyncio.Semaphore(_QUESTIONS_AT_ONCE)

        async def ask(order: Order) -> list[dict[str, Any]]:
            async with few:
                return await self._outside.orders_in_the_app(order.script.source, order.external_id)

        answers = await asyncio.gather(*map(ask, orders))
        return {order.number: answer for order, answer in zip(orders, answers, strict=True)}


def _has_ended(found: Sequence[Mapping[str, Any]]) -> bool:
    return [(each["state"], each["state_reason"]) for each in found] == [ENDED]
