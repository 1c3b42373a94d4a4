"""The F&O order status event handler: what changed in Dataverse, as business events of the order.

The changed row is read again rather than believed: messages come late, twice and out of order (reference: dataverse.md
section 6.3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import StringConstraints

from shared.application.flow_events import OVERDUE, overdue_key
from shared.application.provider_events import Seen
from shared.domain.errors import RejectedByProvider, TransientProviderError, UnknownOrder
from shared.domain.identity import FINOPS
from shared.domain.messages import Message
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry, ErrorPages, OpenOrder, OrderBook, Queues
from shared.domain.progress import advance
from shared.domain.records import Change, OrderRecord
from shared.domain.results import EventMark
from shared.domain.sources import IntakeMessage, OrderSource, Readiness
from shared.domain.states import NEW, TERMINAL
from shared.messaging.names import INTAKE_QUEUE
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.messages import SALESORDER
from shared.providers.finops.rows import amount
from shared.providers.finops.status import Part, observe

RowId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class ChangeMessage(Message):
    """The message on `dataverse-changes`: look at this row. It may come any number of times."""

    entity: str  # salesorder | salesorderdetail
    row_id: RowId
    order_row_id: RowId | None = None  # the order a line belongs to, when the message said so

    @property
    def about(self) -> str:
        return self.order_row_id or self.row_id

    @property
    def order(self) -> str | None:
        return self.order_row_id or (self.row_id if self.entity == SALESORDER else None)


@dataclass(frozen=True)
class FinopsChanges:
    book: OrderBook
    errors: ErrorPages
    dataverse: DataverseClient
    queues: Queues
    born: OrderSource
    """F&O as a place where orders are born."""
    part_of: Callable[[OrderRecord], Part]
    """What F&O does in a flow, by the flow's name."""
    listening: bool = True
    """Whether status changes of orders we know are looked at; new orders of F&O are taken in either way."""

    def handle(self, message: ChangeMessage, *, redelivered: bool) -> Seen | None:
        """Append what the row's present state means; None when there is nothing to raise.

        An order we do not know may be one born in F&O: it goes to intake.

        Raises TransientProviderError when Dataverse cannot be read now, or does not show the row yet.
        """
        try:
            return self._handle(message, redelivered=redelivered)
        except RejectedByProvider as refusal:
            self.give_up(message, str(refusal))
            return None

    def catch_up(self, order_id: str) -> tuple[EventMark, ...]:
        """Append what has happened in F&O so far; all events of the order. Raises TransientProviderError."""
        self._observe(order_id, self.book.open(order_id))
        return self._all_so_far(order_id)

    def give_up(self, message: ChangeMessage, why: str, dead_letter: str = "") -> None:
        """Nothing is lost: the row's next change, or the sweep after it, looks again. A person should still know."""
        text = f"change of {message.entity} {message.row_id} could not be read: {why}"
        details = {"dead_letter": dead_letter} if dead_letter else {}
        key = f"change.{message.row_id}"
        self.errors.report(ErrorEntry(kind="inbound", key=key, order_id=message.order, message=text, details=details))

    def _handle(self, message: ChangeMessage, *, redelivered: bool) -> Seen | None:
        order_id = self._order_id(message)
        try:
            opened = self.book.open(order_id)
        except UnknownOrder:
            intake = IntakeMessage(source=FINOPS, external_id=order_id)
            self.queues.send(INTAKE_QUEUE, intake)
            return None
        if opened.record.position.state.name in TERMINAL and not redelivered:
            return None
        events = self._observe(order_id, opened) if self.listening else ()
        return Seen(order_id, self._all_so_far(order_id) if redelivered else events)

    def _order_id(self, message: ChangeMessage) -> str:
        if message.entity == SALESORDER:
            return message.row_id
        order_id = message.order_row_id or self.dataverse.order_id_of_line(message.row_id)
        if order_id is None:
            raise TransientProviderError(f"line {message.row_id} is not in Dataverse (yet)")
        return order_id

    def _observe(self, order_id: str, opened: OpenOrder) -> tuple[EventMark, ...]:
        """F&O is read each time: whoever was faster may have seen more, or less."""

        def decide(record: OrderRecord) -> Change | None:
            rows = self.dataverse.order_status(order_id)
            if rows is None:
                raise TransientProviderError(f"order {order_id} is not in Dataverse (yet)")
            entered = self._as_entered(record, rows.lines)
            known = record.with_(order=entered) if entered else record
            observed = observe(rows.header, rows.lines, known, self.part_of(record))
            order, reported = advance(known.order, observed.report) if observed.report else (known.order, ())
            events = (*observed.events, *reported)
            if not events and not observed.marks and order == record.order:
                return None  # an echo of our own write, or a copy of what is known
            for problem in observed.problems:
                self._report_problem(record, problem)
            return Change(order=order, events=events, marks={**observed.marks, OVERDUE: ""})

        events = opened.change(decide).events
        if events and (awaited := opened.record.marks.get(OVERDUE)):
            self.errors.resolve(order_id, overdue_key(order_id, awaited))
        return events

    def _as_entered(self, record: OrderRecord, lines: Sequence[Mapping[str, Any]]) -> Order | None:
        """The order as F&O has it by now. It is read after its status: a confirmed one has all its lines.

        Raises TransientProviderError when its `lines`, read with the status, are no longer the same: units that F&O
        has only just added would count as called off.
        """
        if not _is_being_entered(record):
            return None
        pulled = self.born.pull(record.order.external_id)
        if pulled.readiness is not Readiness.READY:
            return None
        units = {row["salesorderdetailid"]: amount(row["quantity"]) for row in lines}
        if any(units.get(line.line_id) != line.quantity for line in pulled.order.lines):
            raise TransientProviderError(f"order {record.order.order_id} is being changed in F&O just now")
        return pulled.order.with_(shipments=record.order.shipments)

    def _report_problem(self, record: OrderRecord, problem: str) -> None:
        order = record.order
        key = f"finops.{order.order_id}.{problem}"
        self.errors.report(
            ErrorEntry(kind="inbound", key=key, order_id=order.order_id, external_id=order.external_id, message=problem)
        )

    def _all_so_far(self, order_id: str) -> tuple[EventMark, ...]:
        return tuple(event.mark for event in self.book.timeline(order_id).events)


def _is_being_entered(record: OrderRecord) -> bool:
    """Born in F&O and not validated yet: people there add lines and change them until they confirm it."""
    position = record.position
    return record.order.source == FINOPS and (position.held_from or position.state).name == NEW
