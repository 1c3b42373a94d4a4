"""Every plan of a small problem, by brute force: what the optimizer is measured against. Shares none of its code."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

Shipments = tuple[tuple[int, ...], ...]  # units of one order, by line and source
Score = tuple[int, ...]  # (-units, rank, shipments, metres, pieces), or shipments before rank


@dataclass(frozen=True)
class Rules:
    """What counts in one pass. `stock[product][source]` may leave; `ranks` and `open` are by source.

    `groups` are sources that together take so many lines more.
    """

    stock: tuple[tuple[int, ...], ...]
    open: tuple[bool, ...]
    ranks: tuple[int, ...] | None = None
    per_order: int = 99
    per_line: int = 99
    whole_orders: bool = False
    whole_lines: bool = True
    shipments_before_rank: bool = False
    groups: tuple[tuple[tuple[int, ...], int], ...] = ()


@dataclass(frozen=True)
class Small:
    """`orders[o]` are lines (product, quantity); what is `given` stays, and `fixed` (order, line) get no more."""

    orders: tuple[tuple[tuple[int, int], ...], ...]
    metres: tuple[int, ...]
    rules: Rules
    given: tuple[Shipments, ...] = ()
    fixed: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def before(self, order: int) -> Shipments:
        return self.given[order] if self.given else tuple((0,) * len(self.metres) for _ in self.orders[order])


def scores(small: Small) -> set[Score]:
    """Of what every possible plan adds to what is given."""
    known: dict[tuple[int, ...], set[Score]] = {
        _left(small, [small.before(o) for o in range(len(small.orders))]): {(0,) * 5}
    }
    for order in range(len(small.orders)):
        following: dict[tuple[int, ...], set[Score]] = {}
        steps = {(_use(small, order, plan), _added(small, order, plan)) for plan in plans_of(small, order)}
        for left, reached in known.items():
            for use, added in steps:
                rest = tuple(a - b for a, b in zip(left, use, strict=True))
                if min(rest) >= 0:
                    after = {tuple(a + b for a, b in zip(score, added, strict=True)) for score in reached}
                    following.setdefault(rest, set()).update(after)
        known = following
    return set().union(*known.values())


def score_of(small: Small, plans: list[Shipments]) -> Score:
    """Of plans that together break no rule."""
    assert all(plan in set(plans_of(small, order)) for order, plan in enumerate(plans)), plans
    assert min(_left(small, plans)) >= 0, plans
    added = [_added(small, order, plan) for order, plan in enumerate(plans)]
    return tuple(sum(goal) for goal in zip(*added, strict=True))


def plans_of(small: Small, order: int) -> Iterator[Shipments]:
    lines, before, rules = small.orders[order], small.before(order), small.rules
    ways = [list(_ways(small, order, line)) for line in range(len(lines))]
    for plan in product(*ways):
        used = sum(any(line[s] for line in plan) for s in range(len(small.metres)))
        shipped = sum(any(line[s] for line in before) for s in range(len(small.metres)))
        full = all(sum(line) == quantity for line, (_, quantity) in zip(plan, lines, strict=True))
        if (used <= rules.per_order or used == shipped) and (full or plan == before or not rules.whole_orders):
            yield plan


def _ways(small: Small, order: int, line: int) -> Iterator[tuple[int, ...]]:
    item, quantity = small.orders[order][line]
    before, rules = small.before(order)[line], small.rules
    yield before
    if (order, line) in small.fixed:
        return
    most = [units if rules.open[s] else 0 for s, units in enumerate(rules.stock[item])]
    for more in product(*(range(min(units, quantity) + 1) for units in most)):
        way = tuple(b + m for b, m in zip(before, more, strict=True))
        pieces, new = sum(u > 0 for u in way), any(u and not b for u, b in zip(way, before, strict=True))
        whole = sum(way) == quantity if rules.whole_lines else sum(way) <= quantity
        if any(more) and whole and (pieces <= rules.per_line or not new):
            yield way


def _use(small: Small, order: int, plan: Shipments) -> tuple[int, ...]:
    """Units by cell, then lines by group, that a plan takes in addition to what is given."""
    cells = [[0] * len(small.metres) for _ in small.rules.stock]
    lines = [0] * len(small.metres)
    for (item, _), line, had in zip(small.orders[order], plan, small.before(order), strict=True):
        for source, units in enumerate(line):
            cells[item][source] += units - had[source]
            lines[source] += units > 0 and not had[source]
    groups = [sum(lines[source] for source in members) for members, _ in small.rules.groups]
    return (*(units for row in cells for units in row), *groups)


def _left(small: Small, plans: list[Shipments]) -> tuple[int, ...]:
    """What `rules` say is there, less what is added to what is given."""
    there = (*(units for row in small.rules.stock for units in row), *(limit for _, limit in small.rules.groups))
    for order, plan in enumerate(plans):
        there = tuple(a - b for a, b in zip(there, _use(small, order, plan), strict=True))
    return there


def _added(small: Small, order: int, plan: Shipments) -> Score:
    after, before = _score(small, plan), _score(small, small.before(order))
    return tuple(a - b for a, b in zip(after, before, strict=True))


def _score(small: Small, plan: Shipments) -> Score:
    units = rank = shipments = metres = pieces = 0
    for source, away in enumerate(small.metres):
        here = [line[source] for line in plan]
        units += sum(here)
        rank += sum(here) * (small.rules.ranks[source] if small.rules.ranks else 0)
        shipments += any(here)
        metres += away if any(here) else 0
        pieces += sum(u > 0 for u in here)
    middle = (shipments, rank) if small.rules.shipments_before_rank else (rank, shipments)
    return (-units, *middle, metres, pieces)
