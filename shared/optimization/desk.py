"""One order on the stock of this moment, and what a way to fill it is worth."""

from shared.optimization.drawing import Draw
from shared.optimization.jobs import Job, OrderPlan, Part, Supply


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

    @property
    def exhausted(self) -> bool:
        return self.effort <= 0

    def parts(self, number: int, draw: Draw) -> list[Part]:
        want, sources = self.job.wants[number], self.job.sources
        return [Part(number, want.item, sources[p], units, not want.before >> p & 1) for p, units in draw]

    def plan(self, parts: list[Part]) -> OrderPlan:
        if self.job.limits.whole_orders and sum(p.amount for p in parts) < sum(w.quantity for w in self.job.wants):
            parts = []
        return OrderPlan(self.job.score(parts), tuple(sorted(parts)))

    def has(self, parts: list[Part]) -> bool:
        """Whether there are units and lines enough for all of them together."""
        return self.supply.lines_fit(parts) and not (self.shared_items and self._overdraws(parts))

    def _overdraws(self, parts: list[Part]) -> bool:
        taken: dict[tuple[int, int], int] = {}
        for part in parts:
            cell = part.item, part.source
            taken[cell] = taken.get(cell, 0) + part.amount
        return any(self.supply.stock[item][source] < units for (item, source), units in taken.items())
