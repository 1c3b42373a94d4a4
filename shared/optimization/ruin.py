"""A better plan for many orders: a few give back what they have and take anew, simulated annealing decides."""

from math import exp
from random import Random

from shared.optimization.deadline import Deadline
from shared.optimization.frugal import Frugal
from shared.optimization.jobs import Job, OrderPlan, Part, Supply
from shared.optimization.oracle import best_plan
from shared.optimization.score import Score, less, total

_HOT, _COLD = 0.5, 0.01  # shipments
_MOVES_PER_ORDER_AND_ROUND = 10  # a round cools down once; more time means more rounds, so stopping early costs little
_PATIENCE = 40  # rounds without anything better, after which the search is over
_MOST_REMOVED = 8
_FRUGAL = 0.9  # of the plans made anew; the others think of their own order only


class RuinAndRecreate:
    def __init__(
        self,
        jobs: list[Job],
        supply: Supply,
        alone: list[OrderPlan],
        plans: list[OrderPlan],
        *,
        frugal: Frugal | None,
        seed: int,
        effort: int,
    ) -> None:
        """`plans` are taken from `supply` already; afterwards the best ones are."""
        self._frugal = frugal
        self._jobs, self._supply, self._alone, self._effort = jobs, supply, alone, effort
        self._random = Random(seed)
        self._plans = plans
        self.best = list(plans)
        self._score = self._best_score = _total(plans)
        self._metres = 1 + max((metres for job in jobs for metres in job.metres[-1:]), default=0)
        self._by_item: dict[int, list[int]] = {}
        for number, job in enumerate(jobs):
            for item in sorted({want.item for want in job.wants}):
                self._by_item.setdefault(item, []).append(number)
        self._holders: dict[tuple[int, int], set[int]] = {}
        for number, plan in enumerate(plans):
            self._hold(number, plan)
        self._unlucky = [n for n, plan in enumerate(plans) if plan.score != alone[n].score]
        self.out_of_time = False

    def run(self, moves: int, bound: Score, deadline: Deadline) -> int:
        """The number of moves made. Stops at the bound, after many fruitless moves, and when time is up."""
        done = self._run(moves, bound, deadline)
        self._return_to(self.best)
        return done

    def _run(self, moves: int, bound: Score, deadline: Deadline) -> int:
        per_round = _MOVES_PER_ORDER_AND_ROUND * len(self._jobs)
        last = self._best_score
        fruitless_since = 0
        for done in range(moves):
            if self._best_score < last:
                last, fruitless_since = self._best_score, done
            if self._best_score == bound or done - fruitless_since >= _PATIENCE * per_round:
                return done
            if deadline.passed():
                self.out_of_time = True
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
            self._assign(number, self._plan(number))
        after = [self._plans[number] for number in removed]
        score = total((self._score, less(_total(after), _total(before))))
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

    def _plan(self, number: int) -> OrderPlan:
        if self._frugal is not None and self._random.random() < _FRUGAL:
            plan = self._frugal.plan(number)
            if plan is not None:
                return plan
        return best_plan(self._jobs[number], self._supply, self._effort)

    def _accepts(self, score: Score, temperature: float) -> bool:
        """Units never fall; of the goals below, a worse one is taken the less likely the worse it is."""
        if score <= self._score:
            return True
        if score[0] > self._score[0]:
            return False
        _, second, third, fourth, _ = less(score, self._score)
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


def _total(plans: list[OrderPlan]) -> Score:
    return total(plan.score for plan in plans)
