"""The fewest, then nearest, sources that meet every need of an order: iterative deepening over bit sets."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.optimization.filling import Desk
from shared.optimization.jobs import UNLIMITED, OrderPlan, Want, bits


@dataclass(frozen=True, slots=True)
class Target:
    """What an order could get at most if sources per order and lines per day were no matter.

    `needs` are (units by position, units needed); `forced` positions ship in every plan of this `units` and `rank`.
    """

    units: int
    rank: int
    needs: tuple[tuple[list[int], int], ...]
    forced: int


Need = tuple[list[int], int]


def target_of(desk: Desk) -> Target:
    job = desk.job
    groups: dict[int, list[int]] = {}
    for number, want in enumerate(job.wants):
        groups.setdefault(want.item, []).append(number)
    aims = [_aim(desk, numbers) for numbers in groups.values()]
    wanted = sum(want.quantity for want in job.wants)
    if job.limits.whole_orders and sum(units for units, _ in aims) < wanted:
        return Target(0, 0, (), 0)
    needs: list[Need] = []
    forced = rank = 0
    for (units, row), numbers in zip(aims, groups.values(), strict=True):
        if units:
            want = job.wants[numbers[0]]
            more, must, cost = _profile(row, want, units, job.limits.shipments_before_rank)
            needs += more
            forced |= must
            rank += cost
    return Target(sum(units for units, _ in aims), rank, tuple(needs), forced)


def _aim(desk: Desk, numbers: list[int]) -> tuple[int, list[int]]:
    """Most units the lines of one item can get, and what each position can give towards them."""
    job, first = desk.job, numbers[0]
    whole = job.limits.whole_lines
    if len(numbers) > 1:
        quantities = [job.wants[number].quantity for number in numbers]
        stock = desk.supply.stock[job.wants[first].item]
        row = [
            min(stock[source], sum(desk.rows[number][p] for number in numbers)) for p, source in enumerate(job.sources)
        ]
        return _most(quantities, sum(row), whole), row
    want, row = job.wants[first], desk.rows[first]
    new = job.may_split(want)
    if new == 1 and not want.before and whole:
        row = [units if units == want.quantity else 0 for units in row]
    available = sum(row)
    if new < len(row):
        free = [units for p, units in enumerate(row) if want.before >> p & 1]
        rest = sorted((units for p, units in enumerate(row) if not want.before >> p & 1), reverse=True)
        available = sum(free) + sum(rest[:new])
    return _most([want.quantity], available, whole), row


def _most(quantities: list[int], available: int, whole: bool) -> int:
    if available >= sum(quantities):
        return sum(quantities)
    if not whole:
        return available
    sums = {0}
    for quantity in quantities:
        sums |= {known + quantity for known in sums if known + quantity <= available}
    return max(sums)


def _profile(row: list[int], want: Want, units: int, rank_later: bool) -> tuple[list[Need], int, int]:
    """Needs, forced positions and least rank sum of `units`: better ranks are used up before worse ones."""
    if want.ranks is None:
        return [(row, units)], 0, 0
    levels: dict[int, list[int]] = {}
    for p, most in enumerate(row):
        if most:
            levels.setdefault(want.ranks[p], []).append(p)
    forced = cost = 0
    left = units
    for rank in sorted(levels):
        level = levels[rank]
        total = sum(row[p] for p in level)
        cost += rank * min(total, left)
        if total >= left:
            at_level = [most if p in level else 0 for p, most in enumerate(row)]
            return [(row, units)] if rank_later else [(at_level, left)], 0 if rank_later else forced, cost
        forced |= sum(1 << p for p in level)
        left -= total
    raise AssertionError("a target is never more than what its row can give")


class Cover:
    """Looks for `target` with at most `job.may_open` new sources."""

    def __init__(self, desk: Desk, target: Target) -> None:
        self._desk = desk
        self._target = target
        self._rank_later = desk.job.limits.shipments_before_rank and any(w.ranks for w in desk.job.wants)
        self._best: OrderPlan | None = None
        self._reach = UNLIMITED * UNLIMITED  # metres of the best plan so far

    def best(self) -> OrderPlan | None:
        """The optimum if the target can be met in full, else None."""
        job, forced = self._desk.job, self._target.forced
        opened = forced | job.before
        needs = [
            (row, units - sum(row[p] for p in bits(opened)) if opened else units) for row, units in self._target.needs
        ]
        needs = [need for need in needs if need[1] > 0]
        start = forced & ~job.before
        metres = sum(job.metres[p] for p in bits(start))
        usable = (1 << len(job.sources)) - 1 & ~opened
        for more in range(min(job.may_open - start.bit_count(), usable.bit_count()) + 1):
            met = self._search(needs, start, usable, more, metres)
            if met or not self._desk.proven:
                break
        return self._best

    def _search(self, needs: list[Need], chosen: int, usable: int, more: int, metres: int) -> bool:
        """Whether some set met the needs, be it one that other rules refuse."""
        if not needs:
            self._accept(chosen, metres)
            return True
        if not more or not self._desk.proven:
            return False
        self._desk.effort -= 1
        if more == 1:
            return self._last(needs, chosen, usable, metres)
        return self._branch(needs, chosen, usable, more, metres)

    def _last(self, needs: list[Need], chosen: int, usable: int, metres: int) -> bool:
        fits = usable
        for row, units in needs:
            fits &= sum(1 << p for p, most in enumerate(row) if most >= units)
            if not fits:
                return False
        for p in bits(fits):
            if not self._rank_later and metres + self._desk.job.metres[p] > self._reach:
                break
            self._accept(chosen | 1 << p, metres + self._desk.job.metres[p])
        return True

    def _branch(self, needs: list[Need], chosen: int, usable: int, more: int, metres: int) -> bool:
        options = _fewest_options(needs, usable, more)
        met = False
        for p in options:
            far = metres + more * self._desk.job.metres[p] if len(needs) == 1 else metres + self._desk.job.metres[p]
            if not self._rank_later and far > self._reach:
                break
            left = [(row, units - row[p]) for row, units in needs if units > row[p]]
            usable &= ~(1 << p)
            met |= self._search(left, chosen | 1 << p, usable, more - 1, metres + self._desk.job.metres[p])
        return met

    def _accept(self, chosen: int, metres: int) -> None:
        plan = self._desk.fill(chosen)
        units, rank = -plan.score[0], plan.score[1]
        full = units == self._target.units and (
            self._desk.job.limits.shipments_before_rank or rank == self._target.rank
        )
        if full and (self._best is None or plan.key < self._best.key):
            self._best = plan
            self._reach = min(self._reach, metres)


def _fewest_options(needs: list[Need], usable: int, more: int) -> Iterator[int]:
    """Positions that can help the need with the fewest of them; none when `more` sources cannot meet some need."""
    fewest: list[int] = []
    for row, units in needs:
        options = [p for p, most in enumerate(row) if most and usable >> p & 1]
        if sum(sorted((row[p] for p in options), reverse=True)[:more]) < units:
            return iter(())
        if not fewest or len(options) < len(fewest):
            fewest = options
    return iter(fewest)
