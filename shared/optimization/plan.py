"""What was decided, and why."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from shared.domain.orders import Value


class Outcome(StrEnum):
    FULLY_SOURCED = "fully sourced"
    PARTIALLY_SOURCED = "partially sourced"
    NOT_SOURCED = "not sourced"
    EXCEPTION = "exception"


class Reason(StrEnum):
    """Why a source does not ship, in the order in which the rules are asked."""

    NO_SOURCE = "no source"
    INACTIVE = "inactive"
    NO_COORDINATES = "no coordinates"
    OUT_OF_REACH = "none in reach"
    UNRANKED = "no ranked source"
    CLOSED = "closed"
    CAPACITY = "capacity"
    NO_STOCK = "no stock"
    SOURCE_LIMIT = "source limit"
    PARTIAL_ORDER = "partial-order rule"
    UNDECIDED = "undecided"


class Refusal(NamedTuple):
    """One source that does not ship (more of) a line: `rule` is the constraint's name, `found` the values it met."""

    strategy: str
    source: str
    reason: Reason
    rule: str
    found: str


class Detail(Value):
    """Part of a line that leaves one source. `metres` is the straight-line distance to the ship-to."""

    source: str
    shipping_warehouse: str | None
    quantity: Decimal
    metres: int
    strategy: str
    pass_number: int


class PlanLine(Value):
    """What becomes of an order line. `refusals` speak of the last pass of each strategy; none when fully sourced."""

    order_id: str
    line_id: str
    product: str
    ordered: Decimal
    fulfilled: Decimal
    outcome: Outcome
    details: tuple[Detail, ...] = ()
    reason: Reason | None = None
    explanation: str = ""
    refusals: tuple[Refusal, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(detail.source for detail in self.details))

    @property
    def split(self) -> bool:
        return len(self.sources) > 1


class Goal(Value):
    """What a plan is judged by. `rank` is the sum of rank x units, 0 without ranks; `metres` is per shipment."""

    units: Decimal
    rank: Decimal
    shipments: int
    metres: int
    pieces: int


class PassSummary(Value):
    """One pass of one strategy. Pass two, and the alternate strategy, count only what they add to what stays.

    `bound` promises, goal by goal in the strategy's order: no plan that is as good as this one in all goals before
    does better in this goal. So no plan has more units; none with as many units (and ranks as good, where ranks come
    first) takes fewer shipments; 0 where nothing is known. `optimal`: no better plan of this pass exists; where the
    oldest order comes first, no order has a better plan on what older ones left. `out_of_time`: the clock ended the
    search or the proof, not the moves; another run may then find another plan.
    """

    strategy: str
    pass_number: int
    goal: Goal
    bound: Goal
    optimal: bool
    moves: int = 0
    out_of_time: bool = False


class FulfillmentPlan(Value):
    """Lines in order of (order date, order number, line number)."""

    strategy: str
    mode: str
    simulation: bool
    seed: int
    budget_seconds: float | None
    lines: tuple[PlanLine, ...]
    passes: tuple[PassSummary, ...]

    @property
    def optimal(self) -> bool:
        return all(each.optimal for each in self.passes)

    @property
    def out_of_time(self) -> bool:
        return any(each.out_of_time for each in self.passes)

    def line(self, order_id: str, line_id: str) -> PlanLine:
        return next(line for line in self.lines if (line.order_id, line.line_id) == (order_id, line_id))
