"""The SAP billing event handler: whatever event makes it look, an order is invoiced when SAP has invoiced all of it."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import uuid4

import pytest

from shared.application.flow_events import FlowEvents
from shared.application.provider_events import ProviderEvent, Seen
from shared.application.sap_events import SapEvents
from shared.domain.actions import Provider
from shared.domain.errors import TransientProviderError
from shared.domain.events import (
    ALERT,
    LINES_INVOICED,
    NEW_ORDER,
    ORDER_CANCELED,
    ORDER_INVOICED,
    ORDER_SHIPPED,
    SENT_TO_INVOICE,
)
from shared.domain.orders import Order
from shared.domain.ports import ErrorEntry
from shared.domain.progress import Report, advance
from shared.providers.sap.client import SapClient
from shared.providers.sap.documents import BillingItem
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import errors_of, happened, standing, taken_in
from tests.providers.sap.samples import Clock, Sap, an_order, connection, sap_with, shipped_whole

SENT = (NEW_ORDER, ORDER_SHIPPED, SENT_TO_INVOICE)


@pytest.fixture(scope="module")
def served() -> Iterator[Sap]:
    with sap_with() as sap:
        yield sap


@pytest.fixture
def sap(served: Sap) -> Sap:
    served.reset()
    return served


@pytest.fixture
def handler(book: TableOrderBook, errors: TableErrorPages, sap: Sap) -> SapEvents:
    return SapEvents(book, errors, sap.client())


def with_sap(book: TableOrderBook, *events: str, order: Order | None = None) -> Order:
    """A new order that has shipped and is with SAP."""
    order_id = str(uuid4())
    order = order or shipped_whole(an_order(order_id=order_id, number=order_id[:12]))
    taken_in(book, *(events or SENT), order=order, flow="finops_flexe_sap")
    book.link(order.order_id, "sap", order.reference)
    return order


@pytest.fixture
def order(book: TableOrderBook) -> Order:
    return with_sap(book)


class Sent(NamedTuple):
    """An order, and what SAP calls it."""

    order: Order
    number: str


@pytest.fixture
def sent(sap: Sap, order: Order) -> Sent:
    """With SAP, which has invoiced nothing of it yet."""
    return Sent(order, sap.enter_order(order.reference))


def event_of(document: str) -> ProviderEvent:
    return ProviderEvent(provider=Provider.SAP, document=document)


def names(seen: tuple[Seen, ...]) -> list[str]:
    return [mark.name for each in seen for mark in each.events]


def invoiced(book: TableOrderBook, order: Order) -> list[Decimal]:
    return [line.quantity_invoiced for line in book.get(order.order_id).order.lines]


def alerts(book: TableOrderBook, order: Order) -> list[str]:
    events = book.timeline(order.order_id).events
    return [event.details["message"] for event in events if event.name == ALERT]


def test_an_order_that_sap_has_invoiced_is_completed(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number)

    seen = handler.handle(event_of(invoice), redelivered=False)

    assert [(each.order_id, [mark.name for mark in each.events]) for each in seen] == [
        (sent.order.order_id, [ORDER_INVOICED])
    ]
    assert standing(book, sent.order.order_id) == ("Completed", "Fulfilled")
    assert book.timeline(sent.order.order_id).events[-1].details == {
        "sales_order": sent.number,
        "billing_documents": [invoice],
    }


@pytest.mark.parametrize("wish", [{"order_related": True}, {"header_reference": True}, {"type": "ZF2"}])
def test_it_does_not_matter_what_the_billing_followed_nor_what_its_type_is_called(handler, book, sap, sent, wish):
    (invoice,) = sap.bill(sent.number, **wish)

    handler.handle(event_of(invoice), redelivered=False)

    assert standing(book, sent.order.order_id) == ("Completed", "Fulfilled")


def test_a_delivery_whose_number_is_that_of_another_order_s_sales_order_misleads_nobody(handler, book, sap, sent):
    """Its items refer to delivery 80000000."""
    (invoice,) = sap.bill(sent.number)
    other = with_sap(book)
    answer = {"d": {"SalesOrder": "80000000", "PurchaseOrderByCustomer": other.reference}}
    sap.break_call("GET /A_SalesOrder('80000000')", status=200, body=answer)

    handler.handle(event_of(invoice), redelivered=False)

    assert invoiced(book, sent.order) == [2, 1]
    assert invoiced(book, other) == [0, 0]


def test_an_order_over_two_invoices_is_invoiced_with_the_second(handler, book, sap, sent):
    first, second = sap.bill(sent.number, documents=[{"10": 1}, {"10": 1, "20": 1}])
    sap.cancel(sent.number, second)

    in_part = handler.handle(event_of(first), redelivered=False)
    sap.bill(sent.number)
    whole = handler.handle(event_of(first), redelivered=False)

    assert (names(in_part), names(whole)) == ([LINES_INVOICED], [ORDER_INVOICED])


def test_a_collective_invoice_completes_each_of_its_orders(handler, book, sap, sent):
    other = with_sap(book)
    stranger = sap.enter_order("a clerk's own")
    (invoice,) = sap.bill(sent.number, with_orders=[stranger, sap.enter_order(other.reference)])

    seen = handler.handle(event_of(invoice), redelivered=False)

    assert [each.order_id for each in seen] == [sent.order.order_id, other.order_id]
    assert names(seen) == [ORDER_INVOICED] * 2


def test_an_invoice_that_comes_before_the_shipping_completes_the_order_once_it_has_shipped(handler, book, sap):
    order_id = str(uuid4())
    order = with_sap(book, NEW_ORDER, order=an_order(order_id=order_id, number=order_id[:12]))
    (invoice,) = sap.bill(sap.enter_order(order.reference))

    seen = handler.handle(event_of(invoice), redelivered=False)
    after, events = advance(book.get(order_id).order, Report(source="test", shipments=shipped_whole(order).shipments))

    assert names(seen) == [LINES_INVOICED]
    assert [event.name for event in events] == [ORDER_SHIPPED, ORDER_INVOICED]
    assert after.shipments


@pytest.mark.parametrize("category", ["U", "5", "6"])
def test_pro_forma_and_inter_company_documents_change_nothing(handler, book, sap, sent, category):
    (document,) = sap.bill(sent.number, category=category)

    assert handler.handle(event_of(document), redelivered=False) == ()
    assert happened(book, sent.order.order_id) == [*SENT]


@pytest.mark.parametrize("memo", [("O", "a credit memo"), ("P", "a debit memo")])
def test_a_memo_invoices_nothing_but_a_person_hears_of_it_once(handler, book, sap, sent, memo):
    category, kind = memo
    (document,) = sap.bill(sent.number, category=category)

    for _ in range(2):
        handler.handle(event_of(document), redelivered=False)

    assert alerts(book, sent.order) == [f"SAP billing document {document} is {kind}"]
    assert invoiced(book, sent.order) == [0, 0]


def test_a_canceled_invoice_is_counted_no_more(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number, items={"10": 1})
    handler.handle(event_of(invoice), redelivered=False)
    cancellation = sap.cancel(sent.number)

    handler.handle(event_of(cancellation), redelivered=False)

    assert invoiced(book, sent.order) == [0, 0]
    assert alerts(book, sent.order) == [f"SAP billing document {cancellation} is an invoice cancellation of {invoice}"]


def test_canceled_before_created_comes_to_the_same(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number)
    sap.cancel(sent.number)
    (again,) = sap.bill(sent.number)

    for document in (again, invoice, invoice, again):
        handler.handle(event_of(document), redelivered=False)

    assert happened(book, sent.order.order_id) == [*SENT, ORDER_INVOICED]
    assert invoiced(book, sent.order) == [2, 1]


def test_an_invoice_canceled_after_completion_leaves_the_order_completed_and_goes_to_a_person_once(
    handler, book, errors, sap, sent
):
    (invoice,) = sap.bill(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    sap.cancel(sent.number)

    for _ in range(2):
        handler.handle(event_of(invoice), redelivered=False)

    told = f"order {sent.order.number} was completed, but is not invoiced any more: {invoice} canceled in SAP"
    assert standing(book, sent.order.order_id) == ("Completed", "Fulfilled")
    assert alerts(book, sent.order) == [told]
    assert [error.message for error in errors_of(errors, sent.order.order_id)] == [told]


def test_an_error_a_person_has_settled_is_not_raised_again_by_a_copy(handler, errors, sap, sent):
    (invoice,) = sap.bill(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    sap.cancel(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    errors.resolve(sent.order.order_id)

    handler.handle(event_of(invoice), redelivered=True)

    assert errors_of(errors, sent.order.order_id) == []


def test_a_new_invoice_after_the_canceled_one_settles_the_matter(handler, book, errors, sap, sent):
    (invoice,) = sap.bill(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    sap.cancel(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    (again,) = sap.bill(sent.number)

    handler.handle(event_of(again), redelivered=False)

    assert errors_of(errors, sent.order.order_id) == []
    assert invoiced(book, sent.order) == [2, 1]
    assert happened(book, sent.order.order_id).count(ORDER_INVOICED) == 1


def test_a_storm_of_copies_is_one_happening(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number)

    news = [names(handler.handle(event_of(invoice), redelivered=False)) for _ in range(50)]

    assert news == [[ORDER_INVOICED], *[[]] * 49]
    assert happened(book, sent.order.order_id) == [*SENT, ORDER_INVOICED]


def test_an_event_delivered_again_raises_all_events_so_far_again(handler, sap, sent):
    (invoice,) = sap.bill(sent.number)
    handler.handle(event_of(invoice), redelivered=False)

    assert names(handler.handle(event_of(invoice), redelivered=True)) == [*SENT, ORDER_INVOICED]


class Overtaken(SapClient):
    """Lets something happen once, between the reading of an order's billing documents and what becomes of it."""

    meanwhile: Callable[[], object] | None = None

    def billing_items_of(self, sales_order: str) -> tuple[BillingItem, ...]:
        items = super().billing_items_of(sales_order)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return items


def test_whoever_loses_a_race_reads_sap_again(handler, book, errors, sap, sent):
    (first,) = sap.bill(sent.number, items={"10": 2})

    def the_rest_is_invoiced_and_seen_by_another() -> None:
        (second,) = sap.bill(sent.number)
        handler.handle(event_of(second), redelivered=False)

    client = Overtaken.connect(connection(sap.url), Clock())
    client.meanwhile = the_rest_is_invoiced_and_seen_by_another
    SapEvents(book, errors, client).handle(event_of(first), redelivered=False)

    client.close()
    assert invoiced(book, sent.order) == [2, 1]
    assert happened(book, sent.order.order_id) == [*SENT, ORDER_INVOICED]


class Overheard(TableErrorPages):
    """Lets something happen once, after the first report and before what was decided is stored."""

    meanwhile: Callable[[], object] | None = None

    def report(self, entry: ErrorEntry, *, stays: bool = False) -> None:
        super().report(entry, stays=stays)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()


def test_an_invoice_made_anew_while_another_looks_at_the_canceled_one_is_neither_lost_nor_left_on_the_error_pages(
    handler, book, tables, sap, sent
):
    (invoice,) = sap.bill(sent.number)
    handler.handle(event_of(invoice), redelivered=False)
    sap.cancel(sent.number)

    def it_is_invoiced_anew_and_seen_by_another() -> None:
        (again,) = sap.bill(sent.number)
        handler.handle(event_of(again), redelivered=False)

    overheard = Overheard(tables, lambda: datetime.now(UTC))
    overheard.meanwhile = it_is_invoiced_anew_and_seen_by_another
    SapEvents(book, overheard, sap.client()).handle(event_of(invoice), redelivered=False)

    assert invoiced(book, sent.order) == [2, 1]
    assert errors_of(overheard, sent.order.order_id) == []
    assert alerts(book, sent.order) == []


def test_an_invoice_of_somebody_else_s_order_is_passed_over_and_logged(handler, sap, caplog):
    stranger, nameless = sap.enter_order("a clerk's own"), sap.enter_order("")

    with caplog.at_level(logging.INFO, "shared.application.sap_events"):
        seen = [handler.handle(event_of(sap.bill(each)[0]), redelivered=False) for each in (stranger, nameless)]

    assert seen == [(), ()]
    assert [record.getMessage().split(": ")[1] for record in caplog.records] == [
        f"sales order {each} is none of ours" for each in (stranger, nameless)
    ]


def test_a_document_that_sap_does_not_show_yet_is_looked_for_later(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number, readable_after_seconds=3600)

    with pytest.raises(TransientProviderError, match=f"{invoice} is not to be seen"):
        handler.handle(event_of(invoice), redelivered=False)


def test_a_document_that_a_list_does_not_show_yet_counts_all_the_same(handler, book, sap, sent):
    (invoice,) = sap.bill(sent.number)
    empty = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"d": {"results": []}}}
    sap.break_call("GET /A_BillingDocumentItem", **empty)

    handler.handle(event_of(invoice), redelivered=False)

    assert invoiced(book, sent.order) == [2, 1]


def test_numbers_padded_by_sap_are_the_same_numbers(book, errors, order):
    with sap_with(padded_numbers=True) as own:
        (invoice,) = own.bill(own.enter_order(order.reference))

        SapEvents(book, errors, own.client()).handle(event_of(invoice.zfill(10)), redelivered=False)

    assert standing(book, order.order_id) == ("Completed", "Fulfilled")


def test_where_that_is_wanted_an_invoice_counts_once_accounting_has_it(book, errors, sap, sent):
    (invoice,) = sap.bill(sent.number, posted=False)

    SapEvents(book, errors, sap.client(), require_posted=True).handle(event_of(invoice), redelivered=False)
    strict = invoiced(book, sent.order)
    SapEvents(book, errors, sap.client()).handle(event_of(invoice), redelivered=False)

    assert (strict, invoiced(book, sent.order)) == ([0, 0], [2, 1])


def test_the_invoice_of_a_second_sales_order_of_ours_does_not_count(handler, book, sap, sent):
    twin = sap.enter_order(sent.order.reference)
    (invoice,) = sap.bill(twin)

    for _ in range(2):
        handler.handle(event_of(invoice), redelivered=False)

    assert invoiced(book, sent.order) == [0, 0]
    told = f"SAP billing document {invoice} bills sales order {twin}, a second one of this order"
    assert alerts(book, sent.order) == [f"{told}: only {sent.number} counts"]


def test_a_canceled_order_that_sap_has_invoiced_goes_to_a_person(handler, book, sap):
    canceled = with_sap(book, NEW_ORDER, ORDER_CANCELED)
    number = sap.enter_order(canceled.reference)
    (invoice,) = sap.bill(number)

    handler.handle(event_of(invoice), redelivered=False)

    assert standing(book, canceled.order_id) == ("Canceled", "Canceled")
    assert alerts(book, canceled) == [f"the order is canceled, but SAP has invoiced {number}"]
    assert invoiced(book, canceled) == [0, 0]


def test_an_order_that_was_overdue_is_no_longer_once_it_is_invoiced(handler, book, errors, sap, sent):
    FlowEvents(book, errors).report_delay(sent.order.order_id, ORDER_INVOICED, 1, after=3)
    (invoice,) = sap.bill(sent.number)

    handler.handle(event_of(invoice), redelivered=False)

    assert errors_of(errors, sent.order.order_id) == []


def test_a_document_that_sap_refuses_to_show_is_on_the_error_pages_with_its_reason(handler, errors, sap, sent):
    (invoice,) = sap.bill(sent.number)
    sap.break_call("GET /A_BillingDocument(*", status=403, body="No authorization")

    seen = handler.handle(event_of(invoice), redelivered=False)

    (error,) = [entry for entry in errors.entries("inbound") if entry.key == f"sap.{invoice}"]
    assert seen == ()
    assert error.message.startswith(f"SAP billing document {invoice} could not be read: ")
    assert error.message.endswith("No authorization")


def test_what_was_stored_before_a_refusal_is_still_raised(handler, book, sap, sent):
    other = with_sap(book)
    other_number = sap.enter_order(other.reference)
    (invoice,) = sap.bill(sent.number, with_orders=[other_number])
    sap.break_call(f"GET /A_SalesOrder('{other_number}')", status=403, body="No authorization")

    seen = handler.handle(event_of(invoice), redelivered=False)

    assert [each.order_id for each in seen] == [sent.order.order_id]
