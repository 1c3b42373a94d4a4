"""The constraints of one pass, asked about sources: who may ship what to whom, how much, how many lines a day."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from shared.optimization.constraints import (
    Constraint,
    LocationPriority,
    MaximumDistance,
    MaximumOrderLines,
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    RespectWarehouseTimings,
    RestrictPartialLines,
    RestrictPartialOrders,
    SafetyStock,
)
from shared.optimization.jobs import UNLIMITED, Limits
from shared.optimization.opening import why_closed
from shared.optimization.plan import Reason, Refusal
from shared.optimization.problem import Strategy
from shared.optimization.ranking import Ranking
from shared.optimization.world import OrderState, World

K = TypeVar("K", bound=Constraint)
C = TypeVar("C", MaximumDistance, SafetyStock)


class CapacityGroup(NamedTuple):
    rule: str
    members: tuple[int, ...]
    limit: int
    today: int


class PassRules:
    """`strategy` in pass `number`: pass one applies every enabled constraint, pass two only the hard ones."""

    def __init__(self, world: World, strategy: Strategy, number: int) -> None:
        enabled = [each for each in strategy.constraints if each.enabled]
        in_force = [each for each in enabled if each.hard or number == 1]
        self.strategy = strategy
        self.number = number
        self._world = world
        self._in_force = in_force
        self.sources = world.lists[strategy.source_list]
        self.ranking = Ranking(world, _of(LocationPriority, enabled), _of(LocationPriority, in_force))
        reaches = sorted(_of(MaximumDistance, in_force), key=lambda each: (each.metres, each.name))
        self._reach = self._by_source(reaches)
        self._safety = self._by_source(_of(SafetyStock, in_force))
        self.limits = _limits(strategy, in_force)
        self.groups = list(self._capacity_groups(_of(MaximumOrderLines, in_force)))
        self._never = {source: refusal for source in self.sources if (refusal := self._unusable(source))}
        self._usable = [source for source in self.sources if source not in self._never]

    def rule_name(self, kind: type[Constraint]) -> str:
        """Of the constraint in force that limits most; the strategy itself limits without a name."""
        found = sorted(_of(kind, self._in_force), key=lambda each: (getattr(each, "limit", 0), each.name))
        return found[0].name if found else ""

    def within_reach(self, order: OrderState) -> list[int]:
        """Sources that may serve this order as far as its ship-to is concerned, nearest first, then by name."""
        metres = order.metres
        if not self._reach:
            return sorted(self._usable, key=lambda source: (metres[source], source))
        near = [source for source in self._usable if not self._too_far(order, source)]
        return sorted(near, key=lambda source: (metres[source], source))

    def refusal(self, order: OrderState, source: int, item: int) -> Refusal | None:
        """The first rule that keeps this source from shipping this item to this order at all; stock comes later."""
        return self._never.get(source) or self._too_far(order, source) or self._unranked(source, item)

    def may_leave(self, item: int, source: int) -> int:
        """Units of what is on hand at the start of the run, after safety stock; unlimited is what all orders want."""
        if not (self.strategy.use_real_inventory and self._world.sources[source].use_real_inventory):
            return self._world.wanted[item]
        on_hand = max(0, self._world.on_hand[item][source])
        constraints = self._safety.get(source, ())
        if not constraints:
            return on_hand
        safety = self._world.units(self._world.sources[source].safety_stock)
        if any(each.mode == "ring_fence" for each in constraints):
            return max(0, on_hand - safety)
        return on_hand if on_hand >= safety else 0

    def safety_rule(self, source: int) -> str:
        return ", ".join(each.name for each in self._safety.get(source, ()))

    def refuse(self, source: int, reason: Reason, rule: str, found: str) -> Refusal:
        return Refusal(self.strategy.name, self._world.sources[source].name, reason, rule, found)

    def _unusable(self, source: int) -> Refusal | None:
        facts = self._world.sources[source]
        if not facts.active:
            return self.refuse(source, Reason.INACTIVE, "", "the source is deactivated")
        if facts.place is None:
            return self.refuse(source, Reason.NO_COORDINATES, "", "the source has no coordinates")
        for each in _of(RespectWarehouseTimings, self._in_force):
            if source in self._targets(each) and (why := why_closed(facts, self._world.problem.now)):
                return self.refuse(source, Reason.CLOSED, each.name, why)
        return None

    def _too_far(self, order: OrderState, source: int) -> Refusal | None:
        metres = order.metres[source]
        for each in self._reach.get(source, ()):
            if metres > each.metres:
                found = f"{metres} m away, at most {each.metres} m"
                return self.refuse(source, Reason.OUT_OF_REACH, each.name, found)
            here, there = self._world.sources[source].country, order.wanted.country
            if each.same_country and here.casefold() != there.casefold():
                found = f"the source is in {here or 'no country'}, the ship-to in {there or 'no country'}"
                return self.refuse(source, Reason.OUT_OF_REACH, each.name, found)
        return None

    def _unranked(self, source: int, item: int) -> Refusal | None:
        if self.ranking.allows(source, item):
            return None
        rule = self.rule_name(LocationPriority)
        return self.refuse(source, Reason.UNRANKED, rule, f"no rank for {self._world.items[item]}")

    def _targets(self, constraint: MaximumDistance | SafetyStock | RespectWarehouseTimings) -> set[int]:
        if not constraint.sources and constraint.source_list is None:
            return set(self.sources)
        named = {self._world.source_index[name] for name in constraint.sources}
        return named | set(self._world.lists[constraint.source_list] if constraint.source_list else ())

    def _by_source(self, constraints: Iterable[C]) -> dict[int, list[C]]:
        found: dict[int, list[C]] = {}
        for each in constraints:
            for source in self._targets(each):
                found.setdefault(source, []).append(each)
        return found

    def _capacity_groups(self, constraints: Iterable[MaximumOrderLines]) -> Iterable[CapacityGroup]:
        problem = self._world.problem
        for each in sorted(constraints, key=lambda each: each.name):
            if each.source_list is not None:
                today = problem.list_lines_today.get(each.source_list, 0)
                yield CapacityGroup(each.name, tuple(self._world.lists[each.source_list]), each.limit, today)
            named = [self._world.source_index[name] for name in each.sources]
            for source in sorted(named) or ([] if each.source_list is not None else self.sources):
                today = problem.lines_today.get(self._world.sources[source].name, 0)
                yield CapacityGroup(each.name, (source,), each.limit, today)


def _of(kind: type[K], constraints: Iterable[Constraint]) -> list[K]:
    return [each for each in constraints if isinstance(each, kind)]


def _limits(strategy: Strategy, in_force: list[Constraint]) -> Limits:
    return Limits(
        sources_per_order=min((each.limit for each in _of(MaximumSourcesPerOrder, in_force)), default=UNLIMITED),
        sources_per_line=min((each.limit for each in _of(MaximumSourcesPerLine, in_force)), default=UNLIMITED),
        whole_orders=bool(_of(RestrictPartialOrders, in_force)),
        whole_lines=not strategy.partial_lines or bool(_of(RestrictPartialLines, in_force)),
        shipments_before_rank=strategy.shipments_before_rank,
    )
