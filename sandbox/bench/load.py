"""Many orders at once from the shop to Completed, the outside world acting as soon as it can."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.bench.orders import COMPLETED, Orders, place
from sandbox.bench.outside import until
from sandbox.systems.bigcommerce import samples


@dataclass(frozen=True)
class Journey:
    """One order, from the moment the shop made its callback to the moment it was told of the completion."""

    number: int
    placed: datetime
    completed: datetime

    @property
    def seconds(self) -> float:
        return (self.completed - self.placed).total_seconds()


class Rush:
    """The shop and the warehouse. Looks ten times a second, at each system once, whatever the number of orders."""

    def __init__(self, orders: Orders) -> None:
        self._orders, self._outside = orders, orders.outside
        self._done: set[tuple[str, str]] = set()
        self._completed: dict[int, datetime] = {}

    async def follow(self) -> list[Journey]:
        """Places the orders at once and acts until the shop was told that all are completed. Raises NotCompleted."""
        placed = datetime.now(UTC)
        await place(channel=1)(self._orders)
        await until(self._all_completed, f"all {len(self._orders)} orders are completed")
        return [Journey(number, placed, at) for number, at in self._completed.items()]

    async def _all_completed(self) -> bool:
        self._completed = {
            effect["order_id"]: datetime.fromisoformat(effect["at"])
            for effect in await self._outside.effects("bigcommerce", "order_updated")
            if effect.get("status_id") == COMPLETED and effect["order_id"] in self._orders.numbers
        }
        if len(self._completed) < len(self._orders):
            await self._act()
        return len(self._completed) == len(self._orders)

    async def _act(self) -> None:
        """Each order one step further: picked when all of it is in F&O, then packed, invoiced when it was shipped."""
        shipments = await self._outside.effects("bigcommerce", "shipment_created")
        shipped = {str(effect["order_id"]) for effect in shipments}
        orders = (await self._outside.get("finops", "orders"))["orders"]
        steps = [(order["number"], step) for order in orders if (step := next_step(order, shipped))]
        fresh = [step for step in steps if step not in self._done]
        self._done.update(fresh)
        await asyncio.gather(*(self._outside.post("finops", f"orders/{number}/{step}") for number, step in fresh))


def next_step(order: dict[str, Any], shipped: set[str]) -> str | None:
    """What the warehouse or the office would do next with an F&O order; None when it is somebody else's turn."""
    lines, external_id = order["lines"], order["number"].removeprefix("BC-")
    if len(lines) < len(samples.TWO_LINES):
        return None
    if all(line["invoiced"] for line in lines):
        return None
    if all(line["delivered"] for line in lines):
        return "invoice" if external_id in shipped else None
    return "pack" if all(line["picked"] for line in lines) else "pick"


def pace(journeys: Sequence[Journey]) -> dict[str, Any]:
    """Seconds count from the shop's callback until it was told that the order is completed."""
    first, last = min(each.placed for each in journeys), max(each.completed for each in journeys)
    return {
        "orders_per_minute": round(60 * len(journeys) / (last - first).total_seconds(), 1),
        "seconds_per_order": percentiles([each.seconds for each in journeys]),
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p99, by interpolation; of a single value, that value."""
    cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else list(values) * 99
    return {"p50": round(cuts[49], 3), "p99": round(cuts[98], 3)}
