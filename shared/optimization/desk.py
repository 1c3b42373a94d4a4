"""One order on the stock of this moment, and what a way to fill it is worth."""

from shared.optimization.drawing import Draw
from shared.optimization.jobs import Job, OrderPlan, Part, Supply
from shared.optimization.score import Score, score


class Desk:
    """`rows[w][p]` is what position p can give to want w; `effort` the sets still to be looked at before giving up."""

    def __init__(self, job: Job, supply: Supply, effort: int) -> None:
        self.job = job
        self.supply = supply
        self.exact = True  # False once lines that compete have not been tried in every way
        self.effort = effort
        self.rows = [supply.row(job, want) for want in job.wants]
        items = [want.item for want in job.wants]
        self.shared_items = frozenset(item for item in items if items.count(item) > 1)
        self._ranked = any(want.ranks for want in job.wants)

    @property
    def exhausted(self) -> bool:
        return self.effort <= 0

    def parts(self, number: int, draw: Draw) -> list[Part]:
        want, sources = self.job.wants[number], self.job.sources
        return [Part(number, want.item, sources[p], units, not want.before >> p & 1) for p, units in draw]

    def plan(self, parts: list[Part]) -> OrderPlan:
        if self.job.limits.whole_orders and sum(p.amount for p in parts) < sum(w.quantity for w in self.job.wants):
            parts = []
        return OrderPlan(self._score(parts), tuple(sorted(parts)))

    def has(self, parts: list[Part]) -> bool:
        """Whether there are units and lines enough for all of them together."""
        return self.supply.lines_fit(parts) and not (self.shared_items and self._overdraws(parts))

    def _overdraws(self, parts: list[Part]) -> bool:
        taken: dict[tuple[int, int], int] = {}
        for part in parts:
            cell = part.item, part.source
            taken[cell] = taken.get(cell, 0) + part.amount
        return any(self.supply.stock[item][source] < units for (item, source), units in taken.items())

    def _score(self, parts: list[Part]) -> Score:
        job = self.job
        used = {part.source for part in parts}
        opened = [p for p, source in enumerate(job.sources) if source in used and not job.before >> p & 1]
        units = rank = pieces = 0
        place = {source: p for p, source in enumerate(job.sources)} if self._ranked else {}
        for part in parts:
            units += part.amount
            pieces += part.piece
            ranks = job.wants[part.want].ranks
            if ranks:
                rank += part.amount * ranks[place[part.source]]
        return score(
            shipments_first=job.limits.shipments_before_rank,
            units=units,
            rank=rank,
            shipments=len(opened),
            metres=sum(job.metres[p] for p in opened),
            pieces=pieces,
        )
