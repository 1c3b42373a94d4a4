"""Where goods leave from, how a source is chosen for an order, and what becomes of lines that find none."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, model_validator

from shared.domain.errors import OrderProblem
from shared.domain.orders import FulfillmentSource, Value
from shared.domain.stock import StockPlace
from shared.optimization import Calendar, Constraint, Hours, MaximumOrderLines, Place, Source, SourceList, Strategy

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_TYPES = sorted(kind.model_fields["kind"].default for kind in get_args(get_args(Constraint)[0]))
_SPAN = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)")


class UnknownStrategy(OrderProblem):
    """An order asks for a strategy that is not configured."""


def _under_names(entries: Any) -> Any:
    """Entries are written under their names."""
    if not isinstance(entries, dict):
        return entries
    for name, entry in entries.items():
        if isinstance(entry, dict) and entry.get("name", name) != name:
            raise ValueError(f"{entry['name']!r} is not the name it is written under ({name!r})")
    return {name: {**entry, "name": name} if isinstance(entry, dict) else entry for name, entry in entries.items()}


def _by_type(constraint: Any) -> Any:
    """What the optimizer calls the kind of a constraint is its type to an operator."""
    if not isinstance(constraint, dict):
        return constraint
    written = dict(constraint)
    kind = written.pop("type", None)
    if kind not in _TYPES or "kind" in written:
        raise ValueError(f"type {kind!r} is no type of constraint; there are {', '.join(_TYPES)}")
    return {**written, "kind": kind}


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


def _working_span(text: str) -> str:
    start, _, end = text.partition("-")
    if not _SPAN.fullmatch(text) or end <= start:
        raise ValueError("working hours are written 08:00-17:30, from earlier to later and until 24:00 at most")
    return text


Text = Annotated[str, Field(min_length=1)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class InventoryPlace(Value):
    """Where a source keeps its goods, in the words of Inventory Visibility."""

    site: Text
    location: Text


class WorkingTime(Value):
    """In the time zone of the source; a weekday without hours is free."""

    hours: dict[Weekday, tuple[Annotated[str, AfterValidator(_working_span)], ...]]
    holidays: frozenset[date] = frozenset()

    def calendar(self) -> Calendar:
        spans = [(day, *span.split("-")) for day, spans in self.hours.items() for span in spans]
        hours = [
            Hours(
                weekday=_WEEKDAYS.index(day),
                start=time.fromisoformat(start),
                end=None if end == "24:00" else time.fromisoformat(end),
            )
            for day, start, end in spans
        ]
        return Calendar(hours=tuple(hours), holidays=self.holidays)


class SourceSetup(Value):
    """Somewhere goods leave from, and what that place is to each system. What only Flexe uses needs no coordinates."""

    name: Text
    company: Text
    shipping_site: Text | None = None
    shipping_warehouse: Text | None = None
    country: CountryCode | Literal[""] = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    time_zone: TimeZone = "UTC"
    cutoff: time | None = None
    calendar: WorkingTime | None = None
    safety_stock: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] = Decimal(0)
    use_real_inventory: bool = True
    active: bool = True
    inventory: InventoryPlace | None = None  # None: the site and warehouse it ships from
    flexe_warehouse: Text | None = None  # its id at Flexe

    @model_validator(mode="after")
    def _has_both_coordinates_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        return self

    @property
    def in_finops(self) -> FulfillmentSource:
        return FulfillmentSource(
            name=self.name,
            company=self.company,
            shipping_site=self.shipping_site,
            shipping_warehouse=self.shipping_warehouse,
        )

    @property
    def stock_place(self) -> StockPlace | None:
        """None when nobody has said where its stock is counted."""
        if self.inventory is not None:
            return StockPlace(source=self.name, site=self.inventory.site, location=self.inventory.location)
        if self.shipping_site is None or self.shipping_warehouse is None:
            return None
        return StockPlace(source=self.name, site=self.shipping_site, location=self.shipping_warehouse)

    @property
    def _place(self) -> Place | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Place(latitude=self.latitude, longitude=self.longitude)

    def source(self) -> Source:
        """As the optimizer knows it."""
        return Source(
            name=self.name,
            active=self.active,
            place=self._place,
            country=self.country,
            shipping_warehouse=self.shipping_warehouse,
            use_real_inventory=self.use_real_inventory,
            safety_stock=self.safety_stock,
            time_zone=self.time_zone,
            cutoff=self.cutoff,
            calendar=self.calendar.calendar() if self.calendar else None,
        )


class StrategySetup(Value):
    """How sources are chosen. The alternate is tried for lines that find none; its own alternate is not.

    `batch_minutes`: how long orders are gathered to be planned together (none: each at once); `maximum_order_lines`:
    how many lines are planned together at most. A simulation plans and does nothing else.
    """

    name: Text
    source_list: Text
    default: bool = False
    alternate: Text | None = None
    batch_minutes: PositiveInt | None = None
    maximum_order_lines: PositiveInt = 1000
    simulation: bool = False
    use_real_inventory: bool = True
    partial_lines: bool = False
    shipments_before_rank: bool = False
    oldest_first: bool = False
    constraints: tuple[Annotated[Constraint, BeforeValidator(_by_type)], ...] = ()

    def strategy(self, source_list: str, *, oldest_first: bool = False) -> Strategy:
        """As the optimizer knows it; `source_list` stands in for its own."""
        return Strategy(
            name=self.name,
            source_list=source_list,
            constraints=self.constraints,
            use_real_inventory=self.use_real_inventory,
            partial_lines=self.partial_lines,
            shipments_before_rank=self.shipments_before_rank,
            oldest_first=self.oldest_first or oldest_first,
        )


class OrderHandling(Value):
    """`backorders`: a line without a source waits for stock, `cancellation_sla_days` at most (none: for ever)."""

    backorders: bool = True
    cancellation_sla_days: Annotated[int, Field(ge=1, le=365)] | None = None


class Fulfillment(Value):
    """`places`: [latitude, longitude] by country and beginning of the postal code; "" is the whole country."""

    sources: Annotated[dict[str, SourceSetup], BeforeValidator(_under_names)] = {}
    source_lists: dict[str, tuple[str, ...]] = {}
    strategies: Annotated[dict[str, StrategySetup], BeforeValidator(_under_names)] = {}
    order_handling: OrderHandling = OrderHandling()
    places: dict[CountryCode, dict[str, tuple[Latitude, Longitude]]] = {}

    def flexe_sources(self) -> dict[str, FulfillmentSource]:
        """By the id of the warehouse at Flexe."""
        return {each.flexe_warehouse: each.in_finops for each in self.sources.values() if each.flexe_warehouse}

    def strategy(self, name: str | None) -> StrategySetup:
        """The one of this name, the default one for None. Raises UnknownStrategy."""
        if name is None:
            return next(each for each in self.strategies.values() if each.default)
        if name not in self.strategies:
            known = ", ".join(map(repr, sorted(self.strategies)))
            raise UnknownStrategy(f"strategy = {name!r}: there is no such strategy; there are {known}")
        return self.strategies[name]

    def alternate_of(self, strategy: StrategySetup) -> StrategySetup | None:
        return self.strategies[strategy.alternate] if strategy.alternate else None

    def lists(self) -> tuple[SourceList, ...]:
        return tuple(SourceList(name=name, sources=sources) for name, sources in self.source_lists.items())

    @property
    def counts_lines(self) -> bool:
        """Whether it matters how many lines a source was given today."""
        every = (each for strategy in self.strategies.values() for each in strategy.constraints)
        return any(isinstance(each, MaximumOrderLines) and each.enabled for each in every)
