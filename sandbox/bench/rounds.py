"""Plays a scenario round by round and measures what its orders cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.bench.meter import Meter, Used
from sandbox.bench.orders import Count, Orders
from sandbox.bench.outside import NotCompleted, Outside, until
from sandbox.bench.scenarios import Scenario

# The jobs that ask the outside systems what may have been missed, and find again what callbacks have told.
SWEEPS = (
    "pull_bigcommerce_orders",
    "pull_dataverse_changes",
    "pull_flexe_orders",
    "pull_sap_billing_documents",
)


@dataclass
class Costs:
    """What the orders of one scenario have used, and what finding them again by sweeps has."""

    work: Used = field(default_factory=Used)
    found_again: Used = field(default_factory=Used)

    def report(self, orders: int) -> dict[str, Any]:
        return {"orders": orders, **self.work.per_order(orders), "found_again": self._found_again()}

    def _found_again(self) -> dict[str, Any]:
        """What handling one message costs that a sweep has put into a queue though a callback had told of it."""
        messages = self.found_again.messages.total()
        if not messages:
            return {"messages": 0}
        each = self.found_again.per("message", messages)
        counted = (
            "executions_per_message",
            "storage_calls_per_message",
            "service_bus_operations_per_message",
            "durable_per_message",
        )
        return {"messages": messages, **{name: each[name] for name in counted if name in each}}


async def run_jobs(outside: Outside, meter: Meter, jobs: Sequence[str]) -> Used:
    """What one run of each of the jobs uses, and all that follows from it."""
    before, runs = await meter.read(), (await meter.host())["invocations"]
    for job in jobs:
        await outside.run_job(job)

    async def have_begun() -> bool:
        now = (await meter.host())["invocations"]
        return all(now.get(job, 0) > runs.get(job, 0) for job in jobs)

    await until(have_begun, f"{', '.join(jobs)} begin")
    await meter.at_rest(outside)
    return (await meter.read()) - before


async def play(scenario: Scenario, orders: Orders, meter: Meter, idle_jobs: Mapping[str, Used]) -> Costs:
    """Every round, and after each one pass of each sweep; `idle_jobs` is what a pass uses that finds nothing."""
    outside, costs = orders.outside, Costs()
    passes = sum((idle_jobs[job] for job in SWEEPS), start=Used())
    if scenario.before:
        await scenario.before(orders)
    for each in scenario.rounds:
        before = await meter.read()
        await each.act(orders)
        if each.shows:
            await _shown_of_all(each.shows, orders, scenario.name)
        await meter.at_rest(outside)
        costs.work += (await meter.read()) - before
        costs.found_again += (await run_jobs(outside, meter, SWEEPS)) - passes
    await check_the_app_agrees(orders)
    await meter.at_rest(outside)
    return costs


async def check_the_app_agrees(orders: Orders) -> None:
    """Raises NotCompleted unless every order is Completed there as well."""
    for number in orders.numbers:
        found = await orders.outside.orders_in_the_app(orders.source, orders.external_id(number))
        if [order["state"] for order in found] != ["Completed"]:
            raise NotCompleted(f"order {number} has gone all its way outside, and in the app it is {found}")


async def _shown_of_all(shows: Count, orders: Orders, scenario: str) -> None:
    async def shown() -> bool:
        return await shows(orders) == len(orders)

    await until(shown, f"{scenario}: the outside systems show a step of all {len(orders)} orders")
