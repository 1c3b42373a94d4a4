"""Where not everything can be had: the best set of sources, branch and bound over all sets that are allowed."""

from shared.optimization.desk import Desk
from shared.optimization.filling import fill
from shared.optimization.jobs import OrderPlan, bits
from shared.optimization.target import Target


class Subsets:
    def __init__(self, desk: Desk, target: Target) -> None:
        self._desk = desk
        self._target = target
        self._useful = [p for p in range(len(desk.job.sources)) if any(row[p] for row in desk.rows)]
        self._useful = [p for p in self._useful if not desk.job.before >> p & 1]
        self._ranked = any(want.ranks for want in desk.job.wants)
        self._best = fill(desk, 0)

    def best(self) -> OrderPlan:
        """The optimum, or the best plan found when the effort ran out (`desk.exhausted` tells)."""
        self._note(self._greedy())
        self._search(0, 0, min(self._desk.job.may_open, len(self._useful)), 0)
        return self._best

    def _note(self, plan: OrderPlan) -> None:
        if plan.key < self._best.key:
            self._best = plan

    def _greedy(self) -> OrderPlan:
        """Always the source that brings most of what is missing; then those are left out that bring nothing."""
        job = self._desk.job
        missing: list[int] = [
            want.quantity - sum(row[p] for p in bits(job.before))
            for want, row in zip(job.wants, self._desk.rows, strict=True)
        ]
        chosen = 0
        for _ in range(min(job.may_open, len(self._useful))):
            brings: dict[int, int] = {
                p: sum(min(max(0, lacks), row[p]) for lacks, row in zip(missing, self._desk.rows, strict=True))
                for p in self._useful
                if not chosen >> p & 1
            }
            best = max(brings, key=lambda p: (brings[p], -p))
            if not brings[best]:
                break
            chosen |= 1 << best
            missing = [lacks - row[best] for lacks, row in zip(missing, self._desk.rows, strict=True)]
        return fill(self._desk, chosen)

    def _search(self, chosen: int, first: int, more: int, metres: int) -> None:
        if not more:
            return
        for index in range(first, len(self._useful)):
            p = self._useful[index]
            if self._desk.exhausted or not self._promises(chosen, index, more, metres + self._desk.job.metres[p]):
                return
            self._note(fill(self._desk, chosen | 1 << p))
            self._search(chosen | 1 << p, index + 1, more - 1, metres + self._desk.job.metres[p])

    def _promises(self, chosen: int, first: int, more: int, metres: int) -> bool:
        """Whether `chosen` and up to `more` positions from `first` on can be better than the best so far."""
        units = self._units_at_most(chosen, first, more)
        best = self._best.score
        if not units or units != -best[0]:
            return units > -best[0]
        if self._ranked and not self._desk.job.limits.shipments_before_rank:
            return True
        shipments = best[1] if self._desk.job.limits.shipments_before_rank else best[2]
        opened = chosen.bit_count() + 1
        return opened < shipments or (opened == shipments and (self._ranked or metres <= best[3]))

    def _units_at_most(self, chosen: int, first: int, more: int) -> int:
        job = self._desk.job
        have = bits(chosen | job.before)
        rest = self._useful[first:]
        units = 0
        for want, row in zip(job.wants, self._desk.rows, strict=True):
            most = sum(row[p] for p in have)
            if most < want.quantity:
                most += sum(sorted((row[p] for p in rest), reverse=True)[:more])
            if most >= want.quantity:
                units += want.quantity
            elif job.limits.whole_orders:
                return 0
            elif not job.limits.whole_lines:
                units += most
        return min(units, self._target.units)
