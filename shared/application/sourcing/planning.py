"""A plan for many orders of one strategy, on the stock of this moment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.application.sourcing.attempts import RoundPlan
from shared.application.sourcing.daily_lines import DailyLines
from shared.application.sourcing.on_hand import OnHand, on_hand
from shared.application.sourcing.pieces import Want, round_plan
from shared.application.sourcing.wanted import wanted_orders
from shared.configuration import Fulfillment, StrategySetup
from shared.domain.sourcing import Places
from shared.domain.stock import Stock
from shared.optimization import Problem, SourceList, optimize

Mode = Literal["real_time", "batch"]


@dataclass(frozen=True)
class Planner:
    """`elapsed` counts seconds upward from any start; a batch is improved for `budget_seconds` at most."""

    fulfillment: Fulfillment
    stock: Stock
    places: Places
    daily_lines: DailyLines
    elapsed: Callable[[], float]
    budget_seconds: float | None

    def plan(self, wants: Sequence[Want], strategy: StrategySetup, now: datetime, mode: Mode) -> list[RoundPlan]:
        """One for each of `wants`, in their order. Raises TransientProviderError.

        Sources ship only for the company they belong to, so each company's orders are planned by themselves.
        """
        by_company: dict[str, list[Want]] = {}
        for want in wants:
            by_company.setdefault(want.task.order.company or "", []).append(want)
        planned: dict[str, RoundPlan] = {}
        for company, group in by_company.items():
            problem = self._problem(company, group, strategy, now, mode)
            plan = optimize(problem, budget_seconds=self.budget_seconds, elapsed=self.elapsed)
            fingerprint = problem.fingerprint
            for want in group:
                planned[want.task.order_id] = round_plan(want, plan, fingerprint, self.fulfillment, now)
        return [planned[want.task.order_id] for want in wants]

    def _problem(
        self, company: str, wants: Sequence[Want], strategy: StrategySetup, now: datetime, mode: Mode
    ) -> Problem:
        alternate = self.fulfillment.alternate_of(strategy)
        strategies = [each for each in (strategy, alternate) if each]
        found = self._on_hand(company, wants, strategies)
        by_hold = any(want.task.held for want in wants)
        return Problem(
            now=now,
            orders=tuple(
                order
                for want in wants
                for order in wanted_orders(want.task, want.missing, self.places, found.unanswered)
            ),
            sources=tuple(setup.source() for setup in self.fulfillment.sources.values()),
            source_lists=(*self.fulfillment.lists(), *(self._list_of(company, each) for each in strategies)),
            strategy=strategy.strategy(_list_name(company, strategy), oldest_first=by_hold),
            alternate=alternate and alternate.strategy(_list_name(company, alternate), oldest_first=by_hold),
            on_hand=found.cells,
            lines_today=self.daily_lines.of_sources(strategies, now),
            list_lines_today=self.daily_lines.of_lists(strategies, now),
            mode=mode,
            simulation=strategy.simulation,
        )

    def _on_hand(self, company: str, wants: Sequence[Want], strategies: Sequence[StrategySetup]) -> OnHand:
        counting = (strategy for strategy in strategies if strategy.use_real_inventory)
        names = dict.fromkeys(name for strategy in counting for name in self._members(company, strategy))
        setups = (self.fulfillment.sources[name] for name in names)
        places = [each.stock_place for each in setups if each.active and each.use_real_inventory]
        lines = (line for want in wants for line in want.task.lines if want.missing.get(line.line_id))
        products = {line.product for line in lines if line.product}
        return on_hand(self.stock, company, [place for place in places if place], sorted(products))

    def _list_of(self, company: str, strategy: StrategySetup) -> SourceList:
        return SourceList(name=_list_name(company, strategy), sources=tuple(self._members(company, strategy)))

    def _members(self, company: str, strategy: StrategySetup) -> Iterator[str]:
        """The part of the strategy's list that belongs to the company."""
        members = self.fulfillment.source_lists[strategy.source_list]
        return (name for name in members if self.fulfillment.sources[name].company == company)


def _list_name(company: str, strategy: StrategySetup) -> str:
    return f"{strategy.source_list} ({company}, {strategy.name})"
