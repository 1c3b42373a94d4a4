"""How few shipments any good plans of a batch can have: scarce stock is priced instead of rationed (Lagrange).

Whatever the prices, no plans cost less than the cheapest plan of every order does, less what all the stock would fetch.
"""

from dataclasses import dataclass

from shared.optimization.deadline import Deadline
from shared.optimization.demand import Demand
from shared.optimization.jobs import Job, Supply
from shared.optimization.pricing import SHIPMENT, Offer, PricedOrder, Prices

_PATIENCE = 4  # rounds without a better bound, after which prices move in shorter steps


@dataclass(frozen=True, slots=True)
class Asked:
    """What the plans a bound speaks of have in common: so many units at least, ranks in sum at most (None: any)."""

    units: int
    rank: int | None


class Relaxation:
    """One row a scarce cell, capacity group, short item, and one for ranks. A row's use is limited and has a price."""

    def __init__(self, jobs: list[Job], supply: Supply, demand: Demand, asked: Asked) -> None:
        self.asked = asked
        spare = demand.most_units - asked.units
        self._items = len(supply.stock)
        least = {item: max(0, most - spare) for item, most in demand.most.items()}
        self._supply = supply
        self.orders = [PricedOrder(job, supply, _least(job, demand, least)) for job in jobs]
        self.out_of_time = False
        self._best = 0
        self._limits: list[int] = []
        self._prices: list[int] = []
        self._weights: list[int] = []
        self._cells = {cell: self._row(supply.stock[cell[0]][cell[1]]) for cell in demand.scarce}
        self._groups = [self._row(room) for room in supply.room]
        self._worth = {
            item: self._row(-units, price=SHIPMENT * demand.lines[item] // demand.wanted[item])
            for item, units in least.items()
            if 0 < units < demand.wanted[item]
        }
        self._rank = None if asked.rank is None else self._row(asked.rank, weight=len(jobs))

    def _row(self, limit: int, *, price: int = 0, weight: int = 1) -> int:
        self._limits.append(limit)
        self._prices.append(price)
        self._weights.append(weight)
        return len(self._limits) - 1

    @property
    def shipments(self) -> int:
        """No plans of the kind asked for have fewer."""
        return -(-self._best // SHIPMENT)

    @property
    def stock_prices(self) -> list[list[int]]:
        """By item and source, what a unit is worth to the orders."""
        prices = [[0] * len(row) for row in self._supply.stock]
        for (item, source), row in self._cells.items():
            prices[item][source] = self._prices[row]
        return prices

    def improve(self, known: int, rounds: int, deadline: Deadline) -> None:
        """`known`: shipments of some plans; nothing better is looked for once the bound has come up to it."""
        length, fruitless = 1.0, 0
        for _ in range(rounds):
            priced = self._priced()
            if priced is None:
                return
            cost, taken = priced
            fruitless = 0 if cost > self._best else fruitless + 1
            self._best = max(self._best, cost)
            if fruitless == _PATIENCE:
                length, fruitless = length / 2, 0
            if self._best > (known - 1) * SHIPMENT:
                return
            if deadline.passed():
                self.out_of_time = True
                return
            self._move(taken, length * (known * SHIPMENT - cost))

    def _priced(self) -> tuple[int, list[Offer]] | None:
        """None: some order cannot have its part of what is asked for, so there are no such plans to speak of."""
        prices = self._price_list()
        cost, taken = 0, []
        for order in self.orders:
            found = order.cheapest(prices)
            if found is None:
                return None
            cost += found[0]
            taken += found[1]
        return cost - sum(price * limit for price, limit in zip(self._prices, self._limits, strict=True)), taken

    def _price_list(self) -> Prices:
        sources = range(len(self._supply.stock[0]))
        unit = [
            [0 if row is None else -self._prices[row]] * len(sources)
            for row in map(self._worth.get, range(self._items))
        ]
        for (item, source), row in self._cells.items():
            unit[item][source] += self._prices[row]
        groups = self._supply.groups
        piece = [
            sum(self._prices[self._groups[group]] for group in groups[source]) if groups else 0 for source in sources
        ]
        return Prices(unit, 0 if self._rank is None else self._prices[self._rank], piece)

    def _move(self, taken: list[Offer], missing: float) -> None:
        """Dearer where too much is taken, cheaper where something is left."""
        over = [-limit for limit in self._limits]
        for offer in taken:
            self._count(offer, over)
        pull = [excess if excess > 0 or price else 0 for excess, price in zip(over, self._prices, strict=True)]
        length = sum(each * each / weight for each, weight in zip(pull, self._weights, strict=True))
        if not length:
            return
        for row, each in enumerate(pull):
            self._prices[row] = max(0, self._prices[row] + round(missing * each / (length * self._weights[row])))

    def _count(self, offer: Offer, over: list[int]) -> None:
        cell, worth = self._cells.get((offer.item, offer.source)), self._worth.get(offer.item)
        if cell is not None:
            over[cell] += offer.most
        if worth is not None:
            over[worth] -= offer.most
        if self._rank is not None:
            over[self._rank] += offer.rank * offer.most
        if offer.piece and self._groups:
            for group in self._supply.groups[offer.source]:
                over[self._groups[group]] += 1


def _least(job: Job, demand: Demand, least: dict[int, int]) -> list[int]:
    """Units each want of an order gets where so much of its item goes out that others cannot make up for it."""
    units = [max(0, least[want.item] - (demand.wanted[want.item] - want.quantity)) for want in job.wants]
    if job.limits.whole_lines:
        return [want.quantity if some else 0 for want, some in zip(job.wants, units, strict=True)]
    return units
