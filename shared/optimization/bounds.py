"""How good the plans of a batch could be at best, said goal by goal."""

from collections.abc import Sequence
from typing import Protocol

from shared.optimization.deadline import Deadline
from shared.optimization.demand import Demand
from shared.optimization.jobs import Job, OrderPlan, Supply
from shared.optimization.relaxation import Asked, Relaxation
from shared.optimization.score import Score, places, score, total


def lowest(jobs: list[Job], supply: Supply, alone: list[OrderPlan]) -> Score:
    """No plans of `jobs` score less: what each could have alone, or where items are short of that, what there is."""
    best = total(plan.least for plan in alone)
    demand = Demand(jobs, supply)
    units = demand.most_units
    if units >= -best[0]:
        return best
    return score(
        shipments_first=jobs[0].limits.shipments_before_rank,
        units=units,
        rank=demand.least_rank(units),
        shipments=0,
        metres=0,
        pieces=0,
    )


class Measured(Protocol):
    """Orders that compete with no others, their plans' score, and a score that no plans of theirs go below."""

    @property
    def jobs(self) -> list[Job]: ...
    @property
    def score(self) -> Score: ...
    @property
    def bound(self) -> Score: ...
    @property
    def relaxation(self) -> Relaxation | None: ...


class Bounds:
    """Goal by goal, what no plans undercut that are as good as those found in all goals before (see `PassSummary`)."""

    def __init__(self, groups: Sequence[Measured], supply: Supply, *, rounds: int, deadline: Deadline) -> None:
        """`supply`: with nothing taken. `rounds`: how often prices are improved."""
        self._groups, self._supply = groups, supply
        self._rounds, self._deadline = rounds, deadline
        self._found = total(group.score for group in groups)
        self.out_of_time = False
        self._low = total(group.bound for group in groups)

    def best(self) -> Score:
        """A score below which nothing can go holds as far as the plans found reach it, and for one goal more."""
        gap = next((goal for goal in range(5) if self._low[goal] < self._found[goal]), 5)
        bound = [low if goal <= gap else 0 for goal, low in enumerate(self._low)]
        jobs = [job for group in self._groups for job in group.jobs]
        if gap < 5:
            rank, shipments = places(shipments_first=jobs[0].limits.shipments_before_rank)
            if gap <= rank:
                bound[rank] = max(bound[rank], Demand(jobs, self._supply).least_rank(-self._found[0]))
            if gap < shipments:
                bound[shipments] = self._fewest(jobs, self._found)
            elif gap == shipments:
                bound[shipments] = sum(self._fewest_of(group) for group in self._groups)
        units, second, third, metres, pieces = bound
        return units, second, third, metres, pieces

    def _fewest_of(self, group: Measured) -> int:
        _, shipments = places(shipments_first=group.jobs[0].limits.shipments_before_rank)
        low, found = group.bound[shipments], group.score
        return low if low == found[shipments] else max(low, self._fewest(group.jobs, found, group.relaxation))

    def _fewest(self, jobs: list[Job], found: Score, known: Relaxation | None = None) -> int:
        rank, shipments = places(shipments_first=jobs[0].limits.shipments_before_rank)
        asked = Asked(-found[0], found[rank] if rank < shipments and found[rank] else None)
        if known is not None and known.asked == asked:
            return known.shipments
        if not self._rounds or self._deadline.passed():
            self.out_of_time |= bool(self._rounds)
            return 0
        relaxation = Relaxation(jobs, self._supply, Demand(jobs, self._supply), asked)
        relaxation.improve(found[shipments], self._rounds, self._deadline)
        self.out_of_time |= relaxation.out_of_time
        return relaxation.shipments
