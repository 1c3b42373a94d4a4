"""Shoppers, clerks, warehouses and offices: they place orders and act on each as soon as it is their turn."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from sandbox.bench.outside import LOOK_SECONDS, NotCompleted, Outside
from tests.load.received import Ledger
from tests.load.scripts import Order, Script

Look = Callable[[], Awaitable[None]]


class People:
    """`gone`: how many of their `orders` have gone all their way, as far as it shows outside."""

    def __init__(self, outside: Outside, ledger: Ledger) -> None:
        self._outside, self._ledger = outside, ledger
        self.orders: dict[int, Order] = {}
        self.gone = 0
        self._under_way: dict[int, Order] = {}

    async def place(self, number: int, script: Script) -> None:
        order = Order(number, script, self._ledger.of(number), datetime.now(UTC))
        self.orders[number] = order
        await script.begin(self._outside, order)
        self._under_way[number] = order

    async def act(self) -> None:
        """One turn of every order whose cue has come."""
        await self._ledger.catch_up()
        mine = [order for order in self._under_way.values() if order.turns < len(order.script.turns)]
        due = [order for order in mine if order.script.turns[order.turns].cue(order.received)]
        await asyncio.gather(*map(self._take_turn, due))
        for order in [each for each in self._under_way.values() if each.has_gone_all_its_way]:
            del self._under_way[order.number]
            self.gone += 1

    async def follow(self, arrivals: Iterable[tuple[float, int, Script]], minutes: float, look: Look) -> None:
        """Places orders as they arrive, each so many seconds from now, and acts until all have gone their way.

        Those that have not by then are left where they are. `look` is called after each turn.
        """
        began = time.monotonic()
        placing = asyncio.gather(*(self._place_at(began + after, number, script) for after, number, script in arrivals))
        try:
            while not placing.done() or self._under_way:
                await self.act()
                await look()
                if time.monotonic() - began > minutes * 60:
                    return
                await asyncio.sleep(LOOK_SECONDS)
            await placing
        finally:
            placing.cancel()

    async def _place_at(self, due: float, number: int, script: Script) -> None:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await self.place(number, script)

    async def _take_turn(self, order: Order) -> None:
        await order.script.turns[order.turns].deed(self._outside, order)
        order.turns += 1


async def all_gone(people: People, arrivals: Iterable[tuple[float, int, Script]], minutes: float) -> None:
    """Follows orders that must all get through. Raises NotCompleted when one has not."""
    await people.follow(arrivals, minutes, _looking_at_nothing)
    if people.gone < len(people.orders):
        raise NotCompleted(f"{len(people.orders) - people.gone} orders have not gone all their way")


async def _looking_at_nothing() -> None:
    pass
