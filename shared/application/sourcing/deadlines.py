"""Lines that have waited for stock as long as the shop lets them: canceled, and a person told to refund the shopper."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from shared.application.sourcing.attempts import Attempts
from shared.application.sourcing.telling import News
from shared.domain.events import ALERT, BusinessEvent
from shared.domain.orders import BACKORDER_HOLD, Order, OrderLine
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.progress import Report, advance
from shared.domain.records import CANCELING, Change, OrderRecord
from shared.domain.states import TERMINAL

EXPIRY = "Backorder deadline"
SOURCE = "backorders"


@dataclass(frozen=True)
class Deadlines:
    """`sla_days`: a line that went on hold on a day (UTC) is looked after for that many days more; None: for ever."""

    book: OrderBook
    errors: ErrorPages
    attempts: Attempts
    sla_days: int | None

    def cancel(self, record: OrderRecord, now: datetime) -> tuple[News | None, int]:
        """The events to raise into the order's flow, and how many lines were canceled.

        The error is told first: a shopper may be refunded too early to be true, but is not forgotten.
        """
        foreseen = self._overdue(record.order, now)
        if not foreseen:
            return None, 0
        order_id, attempt = record.order.order_id, f"{EXPIRY} {now.isoformat()}"
        self.attempts.begin(order_id, attempt)
        self.errors.report(self._entry(record.order, foreseen), stays=True)
        canceled: list[OrderLine] = []

        def decide(newest: OrderRecord) -> Change | None:
            canceled[:] = [] if is_settled(newest) else self._overdue(newest.order, now)
            return self._change(newest, canceled) if canceled else None

        changed = self.book.change(order_id, decide)
        if _numbers(canceled) != _numbers(foreseen):  # stock was found for some meanwhile
            self.errors.resolve(order_id, _key(order_id, foreseen))
            if canceled:
                self.errors.report(self._entry(record.order, canceled), stays=True)
        if not canceled:
            return None, 0
        return News(order_id, changed.events, told=partial(self.attempts.end, order_id, attempt)), len(canceled)

    def _overdue(self, order: Order, now: datetime) -> list[OrderLine]:
        if self.sla_days is None:
            return []
        today = now.astimezone(UTC).date()
        return [
            line
            for line in order.lines
            if line.hold
            and line.hold.reason == BACKORDER_HOLD
            and (today - line.hold.since.astimezone(UTC).date()).days > self.sla_days
        ]

    def _change(self, record: OrderRecord, lines: list[OrderLine]) -> Change:
        message = self._message(record.order, lines)
        report = Report(
            source=SOURCE, canceled={line.line_id: line.quantity for line in lines}, details={"message": message}
        )
        order, events = advance(record.order, report)
        alert = BusinessEvent(
            name=ALERT,
            cause=f"{EXPIRY}: lines {_numbers(lines)}",
            source=SOURCE,
            details={"message": message},
        )
        return Change(order=order, events=(*events, alert))

    def _entry(self, order: Order, lines: list[OrderLine]) -> ErrorEntry:
        return ErrorEntry(
            kind="orchestration_step",
            key=_key(order.order_id, lines),
            order_id=order.order_id,
            external_id=order.external_id,
            step=EXPIRY,
            message=self._message(order, lines),
        )

    def _message(self, order: Order, lines: list[OrderLine]) -> str:
        found = f"no stock was found within {self.sla_days} days for lines {_numbers(lines)} of order {order.number}"
        return f"{found}: they are canceled, the shopper is to be refunded"


def is_settled(record: OrderRecord) -> bool:
    """Its held lines are nobody's business any more: the order has ended, or is about to be canceled."""
    return record.position.state.name in TERMINAL or bool(record.marks.get(CANCELING))


def _key(order_id: str, lines: list[OrderLine]) -> str:
    return f"{order_id}.backorder-canceled.{_numbers(lines)}"


def _numbers(lines: list[OrderLine]) -> str:
    return ", ".join(str(line.number) for line in lines)
