"""An order that a person wants to wait: nobody outside is told anything more of it until they let it go on.

What is under way is finished, and what others say of the order is taken in meanwhile. Canceling it is possible too.
"""

from dataclasses import dataclass

from shared.domain.errors import OrderProblem
from shared.domain.events import ORDER_HELD, ORDER_RESUMED, BusinessEvent
from shared.domain.ports import OrderBook
from shared.domain.records import CANCELING, HELD, Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.states import HELD_BY_OPERATOR, ON_HOLD, TERMINAL


class NotToBeHeld(OrderProblem):
    """Nothing would happen to the order anyway, or something else decides whether it goes on."""


class NotHeld(OrderProblem):
    """No person holds the order, or it needs more than being let go."""


@dataclass(frozen=True)
class Holding:
    """Both methods answer the events to raise into the order's flow, called again the same ones, or raise UnknownOrder.

    A second call is one that finds the order as it would leave it: the first one's raise may have been lost.
    """

    book: OrderBook

    def hold(self, order_id: str, who: str, why: str) -> tuple[EventMark, ...]:
        """Raises NotToBeHeld."""

        def decide(record: OrderRecord) -> Change | None:
            if record.marks.get(HELD):
                return None
            if obstacle := _obstacle(record):
                raise NotToBeHeld(f"order {record.order.number} {obstacle}")
            cause = f"after event {record.last_event}"
            held = BusinessEvent(name=ORDER_HELD, cause=cause, source=who, details={"message": why})
            return Change(events=(held,), marks={HELD: cause}, reason=HELD_BY_OPERATOR)

        return self.book.change(order_id, decide, lines=False).events or self._last(order_id, ORDER_HELD)

    def resume(self, order_id: str, who: str) -> tuple[EventMark, ...]:
        """Raises NotHeld."""

        def decide(record: OrderRecord) -> Change | None:
            state = record.position.state
            if not record.marks.get(HELD):
                return None
            if state.name == ON_HOLD and state.reason != HELD_BY_OPERATOR:
                raise NotHeld(f"order {record.order.number} is on hold for more: {state.reason}; reprocess it")
            resumed = BusinessEvent(name=ORDER_RESUMED, cause=f"after event {record.last_event}", source=who)
            return Change(events=(resumed,), marks={HELD: ""})

        changed = self.book.change(order_id, decide, lines=False)
        events = changed.events or self._last(order_id, ORDER_RESUMED)
        if not events:
            raise NotHeld(f"order {changed.record.order.number} is held by nobody")
        # Whoever stored the hold may have died before the flow was told, which would wait for that event.
        return (*self._last(order_id, ORDER_HELD), *events)

    def _last(self, order_id: str, name: str) -> tuple[EventMark, ...]:
        events = [event.mark for event in self.book.timeline(order_id).events if event.name == name]
        return tuple(events[-1:])


def _obstacle(record: OrderRecord) -> str | None:
    state = record.position.state
    if state.name in TERMINAL:
        return f"is {state.name}"
    if state.name == ON_HOLD:
        return f"is on hold already: {state.reason}"
    if record.flow is None:
        return "is in no flow yet"
    return "is being canceled" if record.marks.get(CANCELING) else None
