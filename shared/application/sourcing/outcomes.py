"""What an attempt to source an order means for its flow: step result, events, and lines that are held."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.application.sourcing.hand_over import HandOver, hand_over
from shared.application.sourcing.settling import ROUNDS, Settled
from shared.configuration import Fulfillment
from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.events import (
    FULFILLMENT_ORDER_CREATED,
    LINES_HELD,
    ON_HAND_CHECK_FAILED,
    ON_HAND_CHECK_SUCCEEDED,
    OPTIMIZATION_FAILED,
    OPTIMIZATION_SUCCEEDED,
    BusinessEvent,
)
from shared.domain.orders import (
    BACKORDER_HOLD,
    INVENTORY_NOT_FOUND,
    FulfillmentSource,
    LineHold,
    Order,
    OrderLine,
)
from shared.domain.ports import Clock, ErrorEntry, ErrorPages
from shared.domain.results import StepResult
from shared.domain.sourcing import HeldLines
from shared.optimization import Outcome

SOURCE = "optimization"
_SHOWN_LINES, _SHOWN_REFUSALS = 10, 10


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of the provider action, whether its order was planned alone or with others."""

    fulfillment: Fulfillment
    held_lines: HeldLines
    errors: ErrorPages
    clock: Clock

    def of(self, action: ProviderAction, settled: Settled) -> ActionOutcome:
        order = settled.task.order
        if settled.plan and settled.plan.simulation:
            name = settled.plan.strategy
            text = (
                f"strategy {name!r} only simulates: its plan is kept, nothing is reserved; name another and reprocess"
            )
            return ActionOutcome(StepResult.failed(action.step, text, attempt=settled.task.attempt))
        if why := dict(undecided(settled)):
            return failed(action, order, why)
        if not settled.task.lines:
            return ActionOutcome(StepResult.succeeded(action.step, "no line needs a source"), (_succeeded(action),))
        if not settled.pieces and not self.fulfillment.order_handling.backorders:
            return failed(action, order, explained(settled))
        return self._sourced(action, settled)

    def _sourced(self, action: ProviderAction, settled: Settled) -> ActionOutcome:
        """What is held is found again by its row, which is there before the order says so."""
        order, held = settled.task.order, explained(settled)
        hold = self._hold() if held else None
        if held and self.fulfillment.order_handling.backorders:
            self.held_lines.add(order.order_id)
        elif held:
            self.errors.report(_not_found(action, order, held))
        sources, pieces = sources_of(self.fulfillment), settled.pieces
        handed = hand_over(order, pieces, sources, hold)
        return ActionOutcome(
            result=StepResult.succeeded(
                action.step, _in_words(handed, order, held), attempt=settled.task.attempt, **_details(handed)
            ),
            events=(_succeeded(action), *_found(handed, action.action_id), *_held(action, order, held, bool(pieces))),
            update=lambda newest: hand_over(newest, pieces, sources, hold).order,
        )

    def _hold(self) -> LineHold:
        backorders = self.fulfillment.order_handling.backorders
        return LineHold(reason=BACKORDER_HOLD if backorders else INVENTORY_NOT_FOUND, since=self.clock())


def failed(action: ProviderAction, order: Order, why: Mapping[str, str]) -> ActionOutcome:
    """`why`: by line id, for whoever must act."""
    message = listed(order, why)
    details = {str(number): text for number, text in _by_number(order, why).items()}
    event = BusinessEvent(
        name=OPTIMIZATION_FAILED, cause=action.action_id, source=SOURCE, details={"message": message, "lines": details}
    )
    return ActionOutcome(StepResult.failed(action.step, message, lines=details), (event,))


def refused(action: ProviderAction, message: str) -> ActionOutcome:
    """Nothing could be decided about the order at all."""
    event = BusinessEvent(name=OPTIMIZATION_FAILED, cause=action.action_id, source=SOURCE, details={"message": message})
    return ActionOutcome(StepResult.failed(action.step, message), (event,))


def found_events(handed: HandOver, cause: str) -> tuple[BusinessEvent, ...]:
    """Of an order some of whose lines have found sources; `cause` names the attempt."""
    return tuple(_found(handed, cause))


def sources_of(fulfillment: Fulfillment) -> dict[str, FulfillmentSource]:
    return {name: setup.in_finops for name, setup in fulfillment.sources.items()}


def explained(settled: Settled) -> dict[str, str]:
    """For each line that did not get all it wants: why not, and which source refused why."""
    missing = settled.missing
    last = settled.result
    turned_down: dict[str, list[str]] = {}
    for each in last.refused if last else ():
        turned_down.setdefault(each.piece.line_id, []).append(f"{each.piece.source}: {each.why}")
    return {
        line.line_id: "; ".join(_why(settled, line, turned_down.get(line.line_id, [])))
        for line in settled.task.lines
        if line.line_id in missing
    }


def listed(order: Order, why: Mapping[str, str]) -> str:
    """A sentence a line; of many lines the first."""
    skus = {line.number: line.sku for line in order.lines}
    texts = [f"line {number} ({skus[number]}): {text}" for number, text in _by_number(order, why).items()]
    more = [f"and {len(texts) - _SHOWN_LINES} more lines"] if len(texts) > _SHOWN_LINES else []
    return " | ".join([*texts[:_SHOWN_LINES], *more])


def undecided(settled: Settled) -> Iterator[tuple[str, str]]:
    """Lines about which nothing could be decided, by id, each with the reason."""
    if settled.rejection:
        yield from ((line.line_id, settled.rejection) for line in settled.task.lines)
        return
    for line in settled.plan.lines if settled.plan else ():
        if line.outcome is Outcome.EXCEPTION:
            yield line.line_id, line.explanation


def _why(settled: Settled, line: OrderLine, turned_down: list[str]) -> Iterator[str]:
    if turned_down:
        yield f"refused by the inventory service in {len(settled.rounds)} of {ROUNDS} rounds"
        yield from turned_down
        return
    planned = settled.plan and settled.plan.line(line.line_id)
    if planned is None:
        yield "given back: its order or line is shipped as a whole or not at all"
        return
    yield planned.explanation
    refusals = planned.refusals
    for each in refusals[:_SHOWN_REFUSALS]:
        yield f"{each.source}: {each.reason} ({each.found})"
    if len(refusals) > _SHOWN_REFUSALS:
        yield f"and {len(refusals) - _SHOWN_REFUSALS} more sources"


def _succeeded(action: ProviderAction) -> BusinessEvent:
    return BusinessEvent(name=OPTIMIZATION_SUCCEEDED, cause=action.action_id, source=SOURCE)


def _found(handed: HandOver, cause: str) -> Iterator[BusinessEvent]:
    for created in handed.created:
        details = {"source": created.source.name if created.source else "", "lines": handed.numbers(created)}
        yield BusinessEvent(name=FULFILLMENT_ORDER_CREATED, cause=created.number, source=SOURCE, details=details)
    if handed.created:
        yield BusinessEvent(name=ON_HAND_CHECK_SUCCEEDED, cause=cause, source=SOURCE, details=_details(handed))


def _held(action: ProviderAction, order: Order, held: Mapping[str, str], some_found: bool) -> Iterator[BusinessEvent]:
    if not held:
        return
    lines = {str(number): text for number, text in _by_number(order, held).items()}
    yield BusinessEvent(name=LINES_HELD, cause=action.action_id, source=SOURCE, details={"lines": lines})
    if not some_found:
        yield BusinessEvent(name=ON_HAND_CHECK_FAILED, cause=action.action_id, source=SOURCE)


def _details(handed: HandOver) -> dict[str, dict[str, list[int]]]:
    """Line numbers by source."""
    return {"sources": {each.source.name: handed.numbers(each) for each in handed.created if each.source}}


def _in_words(handed: HandOver, order: Order, held: Mapping[str, str]) -> str:
    found = [f"{source}: lines {_numbers(lines)}" for source, lines in _details(handed)["sources"].items()]
    waiting = [f"held: lines {_numbers(_by_number(order, held))}"] if held else []
    return "; ".join([*found, *waiting])


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _by_number(order: Order, by_line: Mapping[str, str]) -> dict[int, str]:
    return {line.number: by_line[line.line_id] for line in order.lines if line.line_id in by_line}


def _not_found(action: ProviderAction, order: Order, held: Mapping[str, str]) -> ErrorEntry:
    return ErrorEntry(
        kind="provider_action",
        key=not_found_key(order.order_id),
        order_id=order.order_id,
        step=action.step,
        message=f"{INVENTORY_NOT_FOUND}: {listed(order, held)}",
    )


def not_found_key(order_id: str) -> str:
    """Of the error that tells of lines without a source where there are no backorders."""
    return f"{order_id}.inventory-not-found"
