"""The order as this application knows it, whatever system it was born in."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Immutable data; unknown fields are a mistake of ours, never ignored. A mistake is told without the data."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

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


class FulfillmentSource(Value):
    """Somewhere goods leave from, and what that place is in F&O (None: nobody has said)."""

    name: str
    company: str | None = None
    shipping_site: str | None = None
    shipping_warehouse: str | None = None


class LineHold(Value):
    """Why a line waits, and since when."""

    reason: str  # BACKORDER_HOLD, INVENTORY_NOT_FOUND
    since: datetime


BACKORDER_HOLD = "Backorder Hold"  # the backorder job looks for stock again
INVENTORY_NOT_FOUND = "Inventory Not Found"  # backorders are off: a person must say what becomes of it


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
    digital: bool = False  # nothing of it goes by parcel
    company: str | None = None
    shipping_site: str | None = None
    shipping_warehouse: str | None = None
    fulfillment_source: FulfillmentSource | None = None  # where it leaves from, once that is known
    in_finops: bool = False  # F&O has the line
    sync_error: str | None = None  # why F&O refused this line; cleared by the next success
    resend: bool = False  # a person wants F&O to be sent the line again
    resends_asked: int = 0  # how often so far, once or more for each time it is sent
    hold: LineHold | None = None
    quantity_canceled: Decimal = Decimal(0)  # will never ship
    quantity_invoiced: Decimal = Decimal(0)

    @property
    def alive(self) -> bool:
        return self.quantity_canceled < self.quantity


class ShipmentItem(Value):
    line_id: str
    quantity: Decimal


class Shipment(Value):
    """One parcel that left a warehouse."""

    shipment_id: str = ""  # its fulfiller's, where there is one
    tracking_number: str
    more_tracking_numbers: tuple[str, ...] = ()
    former_tracking_numbers: tuple[str, ...] = ()  # others may know it by one of these; "" is none yet
    carrier: str = ""
    items: tuple[ShipmentItem, ...]


class FulfillmentOrderLine(Value):
    """`reservation_id`: under which Inventory Visibility keeps the units for it."""

    line_id: str
    quantity: Decimal
    reservation_id: str = ""


class FulfillmentOrder(Value):
    """What one fulfiller, or one of its sources, is to ship of an order (reference: iom.md section 7)."""

    number: str  # unique among all fulfillment orders
    fulfiller: str  # finops | flexe
    source: FulfillmentSource | None = None
    external_id: str = ""  # what the fulfiller calls it
    status: str = ""  # what the fulfiller said of it last, in our words
    lines: tuple[FulfillmentOrderLine, ...]


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
    origin: str = ""  # BigCommerce: channel id; F&O: sales order origin
    strategy: str | None = None  # of fulfillment optimization; the default one when None
    fulfillment_source: FulfillmentSource | None = None  # where the first parcel left from
    fulfillment_orders: tuple[FulfillmentOrder, ...] = ()
    shipments: tuple[Shipment, ...] = ()

    @property
    def reference(self) -> str:
        """What Flexe and SAP are to know the order by: unique among all orders, at most 25 characters.

        Two companies of F&O may use the same number, so theirs have the company before it.
        """
        return f"{self.company}-{self.number}" if self.source == "finops" else self.number

    @property
    def ship_to(self) -> Address:
        """The first shipping address; lines may go elsewhere (`address_of`)."""
        return self.addresses[0] if self.addresses else Address()

    def address_of(self, line: OrderLine) -> Address:
        return next((a for a in self.addresses if a.external_id == line.ship_to_id), self.ship_to)

    def line(self, line_id: str) -> OrderLine:
        return next(line for line in self.lines if line.line_id == line_id)
