"""What all orders of a group want together and what there is for them: bounds on units and ranks."""

from collections import defaultdict

from shared.optimization.jobs import Job, Supply

Cell = tuple[int, int]  # (item, source)
_EXACT = 1 << 16  # units of one item up to which it is asked what sums whole lines have


class Demand:
    """By item: `wanted` units in so many `lines`, `most` of them may be had. `scarce` cells may run out."""

    def __init__(self, jobs: list[Job], supply: Supply) -> None:
        within_reach: dict[Cell, int] = defaultdict(int)
        self._ranks: dict[Cell, int] = {}
        lines: dict[int, list[int]] = defaultdict(list)
        for job in jobs:
            for want in job.wants:
                lines[want.item].append(want.quantity)
                for p, units in enumerate(supply.row(job, want)):
                    if units:
                        cell = want.item, job.sources[p]
                        within_reach[cell] += units
                        self._ranks[cell] = want.ranks[p] if want.ranks else 0
        self._there = {
            (item, source): min(units, supply.stock[item][source]) for (item, source), units in within_reach.items()
        }
        self.scarce = sorted(cell for cell, units in within_reach.items() if units > self._there[cell])
        self.lines = {item: len(quantities) for item, quantities in lines.items()}
        self.wanted = {item: sum(quantities) for item, quantities in lines.items()}
        available: dict[int, int] = defaultdict(int)
        for (item, _), units in self._there.items():
            available[item] += units
        whole = all(job.limits.whole_lines for job in jobs)
        self.most = {item: _most(quantities, available[item], whole) for item, quantities in sorted(lines.items())}

    @property
    def most_units(self) -> int:
        return sum(self.most.values())

    def least_rank(self, units: int) -> int:
        """Of any plans with so many units: the sum of their ranks."""
        left, rank = dict(self.most), 0
        for (item, source), there in sorted(self._there.items(), key=lambda each: (self._ranks[each[0]], each[0])):
            taken = min(there, left[item], units)
            left[item] -= taken
            units -= taken
            rank += taken * self._ranks[item, source]
        return rank


def _most(quantities: list[int], available: int, whole: bool) -> int:
    """Units of lines that share what is available of one item."""
    most = min(sum(quantities), available)
    if not whole or most == sum(quantities) or most > _EXACT:
        return most
    sums, mask = 1, (2 << most) - 1  # bit n: some of the lines have n units together
    for quantity in quantities:
        sums |= sums << quantity & mask
    return sums.bit_length() - 1
