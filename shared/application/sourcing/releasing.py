"""Held lines given the sources that an attempt has found and reserved for them."""

from dataclasses import dataclass

from shared.application.sourcing.deadlines import is_settled
from shared.application.sourcing.hand_over import HandOver, hand_over
from shared.application.sourcing.leftovers import Leftovers
from shared.application.sourcing.outcomes import found_events, not_found_key, sources_of
from shared.application.sourcing.settling import Settled
from shared.application.sourcing.telling import News, to_be_told_again
from shared.configuration import Fulfillment
from shared.domain.orders import INVENTORY_NOT_FOUND, Order, OrderLine
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.records import Change, OrderRecord
from shared.domain.states import CANCELED

STEP = "Backorders"


@dataclass(frozen=True)
class Released:
    """`lines`: how many of the order's lines wait no more."""

    seen: News
    lines: int


@dataclass(frozen=True)
class Releasing:
    fulfillment: Fulfillment
    book: OrderBook
    errors: ErrorPages
    leftovers: Leftovers

    def conclude(self, settled: Settled) -> Released | None:
        """Only lines that are still held are released, by whoever is first; what is reserved in vain is given back.

        Raises TransientProviderError, RejectedByProvider; done again, nothing happens twice.
        """
        attempt, order_id = settled.task.attempt, settled.task.order_id
        handed: list[HandOver] = []

        def decide(record: OrderRecord) -> Change | None:
            handed[:] = [] if is_settled(record) else [self._hand_over(record.order, settled)]
            if not handed or not handed[0].created:
                return None
            return Change(order=handed[0].order, events=found_events(handed[0], attempt))

        changed = self.book.change(order_id, decide)
        ended = changed.record.position.state.name == CANCELED
        self.leftovers.give_back(changed.record.order, over=attempt, ended=ended)
        if not changed.events:
            return None
        self._resolve(changed.record.order)
        news = News(order_id, changed.events, told=to_be_told_again)
        return Released(news, sum(len(each.lines) for each in handed[0].created))

    def report(self, order: Order, problem: str) -> None:
        """What keeps an order's lines from being looked after, for a person."""
        self.errors.report(
            ErrorEntry(kind="orchestration_step", key=_key(order), order_id=order.order_id, step=STEP, message=problem)
        )

    def _hand_over(self, order: Order, settled: Settled) -> HandOver:
        still = {line.line_id for line in order.lines if line.hold}
        pieces = [piece for piece in settled.pieces if piece.line_id in still]
        return hand_over(order, pieces, sources_of(self.fulfillment))

    def _resolve(self, order: Order) -> None:
        self.errors.resolve(order.order_id, _key(order))
        if not held_for(order, INVENTORY_NOT_FOUND):
            self.errors.resolve(order.order_id, not_found_key(order.order_id))


def held_for(order: Order, *reasons: str) -> tuple[OrderLine, ...]:
    return tuple(line for line in order.lines if line.hold and line.hold.reason in reasons)


def _key(order: Order) -> str:
    return f"{order.order_id}.backorders"
