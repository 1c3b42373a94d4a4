"""What Flexe says of an order, as the order's own progress (reference: flexe.md sections 5 and 8).

Orders are looked at as they are now, so it does not matter which message made us look, how many of them came, nor in
which order. Quantities only grow; what may change in both directions (a hold, a tracking number) is not taken from a
reading that is older than the last.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from shared.domain.errors import TransientProviderError
from shared.domain.events import ALERT, CANCEL_REFUSED, FULFILLMENT_REFUSED, BusinessEvent
from shared.domain.identity import FINOPS, FLEXE
from shared.domain.orders import FulfillmentOrder, FulfillmentSource, Order, Shipment
from shared.domain.progress import Report, is_canceled, plain
from shared.domain.records import CANCELING, OrderRecord
from shared.domain.states import COMPLETED
from shared.providers.flexe.fulfillment_orders import called_off, known_as, never_shipping, noted, superfluous
from shared.providers.flexe.parcels import new_shipments, retracked, sourced
from shared.providers.flexe.readings import FlexeOrder
from shared.providers.flexe.statuses import Status, further, is_dead

log = logging.getLogger(__name__)


class NotKeptYet(TransientProviderError):
    """The action that sent the order has not been stored; what became of it is looked at once it is."""


@dataclass(frozen=True)
class Trouble:
    """Something a person must know of, for the error pages. `key` names it: told twice, it is one.

    It is also the name of the mark by which an order remembers that this was told.
    """

    key: str
    message: str
    stays: bool = False  # to be done by a person whatever becomes of the order


@dataclass(frozen=True)
class Observed:
    """For one change of an order: `report` is to be applied to `order`, `events` come after those of the report.

    `troubles` are to be told before that, and those whose keys are in `settled` are over.
    """

    order: Order
    report: Report
    events: tuple[BusinessEvent, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    settled: tuple[str, ...] = ()


def observe(seen: FlexeOrder, record: OrderRecord, sources: Mapping[str, FulfillmentSource]) -> Observed:
    """What is new in Flexe's order to an order that remembers its marks. `sources` by Flexe's warehouse id.

    Raises NotKeptYet, and ValueError for a record without lines: its parcels would silently be empty.
    """
    if not record.order.lines:
        raise ValueError(f"order {record.order.number} was read without its lines")
    known = known_as(record.order, seen.external_id)
    if known and known.external_id not in {"", seen.id}:
        return _second(seen, known, record)
    if known is None and not seen.has_shipped:
        if seen.is_dead or seen.status is Status.ON_HOLD:
            raise NotKeptYet(f"Flexe order {seen.id} is {seen.word}; that it was sent is not stored yet")
        return _nothing(record)  # its sending will be, with all there is to know
    return _Look(seen, known, record).observed(sources)


def second_order_alert(external_id: str, kept_id: str, second_id: str, what: str) -> BusinessEvent:
    """Flexe took one order twice; `what` has become of the second."""
    message = f"Flexe has two orders {external_id}: {kept_id}, and {second_id}, which {what}"
    cause = f"second Flexe order {second_id} {what}"
    return BusinessEvent(name=ALERT, cause=cause, source=FLEXE, details={"message": message})


def superfluous_alert(order: Order, seen: FlexeOrder) -> BusinessEvent | None:
    """None when Flexe ships no more of `order` than is wanted."""
    units = superfluous(order, seen)
    if not units:
        return None
    what = _by_line(order, units)
    message = f"Flexe order {seen.external_id} has {what}, canceled while it was being sent: see to it there"
    cause = f"{seen.external_id}: canceled while it was being sent: {what}"
    return BusinessEvent(name=ALERT, cause=cause, source=FLEXE, details={"message": message, **ids(seen)})


def cancel_refused(seen: FlexeOrder, cause: str, message: str) -> BusinessEvent:
    return BusinessEvent(name=CANCEL_REFUSED, cause=cause, source=FLEXE, details={"message": message, **ids(seen)})


def ids(seen: FlexeOrder) -> dict[str, str]:
    return {"external_id": seen.external_id, "flexe_id": seen.id, "status": seen.word}


def _second(seen: FlexeOrder, known: FulfillmentOrder, record: OrderRecord) -> Observed:
    """An order under the external id of another that Flexe has taken too: none of it is counted, a person decides."""
    if seen.came_to_nothing:
        return _nothing(record)
    what = "has shipped" if seen.has_shipped else "may ship too: cancel one"
    mark, said = f"flexe.{seen.id}.second", "shipped" if seen.has_shipped else "open"
    if record.marks.get(mark) == said:
        return _nothing(record)
    alert = second_order_alert(known.number, known.external_id, seen.id, what)
    trouble = Trouble(mark, alert.details["message"])
    return Observed(record.order, Report(source=FLEXE), (alert,), {mark: said}, (trouble,))


def _nothing(record: OrderRecord) -> Observed:
    return Observed(record.order, Report(source=FLEXE))


class _Look:
    """One look at an order that is ours, collecting what it finds."""

    def __init__(self, seen: FlexeOrder, known: FulfillmentOrder | None, record: OrderRecord) -> None:
        self._seen = seen
        self._record = record
        self._before = known.status if known else ""  # nothing is known of it yet
        self._is_late = _is_late(seen, record.marks.get(self._key("updated_at")))
        self._wanted_gone = bool(record.marks.get(CANCELING)) or is_canceled(record.order)
        self._events: list[BusinessEvent] = []
        self._marks: dict[str, str] = {}
        self._troubles: list[Trouble] = []
        self._settled: list[str] = []

    def observed(self, sources: Mapping[str, FulfillmentSource]) -> Observed:
        seen, order = self._seen, self._record.order
        shipments = new_shipments(seen, order)
        order = sourced(seen, order, (*order.shipments, *shipments), sources)
        if not self._is_late:
            order, retold = retracked(seen, order, self._record.last_event)
            self._events += retold
            self._told_too_late(retold)
            self._hold()
            self._remember()
        if not self._is_late or seen.is_dead or not self._before:
            order = noted(order, seen)
        if shipments and self._wanted_gone:
            self._shipped_all_the_same(shipments)
        elif alert := superfluous_alert(self._record.order, seen):
            self._events.append(alert)
            self._trouble("superfluous", alert.details["message"], stays=True)
        report = Report(source=FLEXE, shipments=shipments, canceled=self._canceled(), details=ids(seen))
        return Observed(order, report, tuple(self._events), self._marks, tuple(self._troubles), tuple(self._settled))

    def _canceled(self) -> dict[str, Decimal]:
        """Totals of what Flexe will not ship. An order that came to nothing, unasked, may be sent again."""
        seen, order = self._seen, self._record.order
        if seen.is_dead and self._record.marks.get(CANCELING):
            self._marks[CANCELING] = ""
        if seen.came_to_nothing and self._wanted_gone:
            return called_off(order, seen)
        if seen.came_to_nothing:
            if not is_dead(self._before):
                self._refused()
            return {}
        totals = never_shipping(order, seen)
        known = {line.line_id: line.quantity_canceled for line in order.lines}
        if not self._wanted_gone and (more := {line_id: n for line_id, n in totals.items() if n > known[line_id]}):
            self._short(more)
        return totals

    def _hold(self) -> None:
        """Told once for each hold; whoever sent the order may have noted its status before anybody was told."""
        is_held = further(self._before, self._seen.status) == Status.ON_HOLD
        is_told = bool(self._record.marks.get(self._key("on_hold")))
        if is_held and not is_told:
            message = f"Flexe has put order {self._seen.external_id} on hold ({self._seen.word}): see to it there"
            self._alert(f"on hold since {self._seen.updated_at or 'it was sent'}", message)
            self._trouble("on_hold", message)
        elif is_told and not is_held:
            self._mark("on_hold", "")
            self._settled.append(self._key("on_hold"))

    def _refused(self) -> None:
        seen = self._seen
        reason = seen.reason or "no reason was given"
        details = {**ids(seen), "reason": reason}
        self._events.append(
            BusinessEvent(name=FULFILLMENT_REFUSED, cause=seen.external_id, source=FLEXE, details=details)
        )
        self._trouble("refused", f"Flexe will not ship order {seen.external_id} ({seen.word}): {reason}")

    def _short(self, totals: Mapping[str, Decimal]) -> None:
        """The order goes on without them, but its shopper paid for more."""
        seen = self._seen
        what = _by_line(self._record.order, totals)
        reason = f" ({seen.reason})" if seen.reason else ""
        message = f"short-shipped: {what} of Flexe order {seen.external_id} will not come{reason}; tell the shopper"
        self._alert(f"short-shipped: {what}", message)
        self._trouble("short", message, stays=True)

    def _told_too_late(self, retold: Iterable[BusinessEvent]) -> None:
        """Nobody tells the store of new tracking once the order's flow has ended; F&O's own orders are in no store."""
        order = self._record.order
        if self._record.position.state.name != COMPLETED or order.source == FINOPS:
            return
        for each in retold:
            parcel, numbers = each.details["shipment_id"], " ".join(each.details["tracking_numbers"]) or "unknown"
            message = f"tracking of parcel {parcel} is {numbers} now, after order {order.number} ended: tell the store"
            self._trouble(f"tracking of {parcel}", message, stays=True)

    def _shipped_all_the_same(self, shipments: Iterable[Shipment]) -> None:
        message = f"Flexe has shipped of order {self._seen.external_id}, which was to be canceled"
        parcels = " ".join(shipment.shipment_id for shipment in shipments)
        self._events.append(cancel_refused(self._seen, f"{self._seen.external_id}: {parcels}", message))
        self._trouble("shipped", message, stays=True)
        if self._record.marks.get(CANCELING):
            self._marks[CANCELING] = ""

    def _remember(self) -> None:
        """The moment of this reading, and the word it used: one without a meaning here is told once."""
        seen = self._seen
        if seen.updated_at:
            self._mark("updated_at", seen.updated_at.isoformat())
        if seen.said is Status.UNKNOWN and self._record.marks.get(self._key("word")) != seen.word:
            log.warning(
                "order %s: Flexe says status %r, which has no meaning here", self._record.order.order_id, seen.word
            )
            self._alert(f"status {seen.word}", f"Flexe says status {seen.word!r}, which has no meaning here")
        self._mark("word", seen.word)

    def _alert(self, what: str, message: str) -> None:
        cause = f"{self._seen.external_id}: {what}"
        details = {"message": message, **ids(self._seen)}
        self._events.append(BusinessEvent(name=ALERT, cause=cause, source=FLEXE, details=details))

    def _trouble(self, what: str, message: str, *, stays: bool = False) -> None:
        self._mark(what, "told")
        self._troubles.append(Trouble(self._key(what), message, stays))

    def _mark(self, name: str, value: str) -> None:
        if self._record.marks.get(self._key(name)) != value:
            self._marks[self._key(name)] = value

    def _key(self, name: str) -> str:
        return f"flexe.{self._seen.external_id}.{name}"


def _by_line(order: Order, units: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{plain(n)} of line {order.line(line_id).number}" for line_id, n in units.items())


def _is_late(seen: FlexeOrder, last: str | None) -> bool:
    """Whether the reading is older than the last; Flexe's clock counts whole seconds."""
    return bool(last and seen.updated_at and seen.updated_at < datetime.fromisoformat(last))
