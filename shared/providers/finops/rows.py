"""Our order as Dataverse rows.

Each row is described once and comes in two forms: as it is written (`Nav@odata.bind`) and as it is read
(`_column_value`), so that the dual-write filter is evaluated on exactly what is sent. Column by column: reference
finance-operations.md section 3, dataverse.md section 2.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Address, Order, OrderLine
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.references import (
    ACCOUNT,
    COMPANY,
    CURRENCY,
    PRICE_LIST,
    PRODUCT,
    SITE,
    UNIT,
    WAREHOUSE,
    Code,
    ReferenceTable,
)

ORDERS, LINES = "salesorders", "salesorderdetails"
ORDER_ID, LINE_ID = "salesorderid", "salesorderdetailid"
READY = "msdyn_isreadytosync"
ITEM_BASED = 192350000
LINE_CANCELED = 192350004  # of `msdyn_linestatus`
_MONEY_PRECISION = Decimal("0.0001")  # the precision of money columns

# What Dataverse itself puts into the columns of a new row that the dual-write filters ask for.
NEW_ORDER: Mapping[str, Any] = {"statecode": 0, "statuscode": 1}
NEW_LINE: Mapping[str, Any] = {"msdyn_statuscode": None}


@dataclass(frozen=True)
class Parent:
    """A row of ours, known by its id."""

    entity_set: str
    row_id: str


@dataclass(frozen=True)
class Lookup:
    """A column that points to another row; `to` None leaves it empty."""

    column: str
    navigation: str
    to: Code | Parent | None

    @property
    def property_name(self) -> str:
        return f"_{self.column}_value"

    def row_id(self, ids: Mapping[Code, str]) -> str | None:
        return ids[self.to] if isinstance(self.to, Code) else self.to and self.to.row_id

    def bind(self, ids: Mapping[Code, str]) -> dict[str, Any]:
        if self.to is None:
            return {self.navigation: None}
        entity_set = self.to.table.entity_set if isinstance(self.to, Code) else self.to.entity_set
        return {f"{self.navigation}@odata.bind": f"/{entity_set}({self.row_id(ids)})"}


@dataclass(frozen=True)
class Row:
    """One row we write. Its ready flag is no part of it: who sends the row decides when F&O may have it."""

    entity_set: str
    row_id: str
    columns: Mapping[str, Any]
    lookups: tuple[Lookup, ...]

    @property
    def codes(self) -> list[Code]:
        """The rows of other tables it points to."""
        return [lookup.to for lookup in self.lookups if isinstance(lookup.to, Code)]

    @property
    def properties(self) -> list[str]:
        """Its columns by the names under which they are read."""
        return [*self.columns, *(lookup.property_name for lookup in self.lookups)]

    def as_read(self, ids: Mapping[Code, str]) -> dict[str, Any]:
        return {**self.columns, **{lookup.property_name: lookup.row_id(ids) for lookup in self.lookups}}

    def difference(self, ids: Mapping[Code, str], there: Mapping[str, Any]) -> dict[str, Any]:
        """What to write so that the row `there` (empty: none yet) becomes this one.

        Nothing that is equal already: every column sent counts as changed and fires filters and webhooks.
        """
        changed = {name: value for name, value in self.columns.items() if there.get(name) != value}
        for lookup in self.lookups:
            if there.get(lookup.property_name) != lookup.row_id(ids):
                changed |= lookup.bind(ids)
        return changed


def to_salesorder(order: Order, connection: DataverseConnection) -> Row:
    """The header. Raises RejectedByProvider when the order's currency has no price list."""
    nav = connection.order_navigation
    return Row(
        entity_set=ORDERS,
        row_id=order.order_id,
        columns={
            "name": order.number,
            "msdyn_salesordernumber": order.number,
            connection.assumed_columns.external_order_id: order.external_id,
            "msdyn_ordertype": ITEM_BASED,
            **_ship_to(order.ship_to),
        },
        lookups=(
            _lookup("msdyn_company", nav.company, COMPANY, order.company),
            _lookup("msdyn_invoicecustomerid", nav.invoice_customer, ACCOUNT, order.invoice_customer, order.company),
            _lookup(
                "customerid", nav.customer, ACCOUNT, order.customer_account or order.invoice_customer, order.company
            ),
            _lookup("msdyn_defaultshippingsite", nav.shipping_site, SITE, order.shipping_site, order.company),
            _lookup(
                "msdyn_defaultshippingwarehouse",
                nav.shipping_warehouse,
                WAREHOUSE,
                order.shipping_warehouse,
                order.company,
            ),
            _lookup("pricelevelid", nav.price_list, PRICE_LIST, _price_list(order, connection)),
            _lookup("transactioncurrencyid", nav.currency, CURRENCY, order.currency),
        ),
    )


def to_salesorderdetail(order: Order, line: OrderLine, connection: DataverseConnection) -> Row:
    """One line, without what was canceled of it.

    The price is the shopper's: `priceperunit` is only kept when it overrides the price list's.
    """
    nav = connection.line_navigation
    quantity, discount = _left_of(line)
    return Row(
        entity_set=LINES,
        row_id=line.line_id,
        columns={
            "sequencenumber": line.number,
            "quantity": number(quantity),
            "ispriceoverridden": True,
            "priceperunit": number(line.unit_price),
            "manualdiscountamount": number(discount),
            **_ship_to(order.address_of(line)),
        },
        lookups=(
            Lookup("salesorderid", nav.order, Parent(ORDERS, order.order_id)),
            _lookup("productid", nav.product, PRODUCT, line.product),
            _lookup("uomid", nav.unit, UNIT, line.unit),
            _lookup("msdyn_company", nav.company, COMPANY, line.company),
            _lookup("msdyn_shippingsite", nav.shipping_site, SITE, line.shipping_site, line.company),
            _lookup(
                "msdyn_shippingwarehouse", nav.shipping_warehouse, WAREHOUSE, line.shipping_warehouse, line.company
            ),
        ),
    )


def codes_of(rows: Iterable[Row]) -> set[Code]:
    return {code for row in rows for code in row.codes}


def number(value: Decimal) -> int | float:
    """`value` as a JSON number of the same digits: a float holds fifteen of them, more than a column takes.

    Raises RejectedByProvider for a value that would lose some.
    """
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value:
        raise RejectedByProvider(f"{value} has more digits than Dataverse keeps")
    return float(value)


def amount(value: float | None) -> Decimal:
    """A number as it is read; null is nothing."""
    return Decimal(str(value or 0))


def _left_of(line: OrderLine) -> tuple[Decimal, Decimal]:
    """The units still wanted and their share of the line's discount."""
    if not line.quantity_canceled:
        return line.quantity, line.discount
    left = line.quantity - line.quantity_canceled
    return left, (line.discount * left / line.quantity).quantize(_MONEY_PRECISION)


def _lookup(
    column: str, navigation: str, table: ReferenceTable, code: str | None, company: str | None = None
) -> Lookup:
    return Lookup(column, navigation, Code(table, code, company) if code else None)


def _price_list(order: Order, connection: DataverseConnection) -> str:
    name = connection.price_list(order.currency)
    if name is None:
        raise RejectedByProvider(f"no price list is configured for currency {order.currency}")
    return name


def _ship_to(address: Address) -> dict[str, Any]:
    """Text that is empty is null in Dataverse."""
    return {
        "shipto_name": address.name or None,
        "shipto_line1": address.line1 or None,
        "shipto_line2": address.line2 or None,
        "shipto_city": address.city or None,
        "shipto_stateorprovince": address.state or None,
        "shipto_postalcode": address.postal_code or None,
        "shipto_country": address.country or None,
        "shipto_telephone": address.phone or None,
    }
