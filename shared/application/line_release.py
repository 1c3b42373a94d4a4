"""Looking for stock for one line at once, whoever looks after it otherwise."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.application.mistakes import NoSettings
from shared.application.order_lines import NotWaiting, line_numbered
from shared.application.provider_events import Seen
from shared.domain.events import ON_HAND_CHECK_SUCCEEDED
from shared.domain.ports import OrderBook
from shared.domain.records import CANCELING
from shared.domain.results import EventMark
from shared.domain.states import TERMINAL

Look = Callable[[str, int], Seen | None]
"""Order id, line number; None: nothing is found. Raises UnknownStrategy, RejectedByProvider, TransientProviderError."""


@dataclass(frozen=True)
class LineRelease:
    """`look` is None where there are no settings for stock."""

    book: OrderBook
    look: Look | None

    def now(self, order_id: str, number: int) -> tuple[EventMark, ...]:
        """The events to raise into the order's flow; none when there is no stock, the plan of this look says why.

        A line that has its source already answers what told of it: the first raise may have been lost. Raises
        UnknownOrder, UnknownLine, NotWaiting, NoSettings, and what `look` raises.
        """
        record = self.book.get(order_id)
        line, which = line_numbered(record.order, number), f"line {number} of order {record.order.number}"
        if record.position.state.name in TERMINAL or record.marks.get(CANCELING):
            raise NotWaiting(f"{which} does not wait for stock: the order is canceled, completed, or being canceled")
        if line.hold is None and line.fulfillment_source and line.alive:
            events = self.book.timeline(order_id).events
            return tuple(event.mark for event in events if event.name == ON_HAND_CHECK_SUCCEEDED)
        if line.hold is None:
            raise NotWaiting(f"{which} does not wait for stock")
        if self.look is None:
            raise NoSettings("the app has no settings for the stock to look for")
        seen = self.look(order_id, number)
        return seen.events if seen else ()
