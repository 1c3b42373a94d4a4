"""SAP's documents: what matters of them, ids without leading zeros (reference: sap.md sections 3 and 4)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from shared.providers.sap.odata import expanded, plain_number, read_date

Number = Annotated[str, AfterValidator(plain_number)]
# 15 digits before the point: calculating with whatever is finite may overflow.
Amount = Annotated[Decimal, Field(max_digits=65, decimal_places=50)]
Moment = Annotated[datetime | None, BeforeValidator(read_date)]


class _Row(BaseModel):
    """Built from SAP's JSON; what is not named here is left unread. Raises ValidationError for another shape."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SalesOrderItem(_Row):
    number: Number = Field(alias="SalesOrderItem")
    material: Number = Field(alias="Material")
    quantity: Amount = Field(alias="RequestedQuantity")


class SalesOrder(_Row):
    """`reference` is what the customer's side calls it: `Order.reference` of an order of ours."""

    number: Annotated[Number, Field(min_length=1)] = Field(alias="SalesOrder")
    reference: str = Field("", alias="PurchaseOrderByCustomer")
    sold_to: Number = Field("", alias="SoldToParty")
    net: Amount | None = Field(None, alias="TotalNetAmount")
    currency: str = Field("", alias="TransactionCurrency")
    items: Annotated[tuple[SalesOrderItem, ...], BeforeValidator(expanded)] = Field((), alias="to_Item")


class BillingItem(_Row):
    """`sales_order` is the order billed, whatever document (a delivery, mostly) the billing followed.

    `sales_category`: "C" for an order; others are returns, requests for credit memos and the like.
    """

    document: Number = Field(alias="BillingDocument")
    quantity: Amount = Field(alias="BillingQuantity")
    sales_order: Number = Field("", alias="SalesDocument")
    sales_item: Number = Field("", alias="SalesDocumentItem")
    sales_category: str = Field("", alias="SalesSDDocumentCategory")


class BillingDocument(_Row):
    number: Number = Field(alias="BillingDocument")
    category: str = Field(alias="SDDocumentCategory")
    canceled: bool = Field(False, alias="BillingDocumentIsCancelled")
    cancels: Number = Field("", alias="CancelledBillingDocument")
    transfer_status: str = Field("", alias="AccountingTransferStatus")
    changed_at: Moment = Field(None, alias="LastChangeDateTime")
    items: Annotated[tuple[BillingItem, ...], BeforeValidator(expanded)] = Field((), alias="to_Item")


def lowest(orders: Iterable[SalesOrder]) -> SalesOrder:
    """Of several orders with one reference the one that counts: nobody should have to ask which."""
    return min(orders, key=lambda order: (len(order.number), order.number))
