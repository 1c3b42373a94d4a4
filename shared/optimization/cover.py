"""The fewest, then nearest, sources that meet every need of an order: iterative deepening over bit sets."""

from collections.abc import Iterator

from shared.optimization.desk import Desk
from shared.optimization.filling import fill
from shared.optimization.jobs import OrderPlan, bits
from shared.optimization.target import Need, Target

_FAR = 1 << 62  # metres, farther than any plan


class Cover:
    """Looks for `target` with at most `job.may_open` new sources.

    `fewest`: no plan meets the target with fewer new sources.
    """

    def __init__(self, desk: Desk, target: Target) -> None:
        self._desk = desk
        self._target = target
        self._rank_later = desk.job.limits.shipments_before_rank and any(w.ranks for w in desk.job.wants)
        self.fewest = 0
        self._best: OrderPlan | None = None
        self._reach = _FAR  # metres of the best plan so far

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
            self.fewest = start.bit_count() + more
            met = self._search(needs, start, usable, more, metres)
            if met or self._desk.exhausted:
                break
        return self._best

    def _search(self, needs: list[Need], chosen: int, usable: int, more: int, metres: int) -> bool:
        """Whether some set met the needs, be it one that other rules refuse."""
        if not needs:
            self._accept(chosen, metres)
            return True
        if not more or self._desk.exhausted:
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
        plan = fill(self._desk, chosen)
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
