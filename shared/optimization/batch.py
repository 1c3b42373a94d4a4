"""Many orders at once competing for scarce stock: first come, first served; then ruin and recreate."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from random import Random

from shared.optimization.jobs import Job, OrderPlan, Part, Score, Supply
from shared.optimization.oracle import EFFORT, best_plan

_HOT, _COLD = 0.5, 0.01  # shipments
_MOVES_PER_ORDER_AND_ROUND = 40  # a round cools down once; more time means more rounds, so stopping early costs little
_PATIENCE = 10  # rounds without anything better, after which the search is over
_MOST_REMOVED = 8


@dataclass(frozen=True, slots=True)
class BatchResult:
    """`bound`: no batch scores less."""

    plans: tuple[OrderPlan, ...]
    bound: Score
    optimal: bool
    moves: int = 0
    out_of_time: bool = False


def plan_batch(
    jobs: list[Job], supply: Supply, *, oldest_first: bool, seed: int, moves: int, out_of_time: Callable[[], bool]
) -> BatchResult:
    """Plans of `jobs`, in their order, taken from `supply`."""
    effort = max(EFFORT // 20, EFFORT // max(1, len(jobs)))
    alone = [best_plan(job, supply, effort) for job in jobs]
    proven = all(plan.proven for plan in alone)
    bound = _bound(jobs, alone, supply)
    for plan in alone:
        supply.take(plan)
    if not supply.overdrawn:
        return BatchResult(tuple(alone), bound, proven)
    for plan in alone:
        supply.give_back(plan)
    plans: list[OrderPlan] = []
    for job in jobs:
        plans.append(best_plan(job, supply, effort))
        supply.take(plans[-1])
    if oldest_first:
        return BatchResult(tuple(plans), bound, all(plan.proven for plan in plans))
    search = _RuinAndRecreate(jobs, supply, alone, plans, bound=bound, random=Random(seed), effort=effort)
    done = search.run(moves, out_of_time)
    best = search.best
    return BatchResult(tuple(best), bound, proven and total(best) == bound, done, search.stopped)


def _bound(jobs: list[Job], alone: list[OrderPlan], supply: Supply) -> Score:
    """What each order could have alone, in sum; where an item is short of that, only its stock counts."""
    wanted: dict[int, int] = {}
    for job in jobs:
        for want in job.wants:
            wanted[want.item] = wanted.get(want.item, 0) + want.quantity
    units = sum(min(units, sum(supply.stock[item])) for item, units in wanted.items())
    bound = total(alone)
    return bound if units >= -bound[0] else (-units, 0, 0, 0, 0)


def total(plans: list[OrderPlan]) -> Score:
    a = b = c = d = e = 0
    for plan in plans:
        score = plan.score
        a, b, c, d, e = a + score[0], b + score[1], c + score[2], d + score[3], e + score[4]
    return a, b, c, d, e


def _sum(one: Score, other: Score, sign: int = 1) -> Score:
    return (
        one[0] + sign * other[0],
        one[1] + sign * other[1],
        one[2] + sign * other[2],
        one[3] + sign * other[3],
        one[4] + sign * other[4],
    )


class _RuinAndRecreate:
    def __init__(
        self,
        jobs: list[Job],
        supply: Supply,
        alone: list[OrderPlan],
        plans: list[OrderPlan],
        *,
        bound: Score,
        random: Random,
        effort: int,
    ) -> None:
        self._jobs, self._supply, self._alone, self._random, self._effort = jobs, supply, alone, random, effort
        self._plans = plans
        self.best = list(plans)
        self._score = self._best_score = total(plans)
        self._bound = bound
        self._metres = 1 + max((metres for job in jobs for metres in job.metres[-1:]), default=0)
        self._by_item: dict[int, list[int]] = {}
        for number, job in enumerate(jobs):
            for item in sorted({want.item for want in job.wants}):
                self._by_item.setdefault(item, []).append(number)
        self._holders: dict[tuple[int, int], set[int]] = {}
        for number, plan in enumerate(plans):
            self._hold(number, plan)
        self._unlucky = [n for n, plan in enumerate(plans) if plan.score != alone[n].score]
        self.stopped = False

    def run(self, moves: int, out_of_time: Callable[[], bool]) -> int:
        """The number of moves made. Stops at the bound, after many fruitless moves, and when time is up."""
        per_round = _MOVES_PER_ORDER_AND_ROUND * len(self._jobs)
        last = self._best_score
        fruitless_since = 0
        for done in range(moves):
            if self._best_score < last:
                last, fruitless_since = self._best_score, done
            if self._best_score == self._bound or done - fruitless_since >= _PATIENCE * per_round:
                return done
            if out_of_time():
                self.stopped = True
                return done
            if done and done % per_round == 0:
                self._return_to(self.best)
            self._move(_HOT * (_COLD / _HOT) ** ((done % per_round) / per_round))
        return moves

    def _move(self, temperature: float) -> None:
        if self._random.random() < 0.02:
            self._unlucky = [n for n, plan in enumerate(self._plans) if plan.score != self._alone[n].score]
        unlucky = self._random.choice(self._unlucky or range(len(self._jobs)))
        removed = self._blockers(unlucky) if self._random.random() < 0.5 else self._neighbours(unlucky)
        before = [self._plans[number] for number in removed]
        for number in removed:
            self._release(number)
        for number in removed:
            self._assign(number, best_plan(self._jobs[number], self._supply, self._effort))
        after = [self._plans[number] for number in removed]
        score = _sum(self._score, _sum(total(after), total(before), -1))
        if not self._accepts(score, temperature):
            for number in removed:
                self._release(number)
            for number, plan in zip(removed, before, strict=True):
                self._assign(number, plan)
            return
        self._score = score
        if score < self._best_score:
            self._best_score = score
            self.best = list(self._plans)

    def _accepts(self, score: Score, temperature: float) -> bool:
        """Units never fall; of the goals below, a worse one is taken the less likely the worse it is."""
        if score <= self._score:
            return True
        if score[0] > self._score[0]:
            return False
        second, third, fourth = (score[i] - self._score[i] for i in (1, 2, 3))
        worse = second + third + fourth / self._metres
        return self._random.random() < exp(-max(worse, 0) / temperature)

    def _blockers(self, unlucky: int) -> list[int]:
        """The order, then those that hold the units and lines it would have alone."""
        removed = [unlucky]
        free = {(part.item, part.source): part.amount for part in self._plans[unlucky].parts}
        for part in self._alone[unlucky].parts:
            cell = part.item, part.source
            missing = part.amount - self._supply.stock[part.item][part.source] - free.get(cell, 0)
            holders = sorted(self._holders.get(cell, set()) - set(removed))
            self._random.shuffle(holders)
            while holders and missing > 0 and len(removed) < _MOST_REMOVED:
                number = holders.pop()
                missing -= sum(p.amount for p in self._plans[number].parts if (p.item, p.source) == cell)
                removed.append(number)
        return removed if len(removed) > 1 else self._neighbours(unlucky)

    def _neighbours(self, unlucky: int) -> list[int]:
        """The order and one to seven that want the same items or ship from a source it would have, in any order."""
        near: set[int] = set()
        for want in self._jobs[unlucky].wants:
            near.update(self._by_item[want.item])
        if self._supply.groups:
            wanted = {part.source for part in self._alone[unlucky].parts}
            near.update(n for n, plan in enumerate(self._plans) if any(p.source in wanted for p in plan.parts))
        near.discard(unlucky)
        others = sorted(near)
        removed = self._random.sample(others, min(len(others), self._random.randint(1, _MOST_REMOVED - 1)))
        removed.append(unlucky)
        self._random.shuffle(removed)
        return removed

    def _return_to(self, plans: list[OrderPlan]) -> None:
        changed = [n for n, plan in enumerate(plans) if plan is not self._plans[n]]
        for number in changed:
            self._release(number)
        for number in changed:
            self._assign(number, plans[number])
        self._score = self._best_score

    def _release(self, number: int) -> None:
        plan = self._plans[number]
        self._supply.give_back(plan)
        for part in plan.parts:
            self._holders[_cell(part)].discard(number)

    def _assign(self, number: int, plan: OrderPlan) -> None:
        self._plans[number] = plan
        self._supply.take(plan)
        self._hold(number, plan)

    def _hold(self, number: int, plan: OrderPlan) -> None:
        for part in plan.parts:
            self._holders.setdefault(_cell(part), set()).add(number)


def _cell(part: Part) -> tuple[int, int]:
    return part.item, part.source
