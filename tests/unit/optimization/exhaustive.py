"""Every plan of a small problem, by brute force: what the optimizer is measured against. Shares none of its code."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

Shipment = tuple[tuple[int, ...], ...]  # units by line and source


@dataclass(frozen=True)
class Small:
    """`orders[o]` are lines (product, quantity); `stock[product][source]`, `metres` and `ranks` by source."""

    orders: tuple[tuple[tuple[int, int], ...], ...]
    stock: tuple[tuple[int, ...], ...]
    metres: tuple[int, ...]
    ranks: tuple[int, ...] | None = None
    per_order: int = 99
    per_line: int = 99
    whole_orders: bool = False
    whole_lines: bool = True
    shipments_before_rank: bool = False
    lines_a_day: int = 99


def best_score(small: Small) -> tuple[int, ...]:
    """(-units, rank, shipments, metres, pieces), or shipments before rank."""
    plans = [list(_plans_of(small, order)) for order in small.orders]
    return min(_score(small, plan) for plan in product(*plans) if _fits(small, plan))


def _plans_of(small: Small, order: tuple[tuple[int, int], ...]) -> Iterator[Shipment]:
    for shipment in product(*(_ways(small, small.stock[item], quantity) for item, quantity in order)):
        used = sum(any(line[s] for line in shipment) for s in range(len(small.metres)))
        full = all(sum(line) == quantity for line, (_, quantity) in zip(shipment, order, strict=True))
        if used <= small.per_order and (full or not used or not small.whole_orders):
            yield shipment


def _ways(small: Small, stock: tuple[int, ...], quantity: int) -> Iterator[tuple[int, ...]]:
    for line in product(*(range(min(units, quantity) + 1) for units in stock)):
        pieces = sum(units > 0 for units in line)
        whole = sum(line) in (0, quantity) if small.whole_lines else sum(line) <= quantity
        if pieces <= small.per_line and whole:
            yield line


def _fits(small: Small, plan: tuple[Shipment, ...]) -> bool:
    taken = [[0] * len(row) for row in small.stock]
    lines = [0] * len(small.metres)
    for order, shipment in zip(small.orders, plan, strict=True):
        for (item, _), line in zip(order, shipment, strict=True):
            for source, units in enumerate(line):
                taken[item][source] += units
                lines[source] += units > 0
    within = all(t <= s for row, stock in zip(taken, small.stock, strict=True) for t, s in zip(row, stock, strict=True))
    return within and max(lines) <= small.lines_a_day


def _score(small: Small, plan: tuple[Shipment, ...]) -> tuple[int, ...]:
    units = rank = shipments = metres = pieces = 0
    for shipment in plan:
        for source, away in enumerate(small.metres):
            here = [line[source] for line in shipment]
            units += sum(here)
            rank += sum(here) * (small.ranks[source] if small.ranks else 0)
            shipments += any(here)
            metres += away if any(here) else 0
            pieces += sum(u > 0 for u in here)
    middle = (shipments, rank) if small.shipments_before_rank else (rank, shipments)
    return (-units, *middle, metres, pieces)
