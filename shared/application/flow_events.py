"""What a running flow asks about its order's timeline."""

from dataclasses import dataclass

from shared.domain.events import ALERT, BusinessEvent
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.records import Change
from shared.domain.results import EventMark

OVERDUE = "overdue"  # the mark of an order that a person was told of: which event it waits for


def overdue_key(order_id: str, awaited: str) -> str:
    return f"overdue.{order_id}.{awaited}"


def _failure_key(order_id: str) -> str:
    return f"flow.{order_id}"


@dataclass(frozen=True)
class FlowEvents:
    book: OrderBook
    errors: ErrorPages

    def after(self, order_id: str, number: int) -> tuple[EventMark, ...]:
        """The order's events with a higher number, in order."""
        events = self.book.timeline(order_id, after=number).events
        return tuple(event.mark for event in events)

    def report_delay(self, order_id: str, awaited: str, count: int, after: int) -> tuple[EventMark, ...]:
        """A wait has passed its deadline: tell a person, and hand over what the flow may have missed."""
        message = f"still waiting for '{awaited}'"
        alert = BusinessEvent(
            name=ALERT, cause=f"{awaited} overdue {count}", source="orchestration", details={"message": message}
        )
        told = Change(events=(alert,), marks={OVERDUE: awaited})
        record = self.book.change(order_id, lambda _: told, lines=False).record
        self.errors.report(
            ErrorEntry(
                kind="orchestration_step",
                key=overdue_key(order_id, awaited),
                order_id=order_id,
                external_id=record.order.external_id,
                step=awaited,
                message=message,
            )
        )
        return self.after(order_id, after)

    def report_failure(self, order_id: str) -> None:
        """The orchestration itself has failed, such as by a release that it could not go on with."""
        self.errors.report(
            ErrorEntry(
                kind="orchestration_step",
                key=_failure_key(order_id),
                order_id=order_id,
                external_id=self.book.header(order_id).order.external_id,
                message="the flow of this order has failed, and no step of it is done any more: reprocess it",
            )
        )

    def failure_is_over(self, order_id: str) -> None:
        """The order has a flow again."""
        self.errors.resolve(order_id, _failure_key(order_id))
