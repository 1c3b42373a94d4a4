"""Why a line did not get everything: which rule or stock refused which source, with the values it met."""

from shared.optimization.constraints import (
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    RestrictPartialOrders,
)
from shared.optimization.jobs import Supply
from shared.optimization.plan import Reason, Refusal
from shared.optimization.rules import PassRules
from shared.optimization.world import Line, OrderState, World

_STAGES = list(Reason)


class Explanation:
    """Speaks of one strategy's last pass; `left` is what that pass left behind."""

    def __init__(self, world: World, rules: PassRules, left: Supply) -> None:
        self._world = world
        self._rules = rules
        self._left = left

    def refusals(self, order: OrderState, line: Line) -> tuple[Refusal, ...]:
        """One per source of the strategy's list that might have shipped (more of) the line."""
        return tuple(self._refusal(order, line, source) for source in self._rules.sources)

    def _refusal(self, order: OrderState, line: Line, source: int) -> Refusal:
        return (
            self._rules.refusal(order, source, line.item)
            or self._no_room(line, source)
            or self._no_stock(line, source)
            or self._beyond_the_order(order, line, source)
        )

    def _no_room(self, line: Line, source: int) -> Refusal | None:
        if source in line.sources:
            return None
        for number in self._left.groups[source] if self._left.groups else ():
            if self._left.room[number] <= 0:
                group = self._rules.groups[number]
                given = max(0, group.limit - group.today)
                found = f"{group.limit} lines a day: {group.today} before this run, {given} in it"
                return self._rules.refuse(source, Reason.CAPACITY, group.rule, found)
        return None

    def _no_stock(self, line: Line, source: int) -> Refusal | None:
        left = self._left.stock[line.item][source]
        missing = line.missing
        if left >= missing or (left and not self._rules.limits.whole_lines):
            return None
        if left and sum(self._obtainable(line)) >= missing:
            return None
        rule, found = self._stock_story(line.item, source, left)
        return self._rules.refuse(source, Reason.NO_STOCK, rule, f"{found}, {self._shown(missing)} missing")

    def _stock_story(self, item: int, source: int, left: int) -> tuple[str, str]:
        on_hand, may_leave = max(0, self._world.on_hand[item][source]), self._rules.may_leave(item, source)
        parts, rule = [f"{self._shown(on_hand)} on hand"], ""
        if may_leave < on_hand:
            rule = self._rules.safety_rule(source)
            parts.append(f"safety stock {self._world.sources[source].safety_stock}")
        if left < may_leave:
            parts.append(f"{self._shown(may_leave - left)} given to lines of this run")
        return rule, ", ".join(parts)

    def _obtainable(self, line: Line) -> list[int]:
        return [self._left.stock[line.item][source] for source in self._rules.sources]

    def _beyond_the_order(self, order: OrderState, line: Line, source: int) -> Refusal:
        """The source could have shipped some: a rule about the order or the line as a whole forbade it."""
        limits, rules, used = self._rules.limits, self._rules, order.sources
        if source not in used and len(used) >= limits.sources_per_order:
            found = f"the order ships from {_sources(used)} already, at most {limits.sources_per_order}"
            return rules.refuse(source, Reason.SOURCE_LIMIT, rules.rule_name(MaximumSourcesPerOrder), found)
        if source not in line.sources and len(line.sources) >= limits.sources_per_line:
            found = f"the line ships from {_sources(line.sources)} already, at most {limits.sources_per_line}"
            return rules.refuse(source, Reason.SOURCE_LIMIT, rules.rule_name(MaximumSourcesPerLine), found)
        left = self._left.stock[line.item][source]
        if left < line.missing and limits.sources_per_line == 1:
            found = f"{self._shown(left)} of {self._shown(line.missing)}, and the line may not be split"
            return rules.refuse(source, Reason.SOURCE_LIMIT, rules.rule_name(MaximumSourcesPerLine), found)
        if limits.whole_orders:
            others = ", ".join(str(each.wanted.number) for each in order.lines if each is not line and each.missing)
            found = f"the whole order or nothing; not sourced either: lines {others}" if others else "the whole order"
            return rules.refuse(source, Reason.PARTIAL_ORDER, rules.rule_name(RestrictPartialOrders), found)
        return self._no_way(source, left)

    def _no_way(self, source: int, left: int) -> Refusal:
        limits, rules = self._rules.limits, self._rules
        found = f"{self._shown(left)} left, but no set of sources within the limits has the whole line"
        rule = rules.rule_name(MaximumSourcesPerOrder) or rules.rule_name(MaximumSourcesPerLine)
        limited = min(limits.sources_per_order, limits.sources_per_line) <= len(rules.sources)
        return rules.refuse(source, Reason.SOURCE_LIMIT if limited else Reason.NO_STOCK, rule, found)

    def _shown(self, units: int) -> str:
        return f"{self._world.quantity(units):f}"


def _sources(used: set[int]) -> str:
    return "1 source" if len(used) == 1 else f"{len(used)} sources"


def reason_of(refusals: tuple[Refusal, ...]) -> Reason:
    """What kept the source from shipping that came furthest through the rules."""
    return max((refusal.reason for refusal in refusals), key=_STAGES.index, default=Reason.NO_SOURCE)
