"""What billing documents say of an order's lines."""

from decimal import Decimal
from typing import Any

import pytest

from shared.domain.identity import line_id_for
from shared.providers.sap.billing import invoiced_units, matters, sales_orders_of, standing_invoices
from shared.providers.sap.documents import BillingDocument
from tests.providers.sap.samples import ORDER_ID, an_order

BAGS, KETTLE = line_id_for(ORDER_ID, "1"), line_id_for(ORDER_ID, "2")


def an_item(item: str = "10", quantity: str = "2", sales_order: str = "1042", **columns: Any) -> dict[str, Any]:
    """Of a delivery-related invoice."""
    return {
        "BillingDocument": "90000318",
        "BillingQuantity": quantity,
        "SalesDocument": sales_order,
        "SalesDocumentItem": item,
        "SalesSDDocumentCategory": "C",
        "ReferenceSDDocument": "80000207",
        "ReferenceSDDocumentItem": "20",
        "ReferenceSDDocumentCategory": "J",
        **columns,
    }


def a_document(*items: dict[str, Any], category: str = "M", **columns: Any) -> BillingDocument:
    row = {"BillingDocument": "90000318", "SDDocumentCategory": category, "to_Item": {"results": list(items)}}
    return BillingDocument.model_validate(row | columns)


def invoiced(*documents: BillingDocument, posted: bool = False) -> dict[str, Decimal]:
    return invoiced_units(an_order(), "1042", standing_invoices(documents, posted=posted))


def test_the_item_of_the_sales_order_names_the_line_whatever_the_billing_followed():
    assert invoiced(a_document(an_item("10", "2"), an_item("20", "1"))) == {BAGS: 2, KETTLE: 1}


def test_units_of_several_invoices_add_up():
    assert invoiced(a_document(an_item("10", "1")), a_document(an_item("10", "0.5"))) == {BAGS: Decimal("1.5")}


@pytest.mark.parametrize("category", ["N", "O", "P", "S", "U", "5", "6", "3", "4"])
def test_only_invoices_count(category):
    assert invoiced(a_document(an_item(), category=category)) == {}


def test_a_canceled_invoice_does_not_count():
    assert invoiced(a_document(an_item(), BillingDocumentIsCancelled=True)) == {}


def test_items_of_other_orders_and_items_that_are_not_ours_do_not_count():
    document = a_document(an_item(sales_order="80000207"), an_item("30"), an_item("11"), an_item("000010", "1"))

    assert invoiced(document) == {BAGS: 1}


def test_where_that_is_wanted_an_invoice_counts_once_accounting_has_it():
    waiting, posted = (
        a_document(an_item("10"), AccountingTransferStatus="A"),
        a_document(an_item("20", "1"), AccountingTransferStatus="C"),
    )

    assert invoiced(waiting, posted, posted=True) == {KETTLE: 1}


def test_a_collective_invoice_is_about_each_of_its_orders_once():
    document = a_document(
        an_item(sales_order="1042"),
        an_item(sales_order="0000001042"),
        an_item(sales_order="1043"),
        an_item(sales_order="60000011", SalesSDDocumentCategory="H"),
        an_item(sales_order=""),
    )

    assert sales_orders_of(document) == ("1042", "1043")


def test_pro_forma_and_inter_company_documents_do_not_matter():
    assert [category for category in "MNOPSU56" if matters(a_document(category=category))] == [*"MNOPS"]
