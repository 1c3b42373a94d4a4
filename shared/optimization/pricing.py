"""The cheapest plan of one order where stock has a price: never dearer than any true plan of that order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from shared.optimization.jobs import Job, Supply, Want

SHIPMENT = 1 << 20  # what a shipment costs; prices are whole numbers, so a bound is the same on every machine
_STATES = 128  # amounts told apart in an order, all its lines together
_NEVER = SHIPMENT << 60


@dataclass(slots=True)
class Prices:
    """`unit` by item and source: what a unit costs there, less what it is worth; `rank` comes on top, times its rank.

    `piece` by source: what one more line costs there.
    """

    unit: list[list[int]]
    rank: int
    piece: list[int]


class Offer(NamedTuple):
    """`least` to `most` units of a source for a want; `code` is how far they fill the order."""

    code: int
    want: int
    item: int
    source: int
    rank: int
    piece: bool
    least: int
    most: int


Load = tuple[Offer, ...]  # what leaves one source: at most one offer for each want


class PricedOrder:
    """Keeps whole lines, whole orders and least amounts, and lets go the limits on sources, which only helps the order.

    Lines are filled step by step; a state is the mixed-radix number of the steps they have reached. Where a line has
    more units than steps, what a source gives is rounded up, and all the line's units are worth what the best one is.
    """

    def __init__(self, job: Job, supply: Supply, least: list[int]) -> None:
        """`least`: units each want gets in every plan that matters."""
        self._steps = _steps(job.wants)
        self._wants = job.wants
        rows = [supply.row(job, want) for want in job.wants]
        self._sources = [
            (0 if job.before >> p & 1 else SHIPMENT, _loads(job, p, self._steps, units))
            for p, units in enumerate(zip(*rows, strict=True))
            if any(units)
        ]
        rounded = [number for number, want in enumerate(job.wants) if self._steps[number] < want.quantity]
        self._rounded = [(number, _cells(job, number, rows[number])) for number in rounded]
        self._ends = list(_ends(job, self._steps, least))

    @property
    def exact(self) -> bool:
        """Whether every line is filled unit by unit."""
        return not self._rounded

    def cheapest(self, prices: Prices, stock: list[list[int]] | None = None) -> tuple[int, list[Offer]] | None:
        """The cost of the cheapest plan, and what it takes; no more of any load than is left in `stock`, if given."""
        floors = self._floors(prices)
        costs, loads = self._cheapest_loads(prices, floors, stock)
        states, first = [0], [0]
        for splits in _splits(self._steps):
            best, chosen = _NEVER, 0
            for code, rest in splits:
                cost = costs[code] + states[rest]
                if cost < best:
                    best, chosen = cost, code
            states.append(best)
            first.append(chosen)
        if self._rounded:
            cost, end = min((states[end] + self._worth(filled, floors), end) for end, filled in self._ends)
        else:
            cost, end = min((states[end], end) for end, _ in self._ends)
        if cost >= _NEVER // 2:
            return None
        taken: list[Offer] = []
        while end:
            taken += loads[first[end]]
            end -= first[end]
        return cost, taken

    def _floors(self, prices: Prices) -> list[int]:
        """By want, what its cheapest unit costs if that is less than nothing and the want is rounded, else 0."""
        floors = [0] * len(self._wants)
        for number, cells in self._rounded:
            units = (prices.unit[item][source] + prices.rank * rank for item, source, rank in cells)
            floors[number] = min(0, *units) if cells else 0
        return floors

    def _worth(self, filled: tuple[bool, ...], floors: list[int]) -> int:
        return sum(floors[number] * self._wants[number].quantity for number, _ in self._rounded if filled[number])

    def _cheapest_loads(
        self, prices: Prices, floors: list[int], stock: list[list[int]] | None
    ) -> tuple[list[int], list[Load]]:
        """By code, the cheapest load and its cost."""
        count = prod(steps + 1 for steps in self._steps)
        costs: list[int] = [_NEVER] * count
        cheapest: list[Load] = [()] * count
        unit, rank, piece = prices.unit, prices.rank, prices.piece
        for opening, loads in self._sources:
            for load in loads:
                code, cost = 0, opening
                for offer in load:
                    if stock is not None and stock[offer.item][offer.source] < offer.least:
                        break
                    each = unit[offer.item][offer.source] + rank * offer.rank - floors[offer.want]
                    cost += each * offer.least
                    if offer.piece:
                        cost += piece[offer.source]
                    code += offer.code
                else:
                    if cost < costs[code]:
                        costs[code], cheapest[code] = cost, load
        return costs, cheapest


def _steps(wants: tuple[Want, ...]) -> tuple[int, ...]:
    """One step a unit; fewer, down to none, for the longest lines of an order with too many states."""
    steps = [want.quantity for want in wants]
    while prod(each + 1 for each in steps) > _STATES:
        longest = max(range(len(steps)), key=lambda number: (steps[number], number))
        steps[longest] //= 2
    return tuple(steps)


def _codes(steps: tuple[int, ...]) -> list[int]:
    return [prod(each + 1 for each in steps[:number]) for number in range(len(steps))]


def _cells(job: Job, number: int, row: list[int]) -> list[tuple[int, int, int]]:
    """(item, source, rank) of every place that has some of a want."""
    want = job.wants[number]
    ranks = want.ranks or (0,) * len(row)
    return [(want.item, job.sources[p], ranks[p]) for p, units in enumerate(row) if units]


def _loads(job: Job, p: int, steps: tuple[int, ...], units: tuple[int, ...]) -> list[Load]:
    """Everything that may leave the source at position `p`, of which the wants can have `units` there."""
    codes = _codes(steps)
    choices = [
        [None, *_offers(job, number, p, [codes[number] * step for step in range(steps[number] + 1)], units[number])]
        for number in range(len(job.wants))
    ]
    loads = (tuple(offer for offer in load if offer is not None) for load in product(*choices))
    return [load for load in loads if load]


def _offers(job: Job, number: int, p: int, codes: list[int], units: int) -> Iterator[Offer]:
    """`codes`: by step of the want."""
    want, steps = job.wants[number], len(codes) - 1
    rank = want.ranks[p] if want.ranks else 0
    for step in range(1, steps + 1):
        least, most = (step - 1) * want.quantity // steps + 1, step * want.quantity // steps
        if least > units:
            return
        piece = not want.before >> p & 1
        yield Offer(codes[step], number, want.item, job.sources[p], rank, piece, least, min(most, units))


def _ends(job: Job, steps: tuple[int, ...], least: list[int]) -> Iterator[tuple[int, tuple[bool, ...]]]:
    """States an order may be left in, and which of its lines are filled then; those without steps always may be."""
    codes = _codes(steps)
    if job.limits.whole_orders:
        if not any(least):
            yield 0, (False,) * len(steps)
        yield sum(code * each for code, each in zip(codes, steps, strict=True)), (True,) * len(steps)
        return
    choices: list[Iterable[int]] = []
    for want, most, units in zip(job.wants, steps, least, strict=True):
        needed = -(-units * most // want.quantity)
        choices.append({0 if not units else most, most} if job.limits.whole_lines else range(needed, most + 1))
    for end in product(*choices):
        code = sum(code * each for code, each in zip(codes, end, strict=True))
        yield code, tuple(reached > 0 or not most for reached, most in zip(end, steps, strict=True))


@lru_cache(maxsize=64)  # orders are much alike
def _splits(steps: tuple[int, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each state but the first: the loads that may serve the first of its lines, with the state before them."""
    codes = _codes(steps)
    found: list[tuple[tuple[int, int], ...]] = []
    for state in range(1, prod(each + 1 for each in steps)):
        reached = [state // code % (most + 1) for code, most in zip(codes, steps, strict=True)]
        first = next(number for number, each in enumerate(reached) if each)
        loads = product(*(range(number == first, each + 1) for number, each in enumerate(reached)))
        sums = [sum(code * each for code, each in zip(codes, load, strict=True)) for load in loads]
        found.append(tuple((code, state - code) for code in sums))
    return tuple(found)
