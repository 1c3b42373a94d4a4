"""Problems for tests; say only what matters to the test. Sources lie on the equator, one degree is 111,195 m."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.optimization import (
    Constraint,
    FulfillmentPlan,
    Place,
    Problem,
    Source,
    SourceList,
    Strategy,
    WantedLine,
    WantedOrder,
    optimize,
)

MONDAY_NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(degrees: float) -> Place:
    return Place(latitude=0, longitude=degrees)


def a_source(name: str, degrees: float = 1, **facts: Any) -> Source:
    return Source(**({"name": name, "place": at(degrees), "country": "US"} | facts))


def an_order(number: int = 1, /, *, country: str = "US", **quantities: float | str) -> WantedOrder:
    """Lines in the order of the products named; a product named P_2 is a second line of P."""
    return WantedOrder(
        order_id=f"order-{number}",
        number=f"BC-{number:05}",
        placed_at=MONDAY_NINE.replace(minute=number),
        destination=at(0),
        country=country,
        lines=tuple(
            WantedLine(line_id=name, number=n, product=name.split("_")[0], quantity=Decimal(str(quantity)))
            for n, (name, quantity) in enumerate(quantities.items(), start=1)
        ),
    )


def a_problem(
    *orders: WantedOrder,
    on_hand: dict[str, dict[str, Any]],
    sources: tuple[Source, ...] | None = None,
    rules: tuple[Constraint, ...] = (),
    strategy: dict[str, Any] | None = None,
    **facts: Any,
) -> Problem:
    """Sources are those with stock, A one degree away, B two, C three, unless given."""
    known = sources or tuple(a_source(name, 1 + ord(name) - ord("A")) for name in on_hand)
    all_of_them = SourceList(name="all", sources=tuple(source.name for source in known))
    return Problem(
        **{
            "now": MONDAY_NINE,
            "orders": orders,
            "sources": known,
            "source_lists": (all_of_them, *facts.pop("lists", ())),
            "strategy": Strategy(name="main", source_list="all", constraints=rules, **(strategy or {})),
            "on_hand": {name: {k: Decimal(str(v)) for k, v in cells.items()} for name, cells in on_hand.items()},
        }
        | facts
    )


def plan_of(problem: Problem) -> FulfillmentPlan:
    return optimize(problem, budget_seconds=None, elapsed=lambda: 0.0)


def shipped(plan: FulfillmentPlan, order: int = 1) -> dict[str, dict[str, float]]:
    """Units by line and source; lines that got nothing are left out."""
    found: dict[str, dict[str, float]] = {}
    for line in plan.lines:
        for detail in line.details if line.order_id == f"order-{order}" else ():
            cells = found.setdefault(line.line_id, {})
            cells[detail.source] = cells.get(detail.source, 0) + float(detail.quantity)
    return found
