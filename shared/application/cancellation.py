"""Canceling an order. Its flow asks everyone who has been told of it to stop; what has shipped by then has shipped.

An order without a flow is nobody else's yet and simply ends.
"""

from dataclasses import dataclass

from shared.application.order_lines import NotWaiting, line_numbered
from shared.domain.errors import OrderProblem
from shared.domain.events import ALERT, CANCEL_PENDING, CANCEL_REFUSED, CANCEL_REQUESTED, ORDER_CANCELED, BusinessEvent
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.progress import Report, advance, is_shipped, shipped
from shared.domain.records import CANCELING, Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.states import COMPLETED, TERMINAL


class AlreadyShipped(OrderProblem):
    """Nothing is left that could be stopped."""


@dataclass(frozen=True)
class Cancellation:
    book: OrderBook
    errors: ErrorPages

    def cancel(self, order_id: str, who: str) -> tuple[EventMark, ...]:
        """Cancel at an operator's word; the events to raise into the flow. Raises AlreadyShipped, UnknownOrder."""

        def decide(record: OrderRecord) -> Change | None:
            if why := _too_late(record):
                raise AlreadyShipped(f"order {record.order.number} {why}: it can only come back as a return")
            return _wish(record, who)

        return self._wished(order_id, self.book.change(order_id, decide).events)

    def cancel_line(self, order_id: str, number: int, who: str) -> tuple[EventMark, ...]:
        """Give up a line that waits for stock; of one that is canceled already, all events so far.

        Raises UnknownOrder, UnknownLine, NotWaiting.
        """

        def decide(record: OrderRecord) -> Change | None:
            line = line_numbered(record.order, number)
            if not line.alive:
                return None
            if line.hold is None:
                raise NotWaiting(f"line {number} of order {record.order.number} does not wait for stock")
            order, events = advance(record.order, Report(source=who, canceled={line.line_id: line.quantity}))
            return Change(order=order, events=events)

        events = self.book.change(order_id, decide).events
        return events or tuple(event.mark for event in self.book.timeline(order_id).events)

    def canceled_at_source(self, order_id: str, source: str) -> tuple[EventMark, ...]:
        """The shop canceled the order: end it, or tell a person when it has shipped already."""
        alert = BusinessEvent(
            name=ALERT,
            cause=f"canceled at {source}",
            source=source,
            details={"message": f"canceled in {source} after it had shipped"},
        )

        def decide(record: OrderRecord) -> Change | None:
            return Change(events=(alert,)) if _too_late(record) else _wish(record, source)

        changed = self.book.change(order_id, decide)
        if not any(mark.name == ALERT for mark in changed.events):
            return self._wished(order_id, changed.events)
        message = f"order {changed.record.order.number} was canceled in {source} after it had shipped"
        self._report(changed.record, message)
        return changed.events

    def conclude(self, order_id: str, against: str | None) -> tuple[EventMark, ...]:
        """Everyone was asked to stop. `against`: the event by which one of them said that it cannot, or not yet.

        What had left before counts as shipped, and the order goes on with it.
        """

        def decide(record: OrderRecord) -> Change | None:
            if against == CANCEL_PENDING:  # unless it has been settled since it was said
                return Change(marks={CANCELING: "pending"}) if record.marks.get(CANCELING) else None
            if against:
                return Change(marks={CANCELING: ""})
            event = _canceled_in_part() if shipped(record.order) else _canceled("orchestration")
            return Change(events=(event,), marks={CANCELING: ""})

        changed = self.book.change(order_id, decide, lines=False)
        if against is None and not shipped(changed.record.order):
            self.errors.resolve(order_id)  # nobody has to mend a canceled order
        elif against != CANCEL_PENDING:
            number = changed.record.order.number
            self._report(changed.record, f"order {number} was to be canceled, but has shipped, in part or whole")
        return changed.events

    def of(self, order_id: str) -> tuple[EventMark, ...]:
        """The cancellation of an order: whoever stored it may have died before it was raised."""
        events = self.book.timeline(order_id).events
        return tuple(event.mark for event in events if event.name in (CANCEL_REQUESTED, ORDER_CANCELED))

    def _wished(self, order_id: str, events: tuple[EventMark, ...]) -> tuple[EventMark, ...]:
        if any(mark.name == ORDER_CANCELED for mark in events):
            self.errors.resolve(order_id)
        return events or self.of(order_id)

    def _report(self, record: OrderRecord, message: str) -> None:
        order = record.order
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"canceled.{order.order_id}",
                order_id=order.order_id,
                external_id=order.external_id,
                message=message,
            )
        )


def _wish(record: OrderRecord, who: str) -> Change | None:
    """None when it is under way already."""
    if record.flow is None:
        return Change(events=(_canceled(who),))
    if record.marks.get(CANCELING) or record.position.state.name in TERMINAL:
        return None
    wish = BusinessEvent(name=CANCEL_REQUESTED, cause=f"after event {record.last_event}", source=who)
    return Change(events=(wish,), marks={CANCELING: "requested"})


def _too_late(record: OrderRecord) -> str | None:
    position = record.position
    if COMPLETED in (position.state.name, position.held_from and position.held_from.name):
        return "is completed"
    return "has shipped" if is_shipped(record.order) else None


def _canceled(who: str) -> BusinessEvent:
    """Of the same cause as in `progress`: a copy, when whoever stopped has said so already."""
    return BusinessEvent(name=ORDER_CANCELED, cause=ORDER_CANCELED, source=who)


def _canceled_in_part() -> BusinessEvent:
    details = {"message": "canceled but for what had shipped"}
    return BusinessEvent(name=CANCEL_REFUSED, cause="canceled in part", source="orchestration", details=details)
