"""Which source ships what: two passes per strategy, the alternate strategy after, every decision with its reason.

The rules are those of Intelligent Order Management's fulfillment optimization (reference: fulfilment-optimisation.md).
Same problem, same plan, in whatever order its parts arrive; only the clock may end the search of a batch earlier, and
the plan says when it did.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from shared.optimization.batch import BatchResult, plan_batch
from shared.optimization.deadline import Deadline
from shared.optimization.explanation import Explanation, reason_of
from shared.optimization.passes import Pass
from shared.optimization.plan import (
    Detail,
    FulfillmentPlan,
    Goal,
    Outcome,
    PassSummary,
    PlanLine,
    Reason,
    Refusal,
)
from shared.optimization.problem import Problem, Strategy
from shared.optimization.rules import PassRules
from shared.optimization.score import Score, total
from shared.optimization.world import Line, OrderState, World


def optimize(problem: Problem, *, budget_seconds: float | None, elapsed: Callable[[], float]) -> FulfillmentPlan:
    """The plan of `problem`.

    `elapsed` counts seconds upward from any start. After `budget_seconds` nothing better is looked for (None: only
    `problem.search.moves` counts); a plan of every order is made first, whatever that takes. Passes share the time.
    """
    run = _Run(problem, budget_seconds, elapsed)
    for strategy in problem.strategies:
        run.apply(strategy)
    return FulfillmentPlan(
        strategy=problem.strategy.name,
        mode=problem.mode,
        simulation=problem.simulation,
        seed=problem.search.seed,
        budget_seconds=budget_seconds,
        lines=tuple(run.plan_line(order, line) for order in run.world.orders for line in order.lines),
        passes=tuple(run.passes),
    )


class _Run:
    def __init__(self, problem: Problem, budget_seconds: float | None, elapsed: Callable[[], float]) -> None:
        self.passes: list[PassSummary] = []
        self._deadline = Deadline.in_seconds(budget_seconds, elapsed)
        self._explanations: list[Explanation] = []
        self._passes_left = sum(len(_passes_of(strategy)) for strategy in problem.strategies)
        self.world = World(problem)

    def apply(self, strategy: Strategy) -> None:
        """Both passes; lines that an earlier strategy gave something are not touched."""
        mine = [
            [line for line in order.lines if not line.assigned and not line.wanted.exception]
            for order in self.world.orders
        ]
        rules = [PassRules(self.world, strategy, number) for number in _passes_of(strategy)]
        *_, last = [self._pass(each, mine) for each in rules]
        self._explanations.append(Explanation(self.world, rules[-1], last.supply()))

    def _pass(self, rules: PassRules, mine: list[list[Line]]) -> Pass:
        one = Pass(self.world, rules, [[line for line in lines if line.missing] for lines in mine])
        jobs = one.jobs()
        search = self.world.problem.search
        result = plan_batch(
            jobs,
            one.supply(),
            oldest_first=rules.strategy.oldest_first,
            seed=search.seed,
            moves=search.moves,
            deadline=self._deadline.share(1 / self._passes_left),
        )
        self._passes_left -= 1
        one.assign(jobs, result.plans)
        self.passes.append(self._summary(rules, result))
        return one

    def _summary(self, rules: PassRules, result: BatchResult) -> PassSummary:
        swapped = rules.limits.shipments_before_rank
        return PassSummary(
            strategy=rules.strategy.name,
            pass_number=rules.number,
            goal=self._goal(total(plan.score for plan in result.plans), swapped),
            bound=self._goal(result.bound, swapped),
            optimal=result.optimal,
            moves=result.moves,
            out_of_time=result.out_of_time,
        )

    def _goal(self, score: Score, swapped: bool) -> Goal:
        units, rank, shipments, metres, pieces = score
        if swapped:
            rank, shipments = shipments, rank
        quantity = self.world.quantity
        return Goal(units=quantity(-units), rank=quantity(rank), shipments=shipments, metres=metres, pieces=pieces)

    def plan_line(self, order: OrderState, line: Line) -> PlanLine:
        details = tuple(self._details(order, line))
        refusals: tuple[Refusal, ...] = ()
        reason: Reason | None = None
        explanation = self._undecided(order, line)
        if explanation:
            outcome, reason = Outcome.EXCEPTION, Reason.UNDECIDED
        elif not line.missing:
            outcome = Outcome.FULLY_SOURCED
        else:
            outcome = Outcome.PARTIALLY_SOURCED if details else Outcome.NOT_SOURCED
            refusals = tuple(refusal for each in self._explanations for refusal in each.refusals(order, line))
            reason = reason_of(refusals)
            explanation = f"{reason}: {self.world.quantity(line.missing):f} of {line.wanted.quantity:f} missing"
        return PlanLine(
            order_id=order.wanted.order_id,
            line_id=line.wanted.line_id,
            product=line.wanted.product,
            ordered=line.wanted.quantity,
            fulfilled=sum((detail.quantity for detail in details), Decimal(0)),
            outcome=outcome,
            details=details,
            reason=reason,
            explanation=explanation,
            refusals=refusals,
        )

    def _details(self, order: OrderState, line: Line) -> Iterator[Detail]:
        for each in sorted(line.assigned, key=lambda each: (each.pass_number, each.source)):
            source = self.world.sources[each.source]
            yield Detail(
                source=source.name,
                shipping_warehouse=source.shipping_warehouse,
                quantity=self.world.quantity(each.units),
                metres=order.metres[each.source],
                strategy=each.strategy,
                pass_number=each.pass_number,
            )

    def _undecided(self, order: OrderState, line: Line) -> str:
        if not order.located:
            return "the ship-to has no coordinates"
        return line.wanted.exception


def _passes_of(strategy: Strategy) -> tuple[int, ...]:
    """Without a soft constraint, a second pass would have the rules of the first."""
    return (1, 2) if any(each.enabled and not each.hard for each in strategy.constraints) else (1,)
