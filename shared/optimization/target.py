"""What an order could get at most if sources per order and lines per day were no matter."""

from dataclasses import dataclass

from shared.optimization.desk import Desk
from shared.optimization.jobs import Want
from shared.optimization.score import Score, score

Need = tuple[list[int], int]  # (units by position, units needed)


@dataclass(frozen=True, slots=True)
class Target:
    """No plan has more `units`, nor with so many a smaller `rank`.

    Plans that have both meet all `needs` and ship from all `forced` positions.
    """

    units: int
    rank: int
    needs: tuple[Need, ...]
    forced: int

    def bound(self, desk: Desk, shipments: int) -> Score:
        """Where plans that meet the target take so many at least."""
        first = desk.job.limits.shipments_before_rank
        return score(shipments_first=first, units=self.units, rank=self.rank, shipments=shipments, metres=0, pieces=0)


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
