"""What has left of our order, as the SAP sales order that is to be invoiced (reference: sap.md section 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.domain.mappings import IdMappings
from shared.domain.orders import Order, OrderLine
from shared.domain.progress import plain, shipped
from shared.providers.sap.connection import SalesArea, SapConnection
from shared.providers.sap.documents import SalesOrder, SalesOrderItem
from shared.providers.sap.names import ItemNames, SapNames
from shared.providers.sap.odata import json_date, plain_number

JsonObject = dict[str, Any]
ITEM_STEP = 10  # SAP's item 10 is our line 1
_CENT = Decimal("0.01")
# The most characters a property takes; SAP would cut some of them without a word.
_LENGTHS: Mapping[str, int] = {
    "SoldToParty": 10,
    "PurchaseOrderByCustomer": 35,
    "TransactionCurrency": 5,
    "SalesOrderItem": 6,
    "Material": 40,
    "RequestedQuantityUnit": 3,
    "ProductionPlant": 4,
}


@dataclass(frozen=True)
class WantedItem:
    """One line's units to be invoiced. Their price is that of the whole line, less its discount, shared evenly."""

    line: OrderLine
    names: ItemNames
    quantity: Decimal

    @property
    def number(self) -> str:
        return str(self.line.number * ITEM_STEP)

    @property
    def net(self) -> Decimal:
        """Of these units, without tax."""
        price, units = self._price
        return (price * self.quantity / units).quantize(_CENT, ROUND_HALF_UP)

    @property
    def _price(self) -> tuple[Decimal, Decimal]:
        """An amount and for how many units it is; a discount often cannot be shared by one unit without rounding."""
        if self.line.discount:
            return self.line.unit_price * self.line.quantity - self.line.discount, self.line.quantity
        return self.line.unit_price, Decimal(1)

    def body(self, price_condition: str, currency: str) -> JsonObject:
        """The condition type empty: SAP finds its own price."""
        item = {
            "SalesOrderItem": self.number,
            "Material": self.names.material,
            "RequestedQuantity": plain(self.quantity),
            "RequestedQuantityUnit": self.names.unit,
            **({"ProductionPlant": self.names.plant} if self.names.plant else {}),
        }
        if not price_condition:
            return item
        price, units = self._price
        condition = {
            "ConditionType": price_condition,
            "ConditionRateValue": plain(price),
            "ConditionCurrency": currency,
            "ConditionQuantity": plain(units),
            "ConditionQuantityUnit": self.names.unit,
        }
        return {**item, "to_PricingElement": [condition]}


@dataclass(frozen=True)
class WantedOrder:
    """The sales order as it should be."""

    order: Order
    sold_to: str
    area: SalesArea
    items: tuple[WantedItem, ...]

    @property
    def reference(self) -> str:
        return self.order.reference

    @property
    def net(self) -> Decimal:
        return sum((item.net for item in self.items), Decimal(0))

    def body(self, connection: SapConnection) -> JsonObject:
        """A deep insert: header, items and prices in one call."""
        placed_at, currency = self.order.placed_at, self.order.currency
        dates = {"CustomerPurchaseOrderDate": json_date(placed_at)} if placed_at else {}
        return {
            "SalesOrderType": connection.order_type,
            "SalesOrganization": self.area.organization,
            "DistributionChannel": self.area.channel,
            "OrganizationDivision": self.area.division,
            "SoldToParty": self.sold_to,
            "PurchaseOrderByCustomer": self.reference,
            "TransactionCurrency": currency,
            **dates,
            "to_Item": [item.body(connection.price_condition, currency) for item in self.items],
        }

    def differences(self, there: SalesOrder) -> list[str]:
        """How the items of an order that is there already differ, a sentence each."""
        wanted, found = {item.number: item for item in self.items}, {item.number: item for item in there.items}
        told = [
            _difference(number, wanted.get(number), found.get(number)) for number in sorted({*wanted, *found}, key=int)
        ]
        return [sentence for sentence in told if sentence]


def to_sales_order(order: Order, mappings: IdMappings, connection: SapConnection) -> WantedOrder:
    """Raises RejectedByProvider naming everything that is missing or too long."""
    units = units_to_invoice(order)
    lines = [line for line in order.lines if units.get(line.line_id)]
    names, area = SapNames(order, mappings), connection.sales_area(order.company)
    sold_to = names.sold_to()
    items = tuple(WantedItem(line, names.of(line), units[line.line_id]) for line in lines)
    missing = [*_missing(order, lines, area), *names.missing()]
    if missing or area is None:
        raise RejectedByProvider("; ".join(missing))
    wanted = WantedOrder(order, sold_to, area, items)
    if too_long := [*_too_long(wanted.body(connection))]:
        raise RejectedByProvider("; ".join(too_long))
    return wanted


def units_to_invoice(order: Order) -> dict[str, Decimal]:
    """By line id: what has shipped, and what never goes by parcel, unless it was canceled."""
    units = shipped(order)
    digital = {
        line.line_id: line.quantity - line.quantity_canceled for line in order.lines if line.digital and line.alive
    }
    return {**digital, **units}


def _missing(order: Order, lines: list[OrderLine], area: SalesArea | None) -> Iterator[str]:
    if not lines:
        yield "nothing of the order has shipped"
    if not order.currency:
        yield "currency of the order is not set"
    if area is None:
        yield f"company {order.company!r} has no sales area in SAP"


def _too_long(body: JsonObject, place: str = "") -> Iterator[str]:
    for name, most in _LENGTHS.items():
        if len(value := str(body.get(name, ""))) > most:
            yield f"{place}{name} = {value!r}: {len(value)} characters, SAP takes {most}"
    for item in body.get("to_Item", ()):
        yield from _too_long(item, f"item {item['SalesOrderItem']}: ")


def _difference(number: str, wanted: WantedItem | None, found: SalesOrderItem | None) -> str:
    if found is None:
        return f"item {number} is missing"
    if wanted is None:
        return f"item {number} ({found.material}, {plain(found.quantity)}) is not of this order"
    material, quantity = plain_number(wanted.names.material), wanted.quantity
    if (found.material, found.quantity) == (material, quantity):
        return ""
    return f"item {number} is {found.material}, {plain(found.quantity)} instead of {material}, {plain(quantity)}"
