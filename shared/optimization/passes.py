"""One pass over the batch: from rules and what earlier passes assigned to jobs, and from plans to new assignments."""

from shared.optimization.jobs import Job, OrderPlan, Supply, Want
from shared.optimization.rules import PassRules
from shared.optimization.world import Assignment, Line, OrderState, World


class Pass:
    def __init__(self, world: World, rules: PassRules, touchable: list[list[Line]]) -> None:
        """`touchable`: the lines of each order that this pass may give something."""
        self._rules = rules
        self._world = world
        self._orders = list(zip(world.orders, touchable, strict=True))

    def supply(self) -> Supply:
        rules, taken = self._rules, self._world.assigned_units()
        everywhere = range(len(self._world.sources))
        stock = [
            [max(0, rules.may_leave(item, source) - taken[item][source]) for source in everywhere]
            for item in range(len(self._world.items))
        ]
        if not rules.groups:
            return Supply(stock)
        room = [self.room_of(number) for number in range(len(rules.groups))]
        members = [tuple(n for n, group in enumerate(rules.groups) if source in group.members) for source in everywhere]
        return Supply(stock, room, members)

    def room_of(self, group: int) -> int:
        counts = self._world.lines_by_source()
        facts = self._rules.groups[group]
        return max(0, facts.limit - facts.today - sum(counts[source] for source in facts.members))

    def jobs(self) -> list[Job]:
        found = (self._job(number, order, lines) for number, (order, lines) in enumerate(self._orders))
        return [job for job in found if job is not None]

    def assign(self, jobs: list[Job], plans: tuple[OrderPlan, ...]) -> None:
        name, number = self._rules.strategy.name, self._rules.number
        for job, plan in zip(jobs, plans, strict=True):
            lines = self._world.orders[job.order].lines
            for part in plan.parts:
                assignment = Assignment(part.source, part.amount, name, number)
                lines[job.wants[part.want].line].assigned.append(assignment)

    def _job(self, number: int, order: OrderState, lines: list[Line]) -> Job | None:
        if not order.located or not lines:
            return None
        if self._rules.limits.whole_orders and any(line.missing and not _among(line, lines) for line in order.lines):
            return None  # whatever this pass gives, the order stays incomplete
        sources = tuple(self._rules.within_reach(order))
        used = order.sources
        wants = tuple(self._want(at, line, sources) for at, line in enumerate(order.lines) if _among(line, lines))
        return Job(
            order=number,
            wants=wants,
            sources=sources,
            metres=tuple(order.metres[source] for source in sources),
            limits=self._rules.limits,
            before=_mask(sources, used),
            before_count=len(used),
        )

    def _want(self, at: int, line: Line, sources: tuple[int, ...]) -> Want:
        ranking, item, used = self._rules.ranking, line.item, line.sources
        every = (1 << len(sources)) - 1
        if not ranking.matters:
            return Want(at, item, line.missing, every, None, _mask(sources, used), len(used))
        allowed = {source for source in sources if ranking.allows(source, item)}
        ranks = tuple(ranking.rank(source, item) for source in sources)
        return Want(at, item, line.missing, _mask(sources, allowed), ranks, _mask(sources, used), len(used))


def _mask(sources: tuple[int, ...], chosen: set[int]) -> int:
    return sum(1 << p for p, source in enumerate(sources) if source in chosen) if chosen else 0


def _among(line: Line, lines: list[Line]) -> bool:
    return any(line is each for each in lines)
