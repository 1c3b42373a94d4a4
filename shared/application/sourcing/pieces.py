"""What a plan of many orders means for one of them: pieces, each so many units of a line from one source."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared.application.sourcing.attempts import Piece, RoundPlan, piece_key
from shared.application.sourcing.wanted import Task
from shared.configuration import Fulfillment, StrategySetup
from shared.domain.stock import Reservation
from shared.optimization import (
    Detail,
    FulfillmentPlan,
    MaximumSourcesPerLine,
    MaximumSourcesPerOrder,
    Outcome,
    PlanLine,
    Reason,
    RestrictPartialLines,
    RestrictPartialOrders,
)


@dataclass(frozen=True)
class Want:
    """What is to be planned of a task: units by line id. `number`: which round of its attempt this is."""

    task: Task
    number: int
    missing: Mapping[str, Decimal]


def round_plan(
    want: Want, plan: FulfillmentPlan, fingerprint: str, fulfillment: Fulfillment, now: datetime
) -> RoundPlan:
    """Of a simulation nothing is to be reserved: it has no pieces."""
    order_id = want.task.order_id
    mine = [line.with_(order_id=order_id) for line in plan.lines if line.order_id.rpartition("|")[0] == order_id]
    lines = _whole_or_nothing(mine, fulfillment)
    return RoundPlan(
        attempt=want.task.attempt,
        number=want.number,
        at=now,
        strategy=plan.strategy,
        mode=plan.mode,
        simulation=plan.simulation,
        fingerprint=fingerprint,
        lines=tuple(lines),
        passes=plan.passes,
        pieces=() if plan.simulation else tuple(_pieces(want, lines, fulfillment, now)),
    )


def of_no_use(kept: Iterable[Piece], refused: Iterable[Piece], fulfillment: Fulfillment) -> tuple[Piece, ...]:
    """Reserved pieces that their strategy wants only together with the refused ones.

    A hard limit of sources counts the order's or line's sources of one run, so a later round must start afresh.
    """
    lines = {piece.line_id for piece in refused}
    if not lines:
        return ()
    return tuple(piece for piece in kept if _binds(fulfillment.strategies.get(piece.strategy), piece.line_id in lines))


def _binds(strategy: StrategySetup | None, refused_line: bool) -> bool:
    """Whether the rules speak of the order as a whole, or of the line; of a strategy that is gone nobody can say."""
    if strategy is None or _has(strategy, RestrictPartialOrders, MaximumSourcesPerOrder):
        return True
    whole_lines = not strategy.partial_lines or _has(strategy, RestrictPartialLines, MaximumSourcesPerLine)
    return refused_line and whole_lines


def _has(strategy: StrategySetup, *kinds: type) -> bool:
    return any(isinstance(each, kinds) and each.enabled and each.hard for each in strategy.constraints)


def _whole_or_nothing(lines: list[PlanLine], fulfillment: Fulfillment) -> list[PlanLine]:
    """An order that goes to several addresses is several to the optimizer: whether it is whole is seen here."""
    if all(line.outcome is Outcome.FULLY_SOURCED for line in lines):
        return lines
    whole = {name for name, each in fulfillment.strategies.items() if _has(each, RestrictPartialOrders)}
    return [_without(whole, line) for line in lines]


def _without(strategies: set[str], line: PlanLine) -> PlanLine:
    details = tuple(each for each in line.details if each.strategy not in strategies)
    if details == line.details:
        return line
    return line.with_(
        details=details,
        fulfilled=_sum(details),
        outcome=Outcome.PARTIALLY_SOURCED if details else Outcome.NOT_SOURCED,
        reason=Reason.PARTIAL_ORDER,
        explanation=f"{Reason.PARTIAL_ORDER}: the whole order or nothing",
    )


def _pieces(want: Want, lines: Iterable[PlanLine], fulfillment: Fulfillment, now: datetime) -> Iterator[Piece]:
    for line in lines:
        by_source: dict[str, list[Detail]] = {}
        for detail in line.details:
            by_source.setdefault(detail.source, []).append(detail)
        for details in by_source.values():
            yield _piece(want, line, details, fulfillment, now)


def _piece(want: Want, line: PlanLine, details: list[Detail], fulfillment: Fulfillment, now: datetime) -> Piece:
    source, strategy = fulfillment.sources[details[0].source], fulfillment.strategies[details[0].strategy]
    key, quantity = piece_key(want.task.attempt, want.number, line.line_id, source.name), _sum(details)
    place = source.stock_place if source.use_real_inventory and strategy.use_real_inventory else None
    return Piece(
        key=key,
        line_id=line.line_id,
        source=source.name,
        strategy=strategy.name,
        quantity=quantity,
        planned_at=now,
        reservation=place
        and Reservation(key=key, company=source.company, product=line.product, place=place, quantity=quantity),
    )


def _sum(details: Iterable[Detail]) -> Decimal:
    return sum((detail.quantity for detail in details), Decimal(0))
