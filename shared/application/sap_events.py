"""The SAP billing event handler: what is invoiced of the orders that a billing document is about.

An event only says where to look: all documents of a sales order are read again and counted anew, so that it does not
matter how often and in which order events come, nor which of them got lost.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from shared.application.flow_events import OVERDUE, overdue_key
from shared.application.provider_events import ProviderEvent, Seen, SeenInPart
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import BusinessEvent
from shared.domain.identity import SAP
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry, ErrorPages, OrderBook
from shared.domain.progress import Report, advance, is_invoiced
from shared.domain.records import Change, OrderRecord
from shared.domain.states import CANCELED, COMPLETED
from shared.providers.sap.alerts import alert
from shared.providers.sap.billing import (
    NOTEWORTHY,
    canceled_invoices,
    invoiced_units,
    matters,
    sales_orders_of,
    standing_invoices,
)
from shared.providers.sap.client import SapClient
from shared.providers.sap.documents import BillingDocument, SalesOrder, lowest
from shared.telemetry.spans import order_span

log = logging.getLogger(__name__)

_STANDING = "sap.standing_invoices"
"""The mark of the last reading. It changes with each invoice made or canceled, quantities or not: a handler that read
SAP earlier then loses to the one that read it later, and looks again."""


@dataclass(frozen=True)
class SapEvents:
    """`require_posted`: an invoice counts only once accounting has it."""

    book: OrderBook
    errors: ErrorPages
    client: SapClient
    require_posted: bool = False

    def handle(self, event: ProviderEvent, *, redelivered: bool) -> tuple[Seen, ...]:
        """See `ProviderEvents`. A document that SAP does not show yet is a passing fault."""
        seen: list[Seen] = []
        try:
            for order_id, sales_order, document in self._orders_of(event.document):
                with order_span("look at SAP billing document", order_id):
                    seen.append(self._look_at(order_id, sales_order, document, redelivered=redelivered))
        except RejectedByProvider as refusal:
            self.give_up(event, str(refusal))
        except TransientProviderError as fault:
            if seen:
                raise SeenInPart(tuple(seen), fault) from fault
            raise
        return tuple(seen)

    def give_up(self, event: ProviderEvent, why: str, dead_letter: str = "") -> None:
        """Nothing is lost for good: the document's next change looks again. A person should still know."""
        text = f"SAP billing document {event.document} could not be read: {why}"
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=f"sap.{event.document}",
                order_id=None,
                external_id=event.document,
                message=text,
                details={"dead_letter": dead_letter} if dead_letter else {},
            )
        )

    def _orders_of(self, number: str) -> Iterator[tuple[str, SalesOrder, BillingDocument]]:
        """Our orders that the document is about; most of what a company invoices is none of them."""
        document = self._read(number)
        for sales_order_number in sales_orders_of(document) if matters(document) else ():
            sales_order = self.client.sales_order(sales_order_number)
            if sales_order is None:
                raise TransientProviderError(f"SAP sales order {sales_order_number} is not to be seen (yet)")
            order_id = self.book.find(SAP, sales_order.reference) if sales_order.reference else None
            if order_id:
                yield order_id, sales_order, document
            else:
                log.info("SAP billing document %s: sales order %s is none of ours", number, sales_order_number)

    def _look_at(self, order_id: str, sales_order: SalesOrder, document: BillingDocument, *, redelivered: bool) -> Seen:
        opened = self.book.open(order_id)
        twins = self.client.sales_orders_of(sales_order.reference, sales_order.sold_to)
        counts = lowest((*twins, sales_order))

        def decide(record: OrderRecord) -> Change | None:
            if counts.number != sales_order.number:
                return Change(events=(_bills_a_twin(document, sales_order, counts),))
            return self._decided(record, sales_order.number, document)

        changed = opened.change(decide)
        self._resolve(opened.record, changed.record)
        if redelivered:
            return Seen(order_id, tuple(event.mark for event in self.book.timeline(order_id).events))
        return Seen(order_id, changed.events)

    def _decided(self, record: OrderRecord, sales_order: str, document: BillingDocument) -> Change | None:
        """SAP is read each time: whoever was faster may have seen less."""
        documents = self._documents_of(sales_order, document.number)
        invoices = standing_invoices(documents, posted=self.require_posted)
        units = invoiced_units(record.order, sales_order, invoices)
        alerts = [*_noted(document)]
        if _stage(record) == CANCELED:
            alerts += [_canceled_but_invoiced(sales_order)] if units else []
            return Change(events=tuple(alerts)) if alerts else None
        numbers = [invoice.number for invoice in invoices]
        details = {"sales_order": sales_order, "billing_documents": numbers}
        report = Report(source=SAP, invoiced=units, revised=True, details=details)
        order, reported = advance(record.order, report)
        if _is_taken_back(record, order):
            canceled = ", ".join(invoice.number for invoice in canceled_invoices(documents))
            alerts.append(self._taken_back(record, canceled))
        marks = {_STANDING: " ".join(numbers), **({OVERDUE: ""} if reported else {})}
        if order == record.order and not alerts and not reported and record.marks.get(_STANDING) == marks[_STANDING]:
            return None
        return Change(order=order, events=(*reported, *alerts), marks=marks)

    def _documents_of(self, sales_order: str, told_of: str) -> list[BillingDocument]:
        """All of an order's billing documents; a list may not show yet the one we were told of."""
        listed = (item.document for item in self.client.billing_items_of(sales_order))
        return [self._read(number) for number in sorted({told_of, *listed})]

    def _read(self, number: str) -> BillingDocument:
        document = self.client.billing_document(number)
        if document is None:
            raise TransientProviderError(f"SAP billing document {number} is not to be seen (yet)")
        return document

    def _taken_back(self, record: OrderRecord, canceled: str) -> BusinessEvent:
        """On the error pages before it is stored: whoever finds it stored need not look there."""
        order = record.order
        message = f"order {order.number} was completed, but is not invoiced any more: {canceled} canceled in SAP"
        self.errors.report(
            ErrorEntry(
                kind="inbound",
                key=_taken_back_key(order.order_id),
                order_id=order.order_id,
                external_id=order.external_id,
                message=message,
            )
        )
        return alert(f"invoices canceled: {canceled}", message)

    def _resolve(self, before: OrderRecord, after: OrderRecord) -> None:
        """What a person need not mend any more, be it one that this handler reported before it lost a race."""
        order_id = after.order.order_id
        if (awaited := before.marks.get(OVERDUE)) and not after.marks.get(OVERDUE):
            self.errors.resolve(order_id, overdue_key(order_id, awaited))
        if is_invoiced(after.order):
            self.errors.resolve(order_id, _taken_back_key(order_id))


def _stage(record: OrderRecord) -> str:
    """The state, or the one an order on hold was held from."""
    return (record.position.held_from or record.position.state).name


def _is_taken_back(record: OrderRecord, order: Order) -> bool:
    return _stage(record) == COMPLETED and is_invoiced(record.order) and not is_invoiced(order)


def _taken_back_key(order_id: str) -> str:
    return f"sap.{order_id}.invoice canceled"


def _noted(document: BillingDocument) -> Iterator[BusinessEvent]:
    """A document that invoices nothing may still mean that somebody has to act."""
    if kind := NOTEWORTHY.get(document.category):
        of = f" of {document.cancels}" if document.cancels else ""
        yield alert(f"billing document {document.number}", f"SAP billing document {document.number} is {kind}{of}")


def _bills_a_twin(document: BillingDocument, twin: SalesOrder, counts: SalesOrder) -> BusinessEvent:
    message = (
        f"SAP billing document {document.number} bills sales order {twin.number}, a second one of this order: "
        f"only {counts.number} counts"
    )
    return alert(f"billing document {document.number} of sales order {twin.number}", message)


def _canceled_but_invoiced(sales_order: str) -> BusinessEvent:
    return alert(f"sales order {sales_order} invoiced", f"the order is canceled, but SAP has invoiced {sales_order}")
