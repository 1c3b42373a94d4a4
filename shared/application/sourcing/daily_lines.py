"""How many order lines each source was given today: by its own day, and by UTC's for lists of sources.

Counted only where a constraint asks for it. What is counted is a row for each piece, so counting again adds nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.application.sourcing.attempts import Piece
from shared.configuration import Fulfillment, StrategySetup
from shared.domain.sourcing import AssignedLines
from shared.optimization import MaximumOrderLines


@dataclass(frozen=True)
class DailyLines:
    fulfillment: Fulfillment
    lines: AssignedLines

    def add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces if self.fulfillment.counts_lines else ():
            for day in self._days(piece.source, piece.planned_at):
                self.lines.add(piece.source, day, piece.key)

    def remove(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces if self.fulfillment.counts_lines else ():
            for day in self._days(piece.source, piece.planned_at):
                self.lines.remove(piece.source, day, piece.key)

    def of_sources(self, strategies: Iterable[StrategySetup], now: datetime) -> dict[str, int]:
        """By source; none when no constraint of `strategies` asks."""
        if not any(_limits(strategies)):
            return {}
        return {name: self.lines.count(name, self._days(name, now)[0]) for name in self.fulfillment.sources}

    def of_lists(self, strategies: Iterable[StrategySetup], now: datetime) -> dict[str, int]:
        """By source list, of those a constraint of `strategies` limits as a whole."""
        names = {limit.source_list for limit in _limits(strategies) if limit.source_list is not None}
        sources = {name: self.fulfillment.source_lists[name] for name in names}
        return {name: sum(self._in_utc(source, now) for source in members) for name, members in sources.items()}

    def _in_utc(self, source: str, now: datetime) -> int:
        return self.lines.count(source, self._days(source, now)[1])

    def _days(self, source: str, at: datetime) -> tuple[str, str]:
        """Local, UTC."""
        setup = self.fulfillment.sources.get(source)
        local = at.astimezone(ZoneInfo(setup.time_zone if setup else "UTC")).date()
        return f"local {local}", f"utc {at.astimezone(ZoneInfo('UTC')).date()}"


def _limits(strategies: Iterable[StrategySetup]) -> list[MaximumOrderLines]:
    every = (each for strategy in strategies for each in strategy.constraints)
    return [each for each in every if isinstance(each, MaximumOrderLines) and each.enabled]
