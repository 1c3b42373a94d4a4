"""Lines of one order that compete for stock of one item, or for the last lines a source takes today."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import prod

from shared.optimization.desk import Desk
from shared.optimization.drawing import Draw, draw_line
from shared.optimization.jobs import OrderPlan, Part

_SETS = 6  # positions of which every subset is tried for a line; of more, only all of them together
_SPREADS = 2_000  # ways to spread a line over positions that are tried one by one; of more, the best of each subset


class Competition:
    """Every way, line by line, while the desk's effort lasts; `desk.exact` falls where some were left out."""

    def __init__(self, desk: Desk, positions: list[int]) -> None:
        self._desk = desk
        self._positions = positions
        self._best = desk.plan([])
        wants = desk.job.wants
        self._left = {
            (want.item, p): desk.supply.stock[want.item][desk.job.sources[p]] for want in wants for p in positions
        }
        self._after = [sum(want.quantity for want in wants[number:]) for number in range(len(wants) + 1)]

    def best(self) -> OrderPlan:
        self._place(0, [], 0)
        return self._best

    def _place(self, number: int, parts: list[Part], units: int) -> None:
        if units + self._after[number] < -self._best.score[0]:
            return
        if number == len(self._desk.job.wants):
            self._best = min(self._best, self._desk.plan(parts), key=lambda plan: plan.key)
            return
        for draw in self._draws(number):
            self._desk.effort -= 1
            more = parts + self._desk.parts(number, draw)
            if self._desk.supply.lines_fit(more):
                self._move(number, draw, -1)
                self._place(number + 1, more, units + _units(draw))
                self._move(number, draw, 1)
            if self._desk.exhausted and self._best.parts:
                return

    def _move(self, number: int, draw: Draw, sign: int) -> None:
        item = self._desk.job.wants[number].item
        for p, units in draw:
            self._left[item, p] += sign * units

    def _draws(self, number: int) -> list[Draw]:
        """Every way worth trying to fill a line from what is left, the fullest first; leaving it comes last."""
        want, given = self._desk.job.wants[number], self._desk.rows[number]
        row = [0] * len(given)
        for p in self._positions:
            row[p] = min(given[p], self._left[want.item, p])
        have = [p for p in self._positions if row[p]]
        if want.item in self._desk.shared_items and prod(row[p] + 1 for p in have) <= _SPREADS:
            ways = self._spreads(number, row, have)
        else:
            ways = self._best_of_subsets(number, row, have)
        known = {tuple(draw) for draw in ways if draw}
        return [*map(list, sorted(known, key=lambda draw: (-_units(draw), len(draw), draw))), []]

    def _spreads(self, number: int, row: list[int], have: list[int]) -> Iterator[Draw]:
        job, want = self._desk.job, self._desk.job.wants[number]
        for draw in _spreads(row, have, want.quantity):
            whole = not job.limits.whole_lines or _units(draw) == want.quantity
            if whole and sum(not want.before >> p & 1 for p, _ in draw) <= job.may_split(want):
                yield draw

    def _best_of_subsets(self, number: int, row: list[int], have: list[int]) -> Iterator[Draw]:
        """Which positions ship a line matters to others only by the lines a source takes; how much, by its stock."""
        job, want = self._desk.job, self._desk.job.wants[number]
        shared = want.item in self._desk.shared_items
        if shared or (self._desk.supply.groups and len(have) > _SETS):
            self._desk.exact = False
        subsets = [have]
        if (shared or self._desk.supply.groups) and len(have) <= _SETS:
            most = min(len(have), job.may_split(want) + want.before.bit_count())
            subsets = [list(few) for size in range(1, most + 1) for few in combinations(have, size)]
        return (draw_line(row, want, few, job.may_split(want), job.limits.whole_lines) for few in subsets)


def _spreads(row: list[int], have: list[int], most: int) -> Iterator[Draw]:
    """Every way to take up to `most` units."""
    if not have:
        yield []
        return
    p, rest = have[0], have[1:]
    for units in range(min(row[p], most), -1, -1):
        for draw in _spreads(row, rest, most - units):
            yield [(p, units), *draw] if units else draw


def _units(draw: Iterable[tuple[int, int]]) -> int:
    return sum(units for _, units in draw)
