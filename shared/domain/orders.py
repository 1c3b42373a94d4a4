"""The order as this application knows it, whatever system it was born in."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Immutable data; unknown fields are a mistake of ours, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def with_(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)


class Problem(Value):
    """One thing wrong with an order, in words for the person who mends it: which field, which value, what is wrong."""

    field: str
    value: str | None
    problem: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value!r}: {self.problem}"


class Address(Value):
    """Where to ship or bill. `external_id` is the store's id of the address (BigCommerce: order_address_id)."""

    external_id: str = ""
    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    phone: str = ""
    email: str = ""


class OrderLine(Value):
    """One line; money is per the order's currency, without tax unless named otherwise."""

    line_id: str
    external_line_id: str
    number: int  # 1, 2, 3... in the store's order; F&O's line creation sequence number
    sku: str
    name: str = ""
    product: str | None = None  # F&O product number, from the id mapping of the SKU
    unit: str | None = None  # F&O unit symbol
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)  # for the whole line
    tax: Decimal = Decimal(0)
    ship_to_id: str = ""  # external_id of one of the order's addresses
    company: str | None = None
    shipping_site: str | None = None
    shipping_warehouse: str | None = None
    sync_error: str | None = None  # why F&O refused this line; cleared by the next success


class ShipmentItem(Value):
    line_id: str
    quantity: Decimal


class Shipment(Value):
    """One parcel that left a warehouse."""

    tracking_number: str
    carrier: str = ""
    items: tuple[ShipmentItem, ...]


class Order(Value):
    """The facts of an order. What has become of it is the `OrderRecord`'s."""

    order_id: str
    source: str
    external_id: str
    number: str  # the number it carries in Dataverse and F&O, at most 20 characters
    placed_at: datetime | None = None
    currency: str = ""  # the currency the shopper pays in
    customer_name: str = ""
    customer_account: str | None = None  # ordering account in F&O; the invoice customer when None
    bill_to: Address = Address()
    addresses: tuple[Address, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    total: Decimal = Decimal(0)  # with tax
    total_tax: Decimal = Decimal(0)
    shipping_cost: Decimal = Decimal(0)
    company: str | None = None
    invoice_customer: str | None = None
    shipping_site: str | None = None
    shipping_warehouse: str | None = None
    shipments: tuple[Shipment, ...] = ()

    @property
    def ship_to(self) -> Address:
        """The first shipping address; lines may go elsewhere (`address_of`)."""
        return self.addresses[0] if self.addresses else Address()

    def address_of(self, line: OrderLine) -> Address:
        return next((a for a in self.addresses if a.external_id == line.ship_to_id), self.ship_to)

    def line(self, line_id: str) -> OrderLine:
        return next(line for line in self.lines if line.line_id == line_id)
