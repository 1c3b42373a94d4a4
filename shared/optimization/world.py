"""A problem in whole numbers, sorted by business keys: what the passes work on and write to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from shared.optimization.geography import Point, metres_between, point_of
from shared.optimization.problem import Problem, WantedLine, WantedOrder

_LAST = datetime.max.replace(tzinfo=UTC)


class Assignment(NamedTuple):
    source: int
    units: int
    strategy: str
    pass_number: int


@dataclass(slots=True)
class Line:
    wanted: WantedLine
    item: int
    units: int
    assigned: list[Assignment]

    @property
    def missing(self) -> int:
        return self.units - sum(each.units for each in self.assigned)

    @property
    def sources(self) -> set[int]:
        return {each.source for each in self.assigned}


@dataclass(slots=True)
class OrderState:
    """`metres` by source, -1 where the source has no coordinates; empty when the order has none."""

    wanted: WantedOrder
    lines: list[Line]
    metres: list[int]

    @property
    def located(self) -> bool:
        return self.wanted.destination is not None

    @property
    def sources(self) -> set[int]:
        return {source for line in self.lines for source in line.sources}


class World:
    """Orders are first come, first served; sources and items go by name. One unit is 1 / `scale` of a quantity.

    `wanted` and `on_hand` are by item, `on_hand` then by source.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sources = sorted(problem.sources, key=lambda source: source.name)
        self.source_index = {source.name: index for index, source in enumerate(self.sources)}
        self.lists = {
            each.name: sorted({self.source_index[name] for name in each.sources}) for each in problem.source_lists
        }
        self.items = sorted({line.product for order in problem.orders for line in order.lines})
        self._item_index = {item: index for index, item in enumerate(self.items)}
        cells = [problem.on_hand.get(source.name, {}) for source in self.sources]
        self.scale = _scale(problem, cells, self.items)
        self.on_hand = [[self.units(cell[item]) if item in cell else 0 for cell in cells] for item in self.items]
        points = [None if source.place is None else point_of(source.place) for source in self.sources]
        self.orders = [self._order(order, points) for order in sorted(problem.orders, key=_first_come)]
        self.wanted = [0] * len(self.items)
        for line in (line for order in self.orders for line in order.lines):
            self.wanted[line.item] += line.units

    def units(self, quantity: Decimal) -> int:
        return int(quantity * self.scale)

    def quantity(self, units: int) -> Decimal:
        return Decimal(units) / self.scale

    def assigned_units(self) -> list[list[int]]:
        """By item and source."""
        taken = [[0] * len(self.sources) for _ in self.items]
        for order in self.orders:
            for line in order.lines:
                for each in line.assigned:
                    taken[line.item][each.source] += each.units
        return taken

    def lines_by_source(self) -> list[int]:
        counts = [0] * len(self.sources)
        for order in self.orders:
            for line in order.lines:
                for source in line.sources:
                    counts[source] += 1
        return counts

    def _order(self, order: WantedOrder, points: list[Point | None]) -> OrderState:
        lines = [
            Line(line, self._item_index[line.product], self.units(line.quantity), [])
            for line in sorted(order.lines, key=lambda line: (line.number, line.line_id))
        ]
        if order.destination is None:
            return OrderState(order, lines, [])
        there = point_of(order.destination)
        return OrderState(order, lines, [-1 if here is None else metres_between(here, there) for here in points])


def _first_come(order: WantedOrder) -> tuple[datetime, str, str]:
    return order.placed_at or _LAST, order.number, order.order_id


def _scale(problem: Problem, cells: list[dict[str, Decimal]], items: list[str]) -> int:
    """The power of ten that makes every quantity that matters a whole number."""
    quantities = [line.quantity for order in problem.orders for line in order.lines]
    quantities += [cell[item] for cell in cells for item in items if item in cell]
    quantities += [source.safety_stock for source in problem.sources]
    broken = {quantity for quantity in quantities if quantity != int(quantity)}
    exponents = (quantity.normalize().as_tuple().exponent for quantity in broken)
    return 10 ** max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)
