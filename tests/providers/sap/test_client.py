"""What is read of SAP's documents, through real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.sap.client import SapClient
from tests.providers.sap.samples import Sap, sap_with

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def numbers_since(client: SapClient, since: datetime = LONG_AGO) -> list[str]:
    return [document.number for document in client.billing_documents_changed_since(since)]


def test_orders_are_found_by_reference_and_customer_with_their_items(sap):
    number = sap.enter_order("O'Neil & Sons +1")
    sap.enter_order("O'Neil & Sons +1", SoldToParty="10100556")
    sap.enter_order("ONeil & Sons +1")

    (found,) = sap.client().sales_orders_of("O'Neil & Sons +1", "10100555")

    assert (found.number, found.reference, found.sold_to) == (number, "O'Neil & Sons +1", "10100555")
    assert [(item.number, item.material, item.quantity) for item in found.items] == [
        ("10", "BAG-CNV-OLV", 2),
        ("20", "KTL-EN-1L", 1),
    ]


def test_no_order_of_that_reference_is_an_empty_answer(sap):
    assert sap.client().sales_orders_of("USMF-000123", "10100555") == ()


def test_a_document_that_is_not_there_is_none(sap):
    client = sap.client()

    assert (client.sales_order("1042"), client.billing_document("90000318")) == (None, None)


def test_documents_are_read_by_padded_numbers_too(sap):
    number = sap.enter_order()
    (invoice,) = sap.bill(number)
    client = sap.client()

    order, document = client.sales_order(number.zfill(10)), client.billing_document(invoice.zfill(10))

    assert order is not None
    assert document is not None
    assert (order.number, document.number) == (number, invoice)


def test_a_billing_document_links_to_the_order_and_not_to_the_delivery(sap):
    number = sap.enter_order()
    (invoice,) = sap.bill(number)

    document = sap.client().billing_document(invoice)

    assert document is not None
    assert (document.category, document.canceled, document.transfer_status) == ("M", False, "C")
    assert [(item.sales_order, item.sales_item, item.quantity) for item in document.items] == [
        (number, "10", 2),
        (number, "20", 1),
    ]


def test_all_that_was_billed_of_an_order_is_listed_and_nothing_of_others():
    with sap_with(padded_numbers=True, page_size=1) as own:
        number, other = own.enter_order("A"), own.enter_order("B")
        first = own.bill(number, items={"10": 1})
        own.bill(other)
        rest = own.bill(number)

        items = own.client().billing_items_of(number)

        assert {item.document for item in items} == {*first, *rest}
        assert {item.sales_order for item in items} == {number}


def test_changed_documents_come_oldest_change_first(sap):
    number = sap.enter_order()
    first, second = sap.bill(number, documents=[{"10": 1}, {"10": 1}])
    sap.control("POST", f"/billing-documents/{first}/touch", {})

    assert numbers_since(sap.client()) == [second, first]


def test_documents_not_changed_since_are_not_listed(sap):
    sap.bill(sap.enter_order())

    assert numbers_since(sap.client(), datetime.now(UTC) + timedelta(hours=1)) == []


@pytest.mark.parametrize("page_size", [1, 2, 3, 500])
def test_no_changed_document_is_passed_over_between_pages(sap, page_size):
    number = sap.enter_order()
    made = sap.bill(number, documents=[{"10": 1}, {"10": 1}, {"20": 1}])

    assert sorted(set(numbers_since(sap.client(page_size=page_size)))) == sorted(made)


def test_a_document_changed_while_pages_are_read_draws_no_other_off_them(sap):
    number = sap.enter_order()
    made = sap.bill(number, documents=[{"10": 1}, {"10": 1}, {"20": 1}])
    found = sap.client(page_size=1).billing_documents_changed_since(LONG_AGO)

    seen = [next(found).number]
    sap.control("POST", f"/billing-documents/{made[0]}/touch", {})
    seen += [document.number for document in found]

    assert set(seen) == set(made)


def test_a_next_page_link_with_the_host_of_a_proxy_is_followed_at_our_own(sap: Sap):
    link = "https://proxy.example.com/x/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV/A_BillingDocumentItem?$skiptoken=0"
    headers = {"Content-Type": "application/json"}
    sap.break_call(
        "GET /A_BillingDocumentItem", status=200, headers=headers, body={"d": {"results": [], "__next": link}}
    )
    number = sap.enter_order()
    sap.bill(number)

    assert len(sap.client().billing_items_of(number)) == 2


def test_a_list_of_another_shape_is_no_answer(sap):
    sap.break_call(
        "GET /A_BillingDocumentItem", status=200, headers={"Content-Type": "application/json"}, body={"d": []}
    )

    with pytest.raises(TransientProviderError, match="list of another shape"):
        sap.client().billing_items_of("1")


def test_a_busy_system_says_when_to_come_back():
    with sap_with(request_limit=1) as own:
        client = own.client()
        client.sales_order("1")

        with pytest.raises(TransientProviderError) as busy:
            client.sales_order("1")

        assert busy.value.retry_after is not None


def test_a_connection_is_tested_by_one_read_that_wants_the_right_password(sap):
    before = len(sap.calls)

    sap.client().check_connection()
    with pytest.raises(RejectedByProvider):
        sap.client(password="wrong").check_connection()

    assert sap.calls[before:] == [("GET /A_SalesOrder", 200), ("GET /A_SalesOrder", 401)]
