"""What limits a plan. A strategy names the constraints it applies; a constraint that is not hard yields in pass two."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from shared.domain.orders import Value

METRES = {"km": 1000.0, "miles": 1609.344}


class _Constraint(Value):
    name: str
    enabled: bool = True
    hard: bool = True


class _OfSources(_Constraint):
    """Speaks of the sources named one by one or by a list; of every source when it names none."""

    sources: tuple[str, ...] = ()
    source_list: str | None = None


class MaximumDistance(_OfSources):
    """Straight-line distance from source to ship-to, limit included; where several speak of a source, the lowest."""

    kind: Literal["maximum_distance"] = "maximum_distance"
    limit: float = Field(ge=0)
    unit: Literal["km", "miles"] = "km"
    same_country: bool = False

    @property
    def metres(self) -> int:
        return round(self.limit * METRES[self.unit])


class Rank(Value):
    """1 is best. A rank for a product goes before one for all products, one for a source before one for a list."""

    rank: PositiveInt
    source: str | None = None
    source_list: str | None = None
    product: str | None = None

    @model_validator(mode="after")
    def _speaks_of_one_place(self) -> "Rank":
        if (self.source is None) == (self.source_list is None):
            raise ValueError("a rank belongs to a source or to a source list")
        return self


class LocationPriority(_Constraint):
    """Prefer low ranks. While it is in force a source without a rank is out, afterwards it comes last."""

    kind: Literal["location_priority"] = "location_priority"
    ranks: tuple[Rank, ...]


class MaximumSourcesPerOrder(_Constraint):
    kind: Literal["maximum_sources_per_order"] = "maximum_sources_per_order"
    limit: PositiveInt


class MaximumSourcesPerLine(_Constraint):
    kind: Literal["maximum_sources_per_line"] = "maximum_sources_per_line"
    limit: PositiveInt


class RestrictPartialOrders(_Constraint):
    """The whole order or nothing."""

    kind: Literal["restrict_partial_orders"] = "restrict_partial_orders"


class RestrictPartialLines(_Constraint):
    """The whole line or nothing, from one source or several. Without effect where the strategy says so already."""

    kind: Literal["restrict_partial_lines"] = "restrict_partial_lines"


class RespectWarehouseTimings(_OfSources):
    """The source must be working now and before its cut-off, in its own time zone."""

    kind: Literal["respect_warehouse_timings"] = "respect_warehouse_timings"


class MaximumOrderLines(_OfSources):
    """Order lines a day: of each source named, or of all sources of `source_list` together."""

    kind: Literal["maximum_order_lines"] = "maximum_order_lines"
    limit: int = Field(ge=0)


class SafetyStock(_OfSources):
    """`ring_fence`: only what exceeds the safety stock may leave. `threshold`: nothing leaves once it is undercut."""

    kind: Literal["safety_stock"] = "safety_stock"
    mode: Literal["ring_fence", "threshold"] = "ring_fence"


Constraint = Annotated[
    MaximumDistance
    | LocationPriority
    | MaximumSourcesPerOrder
    | MaximumSourcesPerLine
    | RestrictPartialOrders
    | RestrictPartialLines
    | RespectWarehouseTimings
    | MaximumOrderLines
    | SafetyStock,
    Field(discriminator="kind"),
]
