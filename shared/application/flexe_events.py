"""The Flexe event handler: what has become of an order at Flexe, as business events of the order.

The order is read again rather than believed: callbacks come late, twice and out of order (reference: flexe.md
section 6).
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.application.flow_events import OVERDUE, overdue_key
from shared.application.provider_events import ProviderEvent, Seen
from shared.domain.errors import RejectedByProvider
from shared.domain.events import ORDER_CANCELED
from shared.domain.identity import FLEXE
from shared.domain.orders import FulfillmentSource
from shared.domain.ports import ErrorEntry, ErrorPages, OpenOrder, OrderBook
from shared.domain.progress import advance
from shared.domain.records import Change, OrderRecord
from shared.domain.results import EventMark
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.readings import FlexeOrder
from shared.providers.flexe.status import Observed, Trouble, observe
from shared.telemetry.spans import order_span

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FlexeEvents:
    """`ProviderEvents`. `sources`: what Flexe's warehouses are, by their ids."""

    book: OrderBook
    errors: ErrorPages
    client: FlexeClient
    sources: Mapping[str, FulfillmentSource]

    def handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        """Raises TransientProviderError, also for an order whose sending has not been stored yet."""
        try:
            return self._handle(event, redelivered=redelivered)
        except RejectedByProvider as refusal:
            self.give_up(event, str(refusal))
            return ()

    def give_up(self, event: ProviderEvent, why: str, dead_letter: str = "") -> None:
        """Nothing is lost: the order's next change looks again. A person should still know."""
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"flexe.{event.document}",
                order_id=self.book.find(FLEXE, event.reference) if event.reference else None,
                external_id=event.reference or None,
                message=f"Flexe order {event.document} could not be read: {why}",
                details={"dead_letter": dead_letter} if dead_letter else {},
            )
        )

    def _handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        referred = self.book.find(FLEXE, event.reference) if event.reference else None
        if event.reference and referred is None:
            return _stranger(event.document)  # without a call: an owner may have many orders that are not ours
        seen = self.client.order(event.document)
        order_id = referred if seen.external_id == event.reference else self.book.find(FLEXE, seen.external_id)
        if order_id is None:
            return _stranger(seen.id)
        with order_span("look at Flexe order", order_id):
            events = self._observe(order_id, seen)
        return (Seen(order_id, self._all_so_far(order_id) if redelivered else events),)

    def _observe(self, order_id: str, seen: FlexeOrder) -> tuple[EventMark, ...]:
        """Troubles are told first: after a crash in between, an order is never on hold without one."""
        opened = self.book.open(order_id)
        foreseen = latest = observe(seen, opened.record, self.sources)
        self._tell(order_id, foreseen)

        def decide(record: OrderRecord) -> Change | None:
            nonlocal latest
            latest = observe(seen, record, self.sources)
            return _change(record, latest)

        changed = opened.change(decide)
        self._correct(changed.record, foreseen, latest)
        self._settle(order_id, opened, changed.events)
        return changed.events

    def _tell(self, order_id: str, observed: Observed) -> None:
        for trouble in observed.troubles:
            self.errors.report(_entry(order_id, trouble), stays=trouble.stays)
        self._resolve(order_id, observed.settled)

    def _correct(self, record: OrderRecord, foreseen: Observed, latest: Observed) -> None:
        """Somebody else changed the order in between, and it came otherwise than foreseen.

        What the order remembers as told has come true, whoever stored it.
        """
        if (latest.troubles, latest.settled) != (foreseen.troubles, foreseen.settled):
            order_id = record.order.order_id
            untrue = (trouble.key for trouble in foreseen.troubles if not record.marks.get(trouble.key))
            self._resolve(order_id, untrue)
            self._tell(order_id, latest)

    def _settle(self, order_id: str, opened: OpenOrder, events: tuple[EventMark, ...]) -> None:
        """What the events have made good."""
        if any(mark.name == ORDER_CANCELED for mark in events):
            self.errors.resolve(order_id)  # nobody has to mend a canceled order
        elif events and (awaited := opened.record.marks.get(OVERDUE)):
            self.errors.resolve(order_id, overdue_key(order_id, awaited))

    def _resolve(self, order_id: str, keys: Iterable[str]) -> None:
        for key in keys:
            self.errors.resolve(order_id, key)

    def _all_so_far(self, order_id: str) -> tuple[EventMark, ...]:
        return tuple(event.mark for event in self.book.timeline(order_id).events)


def _change(record: OrderRecord, observed: Observed) -> Change | None:
    order, reported = advance(observed.order, observed.report)
    events = (*reported, *observed.events)
    if not events and not observed.marks and order == record.order:
        return None
    return Change(order=order, events=events, marks={**observed.marks, **({OVERDUE: ""} if events else {})})


def _entry(order_id: str, trouble: Trouble) -> ErrorEntry:
    return ErrorEntry(kind="inbound", key=trouble.key, order_id=order_id, message=trouble.message)


def _stranger(outbound_order_id: str) -> tuple[Seen, ...]:
    log.info("Flexe order %s is not one of ours", outbound_order_id)
    return ()
