"""Trying a failed order again, from the step that failed. Safe to ask for twice."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.errors import OrderProblem, TransientProviderError, UnknownOrder
from shared.domain.events import ORDER_CANCELED, REPROCESS_REQUESTED, STEP_FAILED, BusinessEvent
from shared.domain.ports import ErrorPages, OrderBook, Queues
from shared.domain.records import HELD, Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.sources import IntakeMessage
from shared.domain.states import CANCELED, HELD_BY_OPERATOR, ON_HOLD
from shared.messaging.names import INTAKE_QUEUE


class NothingToReprocess(OrderProblem):
    """The order is not on hold and never was released from one."""


@dataclass(frozen=True)
class Reprocessing:
    """`configuration`: the version that is current, by which an order goes on; who mends a policy wants it to count."""

    book: OrderBook
    errors: ErrorPages
    queues: Queues
    mend: Callable[[OrderRecord], None]
    configuration: int

    def again(self, order_id: str, who: str) -> tuple[EventMark, ...]:
        """The events to raise into the order's flow; none when the order is being taken in anew instead.

        A second call finds the order released and answers the same event again: its first raise may have been lost.
        Raises UnknownOrder, NothingToReprocess, and whatever `mend` raises.
        """
        try:
            record = self.book.header(order_id)
        except UnknownOrder as unknown:
            return self._take_in_again(order_id, otherwise=unknown)
        if record.position.state.name == ON_HOLD:
            return self._put_on_its_way(record, who)
        if record.position.state.name == CANCELED and self._has_failed_to_stop_others(order_id):
            return self._released(order_id, CANCELED, who)
        if release := self._last_release(order_id):
            self.errors.resolve(order_id)
            return (release,)
        problem = f"order {record.order.number} is {record.position.state.name}: only an order on hold is reprocessed"
        return self._take_in_again(order_id, otherwise=NothingToReprocess(problem))

    def _put_on_its_way(self, record: OrderRecord, who: str) -> tuple[EventMark, ...]:
        order = record.order
        if record.position.state.reason == HELD_BY_OPERATOR:
            raise NothingToReprocess(f"order {order.number} is held by a person: resume it")
        if record.flow is None:
            return self._take_in(order.order_id, order.source, order.external_id)
        self.mend(record)
        return self._released(order.order_id, ON_HOLD, who)

    def _released(self, order_id: str, state: str, who: str) -> tuple[EventMark, ...]:
        changed = self.book.change(order_id, lambda current: self._release(current, state, who), lines=False)
        self.errors.resolve(order_id)
        return changed.events

    def _has_failed_to_stop_others(self, order_id: str) -> bool:
        """A canceled order is put on no hold; but its flow may wait because others have not been told yet."""
        telling = {ORDER_CANCELED, STEP_FAILED, REPROCESS_REQUESTED}
        names = [event.name for event in self.book.timeline(order_id).events if event.name in telling]
        return names[-1:] == [STEP_FAILED]

    def _last_release(self, order_id: str) -> EventMark | None:
        events = self.book.timeline(order_id).events
        return next((event.mark for event in reversed(events) if event.name == REPROCESS_REQUESTED), None)

    def _take_in_again(self, order_id: str, *, otherwise: OrderProblem) -> tuple[EventMark, ...]:
        """An order whose intake was given up: the error pages know where it comes from, the book may not know it."""
        for entry in self.errors.entries("inbound", status=None):
            if entry.order_id == order_id and entry.external_id and "source" in entry.details:
                return self._take_in(order_id, entry.details["source"], entry.external_id)
        raise otherwise

    def _release(self, record: OrderRecord, state: str, who: str) -> Change | None:
        if record.position.state.name != state:
            return None  # somebody else was faster
        release = BusinessEvent(name=REPROCESS_REQUESTED, cause=f"after event {record.last_event}", source=who)
        return Change(events=(release,), configuration=self.configuration, marks={HELD: ""})

    def _take_in(self, order_id: str, source: str, external_id: str) -> tuple[EventMark, ...]:
        told = [entry for entry in self.errors.entries() if entry.order_id == order_id]
        self.errors.resolve(order_id)  # before the message can fail again and report it anew
        message = IntakeMessage(source=source, external_id=external_id)
        try:
            self.queues.send(INTAKE_QUEUE, message)
        except TransientProviderError:
            for entry in told:  # nothing is on its way: it is still a person's to mend
                self.errors.report(entry)
            raise
        return ()
