"""Sending one line to F&O again: one that F&O refused though its step counted as done.

The wish is kept on the line, in one transaction with the event that tells the order's flow. The flow sends what is
wished for by a step of its own, as it does with lines that find stock late. Nobody but the flow asks providers for
anything, so a hold, a cancellation and a failure mean what they always mean, and no event goes by unheard.

Who asks again while the line waits has one wish; while it is being sent, a second one, in case it is refused. Nobody
can tell the two apart here, so the line counts how often it was asked for, and whoever sends it compares.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.application.order_lines import line_numbered
from shared.domain.errors import OrderProblem
from shared.domain.events import (
    LINE_RESEND_REQUESTED,
    SENT_TO_FULFILLMENT,
    SENT_TO_INVOICE,
    BusinessEvent,
    TimelineEvent,
)
from shared.domain.identity import FINOPS
from shared.domain.orders import OrderLine
from shared.domain.ports import OrderBook
from shared.domain.records import CANCELING, HELD, Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.states import HELD_BY_OPERATOR, ON_HOLD, TERMINAL


class NotToBeResent(OrderProblem):
    """F&O has the line, nobody wants it any more, or something else is to be done first."""


@dataclass(frozen=True)
class LineResending:
    book: OrderBook

    def again(self, order_id: str, number: int, who: str) -> tuple[EventMark, ...]:
        """The events to raise into the order's flow; the same ones for a line that is to be sent again already.

        Raises UnknownOrder, UnknownLine, NotToBeResent.
        """
        events = self.book.timeline(order_id).events

        def decide(record: OrderRecord) -> Change | None:
            line = line_numbered(record.order, number)
            if why := _of_line(line) or _of_order(record) or _too_early(events):
                raise NotToBeResent(f"line {number} of order {record.order.number} is not sent again: {why}")
            return _asked(record, line) if line.resend else _wish(record, line, who)

        return self.book.change(order_id, decide).events or _wishes(self.book.timeline(order_id).events)


def _of_line(line: OrderLine) -> str:
    """Why not, empty when it may be."""
    if line.in_finops:
        return "it is in F&O already"
    if not line.alive:
        return "it is canceled"
    return f"it waits for stock ({line.hold.reason}): release it" if line.hold else ""


def _of_order(record: OrderRecord) -> str:
    state = record.position.state
    if state.name in TERMINAL:
        return f"the order is {state.name}"
    if record.marks.get(CANCELING):
        return "the order is being canceled"
    if state.name == ON_HOLD and state.reason != HELD_BY_OPERATOR:
        return f"the order is on hold ({state.reason}): reprocess it"
    return "the order is held by a person: resume it first" if record.marks.get(HELD) else ""


def _too_early(events: Iterable[TimelineEvent]) -> str:
    """Flexe, too, is sent orders to fulfill: only what F&O was sent counts."""
    sent = (SENT_TO_FULFILLMENT, SENT_TO_INVOICE)
    if any(event.name in sent and event.source == FINOPS for event in events):
        return ""
    return "the order has not been sent to F&O yet; if it stands still, reprocess it"


def _wish(record: OrderRecord, line: OrderLine, who: str) -> Change:
    """Its cause is another one each time: a line may be refused again."""
    event = BusinessEvent(
        name=LINE_RESEND_REQUESTED,
        cause=f"line {line.number} after event {record.last_event}",
        source=who,
        details={"line": line.number, "sync_error": line.sync_error},
    )
    return replace(_asked(record, line), events=(event,))


def _asked(record: OrderRecord, line: OrderLine) -> Change:
    wished = line.with_(resend=True, resends_asked=line.resends_asked + 1)
    lines = tuple(wished if each.line_id == line.line_id else each for each in record.order.lines)
    return Change(order=record.order.with_(lines=lines))


def _wishes(events: Iterable[TimelineEvent]) -> tuple[EventMark, ...]:
    """All of them: which was not raised is not known, and the flow hears each but once."""
    return tuple(event.mark for event in events if event.name == LINE_RESEND_REQUESTED)
