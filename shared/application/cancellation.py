"""Canceling an order: before it was sent it simply ends; afterwards a person must stop those who were told already."""

from dataclasses import dataclass

from shared.domain.errors import OrderProblem
from shared.domain.events import ALERT, ORDER_CANCELED, BusinessEvent
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.records import Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.states import COMPLETED, FULFILLMENT_IN_PROCESS


class AlreadySent(OrderProblem):
    """The order is with fulfillment or past it; canceling it here alone would leave it shipping there."""


@dataclass(frozen=True)
class Cancellation:
    book: OrderBook
    errors: ErrorPages

    def cancel(self, order_id: str, who: str) -> tuple[EventMark, ...]:
        """Cancel at an operator's word. Raises AlreadySent, UnknownOrder."""

        def decide(record: OrderRecord) -> Change:
            if _is_sent(record):
                raise AlreadySent(f"order {record.order.number} is {record.position.state.name}: cancel it in F&O")
            return Change(events=(_canceled(who),))

        return self._ended(order_id, self.book.change(order_id, decide, lines=False).events)

    def canceled_at_source(self, order_id: str, source: str) -> tuple[EventMark, ...]:
        """The shop canceled the order: end it, or tell a person when it is with fulfillment already."""
        alert = BusinessEvent(
            name=ALERT,
            cause=f"canceled at {source}",
            source=source,
            details={"message": f"canceled in {source} after it was sent to fulfillment"},
        )

        def decide(record: OrderRecord) -> Change:
            return Change(events=(alert if _is_sent(record) else _canceled(source),))

        changed = self.book.change(order_id, decide, lines=False)
        if any(mark.name == ORDER_CANCELED for mark in changed.events):
            return self._ended(order_id, changed.events)
        message = f"order {changed.record.order.number} was canceled in {source} after it was sent to fulfillment"
        self.errors.report(ErrorEntry(kind="inbound", key=f"canceled.{order_id}", order_id=order_id, message=message))
        return changed.events

    def of(self, order_id: str) -> tuple[EventMark, ...]:
        """The cancellation of a canceled order: whoever stored it may have died before it was raised."""
        events = self.book.timeline(order_id).events
        return tuple(event.mark for event in events if event.name == ORDER_CANCELED and event.outcome == "applied")

    def _ended(self, order_id: str, events: tuple[EventMark, ...]) -> tuple[EventMark, ...]:
        self.errors.resolve(order_id)  # nobody has to mend a canceled order
        return events


def _canceled(who: str) -> BusinessEvent:
    return BusinessEvent(name=ORDER_CANCELED, cause="canceled", source=who)


def _is_sent(record: OrderRecord) -> bool:
    position = record.position
    return (position.held_from or position.state).name in {FULFILLMENT_IN_PROCESS, COMPLETED}
