"""What is to be decided: orders, where stock is, and under which strategy (reference: fulfilment-optimisation.md)."""

import hashlib
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from shared.domain.orders import Value
from shared.optimization.constraints import Constraint

Quantity = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


def _known_zone(name: str) -> str:
    ZoneInfo(name)
    return name


class Place(Value):
    """Degrees, WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Hours(Value):
    """Working time of one weekday (0 is Monday), from `start` until just before `end`; None: until midnight."""

    weekday: int = Field(ge=0, le=6)
    start: time
    end: time | None = None


class Calendar(Value):
    hours: tuple[Hours, ...]
    holidays: frozenset[date] = frozenset()

    def works_at(self, local: datetime) -> bool:
        now = local.time()
        return local.date() not in self.holidays and any(
            each.weekday == local.weekday() and each.start <= now and (each.end is None or now < each.end)
            for each in self.hours
        )


class Source(Value):
    """Somewhere goods leave from. Without a place it can serve nobody."""

    name: str
    active: bool = True
    place: Place | None
    country: str = ""  # ISO 3166-1 alpha-2
    shipping_warehouse: str | None = None
    use_real_inventory: bool = True  # off: never out of stock
    safety_stock: Quantity = Decimal(0)
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    cutoff: time | None = None  # orders are accepted from midnight until just before it
    calendar: Calendar | None = None  # None: always working


class SourceList(Value):
    name: str
    sources: tuple[str, ...]


class WantedLine(Value):
    line_id: str
    number: int
    product: str
    quantity: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
    exception: str = ""  # why this line cannot be decided (unknown product, no answer about its stock)


class WantedOrder(Value):
    """`number` is the business key: it, after `placed_at`, says who comes first."""

    order_id: str
    number: str
    placed_at: AwareDatetime | None = None
    destination: Place | None
    country: str = ""
    lines: tuple[WantedLine, ...]


class Strategy(Value):
    """Who takes part and what is wanted of a plan.

    Goals in order: most units, best ranks, fewest shipments, least distance, fewest pieces; `shipments_before_rank`
    swaps the second and third. `oldest_first`: scarce stock goes to the older order, else to where most units fit.
    """

    name: str
    source_list: str
    constraints: tuple[Constraint, ...] = ()
    use_real_inventory: bool = True  # off: no source is ever out of stock
    partial_lines: bool = False
    shipments_before_rank: bool = False
    oldest_first: bool = False

    def sorted(self) -> "Strategy":
        """The same, its constraints in an order of their own."""
        return self.with_(constraints=tuple(sorted(self.constraints, key=lambda each: each.model_dump_json())))


class Search(Value):
    """How hard to look for a better plan of a batch; `moves` counts tries, the same on every machine."""

    seed: int = 1
    moves: int = Field(default=20_000, ge=0)


class Problem(Value):
    """One run: a batch of orders against the stock of this moment.

    `on_hand` is what may be reserved, by source and product; absent means none. Lines a source (or a list, as a whole)
    was given earlier today count towards its maximum. `alternate` is tried for lines that `strategy` leaves unsourced.
    """

    now: AwareDatetime
    orders: tuple[WantedOrder, ...]
    sources: tuple[Source, ...]
    source_lists: tuple[SourceList, ...]
    strategy: Strategy
    alternate: Strategy | None = None
    on_hand: dict[str, dict[str, Decimal]]
    lines_today: dict[str, int] = {}
    list_lines_today: dict[str, int] = {}
    search: Search = Search()
    mode: Literal["real_time", "batch"] = "batch"
    simulation: bool = False

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> "Problem":
        sources = [source.name for source in self.sources]
        lists = [each.name for each in self.source_lists]
        _refuse_doubles("source", sources)
        _refuse_doubles("source list", lists)
        _refuse_doubles("order", [order.order_id for order in self.orders])
        for order in self.orders:
            _refuse_doubles(f"line of order {order.number}", [line.line_id for line in order.lines])
        for each in self.source_lists:
            _refuse_unknown("source", each.sources, sources)
        for strategy in self.strategies:
            _refuse_unknown("source list", (strategy.source_list, *_lists_of(strategy)), lists)
            _refuse_unknown("source", _sources_of(strategy), sources)
        return self

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        return (self.strategy, self.alternate) if self.alternate else (self.strategy,)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the input; the order in which things arrived does not matter."""
        ordered = self.with_(
            orders=tuple(
                order.with_(lines=tuple(sorted(order.lines, key=lambda line: line.line_id)))
                for order in sorted(self.orders, key=lambda order: order.order_id)
            ),
            sources=tuple(sorted(self.sources, key=lambda source: source.name)),
            source_lists=tuple(
                each.with_(sources=tuple(sorted(each.sources)))
                for each in sorted(self.source_lists, key=lambda each: each.name)
            ),
            strategy=self.strategy.sorted(),
            alternate=self.alternate and self.alternate.sorted(),
            on_hand={name: dict(sorted(cells.items())) for name, cells in sorted(self.on_hand.items())},
            lines_today=dict(sorted(self.lines_today.items())),
            list_lines_today=dict(sorted(self.list_lines_today.items())),
        )
        return hashlib.sha256(ordered.model_dump_json().encode()).hexdigest()


def _refuse_doubles(what: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        double = next(name for name in sorted(names) if names.count(name) > 1)
        raise ValueError(f"{what} {double!r} is there twice")


def _refuse_unknown(what: str, names: tuple[str, ...], known: list[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{what} {unknown[0]!r} is named but not there")


def _lists_of(strategy: Strategy) -> tuple[str, ...]:
    named = [getattr(each, "source_list", None) for each in strategy.constraints]
    named += [rank.source_list for each in strategy.constraints for rank in getattr(each, "ranks", ())]
    return tuple(name for name in named if name is not None)


def _sources_of(strategy: Strategy) -> tuple[str, ...]:
    named = [name for each in strategy.constraints for name in getattr(each, "sources", ())]
    named += [r.source for each in strategy.constraints for r in getattr(each, "ranks", ()) if r.source is not None]
    return tuple(named)
