"""The best plans of a few orders that compete, exactly: conflicts between their best plans are resolved one by one.

Every order has its best plan on all of the stock. While two or more together take too much of something, at least one
of them has to take less of it: each in turn is made to, which gives as many new cases, and the case that promises most
goes on. The first case without a conflict is the optimum, and the most promising one at any time bounds it.
"""

from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush

from shared.optimization.deadline import Deadline
from shared.optimization.jobs import Job, OrderPlan, Supply
from shared.optimization.oracle import best_plan
from shared.optimization.score import Score, total

Cell = tuple[int, int]
Cap = tuple[int, Cell | int, int]  # (order, cell or capacity group, units or lines it may take there at most)


@dataclass(frozen=True, slots=True)
class Resolved:
    """`plans` None: not found within the effort; `bound` holds all the same."""

    plans: list[OrderPlan] | None
    bound: Score
    out_of_time: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    plans: list[OrderPlan]
    caps: frozenset[Cap]


def resolve(
    jobs: list[Job], supply: Supply, alone: list[OrderPlan], *, cases: int, effort: int, deadline: Deadline
) -> Resolved:
    """`supply`: with nothing taken for `jobs`. `cases`: how many are looked at."""
    heap: list[tuple[Score, int, _Case]] = [(_promise(alone), 0, _Case(alone, frozenset()))]
    seen = {heap[0][2].caps}
    made = 0
    while heap:
        promise, _, case = heap[0]
        conflicts = conflicts_of(case.plans, supply)
        if not conflicts:
            return Resolved(case.plans, promise)
        if made >= cases or deadline.passed():
            return Resolved(None, promise, out_of_time=made < cases)
        heappop(heap)
        for order, what, amount in min(conflicts, key=len):
            caps = case.caps | {(order, what, amount - 1)}
            if caps in seen:
                continue
            seen.add(caps)
            made += 1
            plans = list(case.plans)
            plans[order] = _best_under(caps, order, jobs[order], supply, effort)
            heappush(heap, (_promise(plans), made, _Case(plans, caps)))
    raise AssertionError("taking nothing is a plan without conflicts")


def _promise(plans: list[OrderPlan]) -> Score:
    return total(plan.least for plan in plans)


def conflicts_of(plans: list[OrderPlan], supply: Supply) -> list[list[Cap]]:
    """For everything that `plans` together take too much of: what each order takes of it."""
    taken: dict[Cell | int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for order, plan in enumerate(plans):
        for part in plan.parts:
            taken[part.item, part.source][order] += part.amount
            if part.piece and supply.groups:
                for group in supply.groups[part.source]:
                    taken[group][order] += 1
    return [
        [(order, what, amount) for order, amount in takers.items()]
        for what, takers in taken.items()
        if sum(takers.values()) > (supply.room[what] if isinstance(what, int) else supply.stock[what[0]][what[1]])
    ]


def _best_under(caps: frozenset[Cap], order: int, job: Job, supply: Supply, effort: int) -> OrderPlan:
    stock, room = supply.stock, supply.room
    supply.stock, supply.room = list(stock), list(room)
    for _, what, most in (cap for cap in caps if cap[0] == order):
        if isinstance(what, int):
            supply.room[what] = min(supply.room[what], most)
        else:
            item, source = what
            row = list(supply.stock[item])
            row[source] = min(row[source], most)
            supply.stock[item] = row
    plan = best_plan(job, supply, effort)
    supply.stock, supply.room = stock, room
    return plan
