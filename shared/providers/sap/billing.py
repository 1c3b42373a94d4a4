"""What billing documents say of an order's lines (reference: sap.md section 4).

The category of a document decides, not its type, which every customer defines anew. A document belongs to an order by
its items' sales order: the document they refer to is a delivery as often as not.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from shared.domain.orders import Order
from shared.providers.sap.documents import BillingDocument
from shared.providers.sap.sales_order import ITEM_STEP

INVOICE = "M"
NOTEWORTHY: Mapping[str, str] = {
    "N": "an invoice cancellation",
    "O": "a credit memo",
    "P": "a debit memo",
    "S": "a credit memo cancellation",
}
"""Categories that invoice nothing, but that a person should know of. All others, such as pro forma, mean nothing."""

_ORDER_CATEGORIES = ("C", "")
_POSTED = "C"


def matters(document: BillingDocument) -> bool:
    return document.category == INVOICE or document.category in NOTEWORTHY


def sales_orders_of(document: BillingDocument) -> tuple[str, ...]:
    """The sales orders it bills, each once; an invoice may collect several."""
    items = (item for item in document.items if item.sales_category in _ORDER_CATEGORIES)
    return tuple(dict.fromkeys(item.sales_order for item in items if item.sales_order))


def standing_invoices(documents: Iterable[BillingDocument], *, posted: bool) -> tuple[BillingDocument, ...]:
    """Those that count; with `posted` only those that accounting has."""
    return tuple(
        document
        for document in documents
        if document.category == INVOICE
        and not document.canceled
        and (not posted or document.transfer_status == _POSTED)
    )


def canceled_invoices(documents: Iterable[BillingDocument]) -> tuple[BillingDocument, ...]:
    return tuple(document for document in documents if document.category == INVOICE and document.canceled)


def invoiced_units(order: Order, sales_order: str, invoices: Iterable[BillingDocument]) -> dict[str, Decimal]:
    """By line id, from all invoices that stand. Items that somebody has added in SAP are none of the order's."""
    lines = {str(line.number * ITEM_STEP): line.line_id for line in order.lines}
    units: dict[str, Decimal] = {}
    for item in (item for invoice in invoices for item in invoice.items if item.sales_order == sales_order):
        if line_id := lines.get(item.sales_item):
            units[line_id] = units.get(line_id, Decimal(0)) + item.quantity
    return units
