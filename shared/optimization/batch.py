"""Many orders at once, competing for scarce stock: group by group, the exact way first where it may get through."""

from dataclasses import dataclass

from shared.optimization.bounds import Bounds, lowest
from shared.optimization.components import components_of
from shared.optimization.conflicts import conflicts_of, resolve
from shared.optimization.deadline import Deadline
from shared.optimization.demand import Demand
from shared.optimization.frugal import Frugal, is_plain
from shared.optimization.jobs import Job, OrderPlan, Supply
from shared.optimization.oracle import EFFORT, best_plan
from shared.optimization.relaxation import Asked, Relaxation
from shared.optimization.ruin import RuinAndRecreate
from shared.optimization.score import Score, places, total

_TIME_TO_RESOLVE, _TIME_FOR_PRICES, _TIME_FOR_BOUNDS = 0.25, 0.15, 0.05  # of what is left then
_MOST_ROUNDS = 100  # of better prices for a bound
_MOST_CASES = 1_000  # of conflicts resolved one by one
_MOST_CONFLICTS = 12  # between best plans; with more, resolving them one by one does not get through


@dataclass(slots=True)
class Group:
    """Orders that compete with no others, and what became of them. `bound`: no plans of theirs score less."""

    jobs: list[Job]
    alone: list[OrderPlan]
    plans: list[OrderPlan]
    bound: Score
    moves: int = 0
    relaxation: Relaxation | None = None
    out_of_time: bool = False

    @property
    def score(self) -> Score:
        return total(plan.score for plan in self.plans)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """`bound`, `optimal` and the others as in `PassSummary`."""

    plans: tuple[OrderPlan, ...]
    bound: Score
    optimal: bool
    moves: int
    out_of_time: bool


def plan_batch(
    jobs: list[Job], supply: Supply, *, oldest_first: bool, seed: int, moves: int, deadline: Deadline
) -> BatchResult:
    """Plans of `jobs`, in their order, from `supply`, which is left as it is."""
    effort = max(EFFORT // 20, EFFORT // max(1, len(jobs)))
    members = components_of(jobs, supply)
    groups = [_first_come([jobs[number] for number in numbers], supply, effort) for numbers in members]
    if not oldest_first:
        _improve(groups, supply, effort, seed=seed, moves=moves, deadline=deadline.share(1 - _TIME_FOR_BOUNDS))
    rounds = 0 if oldest_first else _rounds(moves, len(jobs))
    bounds = Bounds(groups, supply, rounds=rounds, deadline=deadline)
    plans = dict(
        each for numbers, group in zip(members, groups, strict=True) for each in zip(numbers, group.plans, strict=True)
    )
    in_order = tuple(plans[number] for number in range(len(jobs)))
    bound, score = bounds.best(), total(plan.score for plan in in_order)
    return BatchResult(
        plans=in_order,
        bound=bound,
        optimal=all(plan.proven for plan in in_order) if oldest_first else bound == score,
        moves=sum(group.moves for group in groups),
        out_of_time=any(group.out_of_time for group in groups) or bounds.out_of_time,
    )


def _first_come(jobs: list[Job], supply: Supply, effort: int) -> Group:
    """What each would have alone, if there is enough for all of that; else whoever comes first takes first."""
    alone = [best_plan(job, supply, effort) for job in jobs]
    if not conflicts_of(alone, supply):
        return Group(jobs, alone, alone, total(plan.least for plan in alone))
    plans: list[OrderPlan] = []
    for job in jobs:
        plans.append(best_plan(job, supply, effort))
        supply.take(plans[-1])
    for plan in plans:
        supply.give_back(plan)
    return Group(jobs, alone, plans, lowest(jobs, supply, alone))


def _improve(groups: list[Group], supply: Supply, effort: int, *, seed: int, moves: int, deadline: Deadline) -> None:
    """Groups share moves and time by their orders; what one does not use is left to those after it."""
    unsure = sorted((group for group in groups if group.plans is not group.alone), key=lambda group: len(group.jobs))
    orders = sum(len(group.jobs) for group in unsure)
    for group in unsure:
        share = len(group.jobs) / orders
        mine = deadline.share(share)
        _resolve(group, supply, effort, cases=min(_MOST_CASES, moves), deadline=mine.share(_TIME_TO_RESOLVE))
        if group.score > group.bound:
            frugal = _price(group, supply, round(moves * share), mine.share(_TIME_FOR_PRICES))
            _search(group, supply, effort, frugal, seed=seed, moves=round(moves * share), deadline=mine)
        moves -= group.moves
        orders -= len(group.jobs)


def _resolve(group: Group, supply: Supply, effort: int, *, cases: int, deadline: Deadline) -> None:
    if not cases or len(conflicts_of(group.alone, supply)) > _MOST_CONFLICTS:
        return
    resolved = resolve(group.jobs, supply, group.alone, cases=cases, effort=effort, deadline=deadline)
    group.bound = max(group.bound, resolved.bound)
    group.out_of_time |= resolved.out_of_time
    if resolved.plans is not None:
        group.plans = min(group.plans, resolved.plans, key=lambda plans: total(plan.score for plan in plans))


def _price(group: Group, supply: Supply, moves: int, deadline: Deadline) -> Frugal | None:
    """Prices show how few shipments there could be, and let orders heed each other."""
    rounds = _rounds(moves, len(group.jobs))
    if not rounds or deadline.passed() or not all(is_plain(job, supply) for job in group.jobs):
        return None
    demand = Demand(group.jobs, supply)
    group.relaxation = Relaxation(group.jobs, supply, demand, Asked(demand.most_units, None))
    _, shipments = places(shipments_first=group.jobs[0].limits.shipments_before_rank)
    group.relaxation.improve(group.score[shipments], rounds, deadline)
    group.out_of_time |= group.relaxation.out_of_time
    return Frugal(group.jobs, group.relaxation.orders, supply, group.relaxation.stock_prices)


def _rounds(moves: int, orders: int) -> int:
    """A round asks every order once, a move about five."""
    return min(_MOST_ROUNDS, 5 * moves // max(1, orders))


def _search(
    group: Group, supply: Supply, effort: int, frugal: Frugal | None, *, seed: int, moves: int, deadline: Deadline
) -> None:
    for plan in group.plans:
        supply.take(plan)
    search = RuinAndRecreate(
        group.jobs, supply, group.alone, list(group.plans), frugal=frugal, seed=seed, effort=effort
    )
    group.moves = search.run(moves, group.bound, deadline)
    group.plans, group.out_of_time = search.best, group.out_of_time or search.out_of_time
    for plan in group.plans:
        supply.give_back(plan)
