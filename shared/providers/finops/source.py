"""F&O as a place where orders are born: they come to Dataverse by dual-write (reference: iom.md section 13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.domain.errors import TransientProviderError
from shared.domain.identity import FINOPS
from shared.domain.orders import Address, Order, OrderLine
from shared.domain.progress import is_canceled
from shared.domain.sources import PulledOrder, Readiness
from shared.providers.finops.client import DataverseClient, OrderRows
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.rows import ITEM_BASED, LINE_CANCELED, amount
from shared.providers.finops.status import STATE_CANCELED


@dataclass(frozen=True)
class FinopsOrders:
    """`OrderSource`: orders by the id of their Dataverse row. What F&O has set is taken over and never changed."""

    client: DataverseClient
    connection: DataverseConnection
    takes_all: bool = False  # F&O has many orders that are none of our business

    def pull(self, external_id: str) -> PulledOrder:
        rows = self.client.born_order(external_id)
        if rows is None:
            raise TransientProviderError(f"order {external_id} is not in Dataverse (yet)")
        if not rows.lines:
            raise TransientProviderError(f"order {external_id} has no lines in Dataverse (yet)")
        order = self._order(rows)
        return PulledOrder(order=order, readiness=self._readiness(rows, order))

    def _readiness(self, rows: OrderRows, order: Order) -> Readiness:
        """A row with an external order id was brought to Dataverse by an orchestrator: F&O is not where it was born.

        Lines are read after their header. If all are canceled it is too by now: taken for ready, its cancellation would
        be no news any more when it is told.
        """
        header = rows.header
        if header["statecode"] == STATE_CANCELED or is_canceled(order):
            return Readiness.CANCELED
        if header[self.connection.assumed_columns.external_order_id] or header["msdyn_ordertype"] != ITEM_BASED:
            return Readiness.ELSEWHERE
        return Readiness.READY

    def _order(self, rows: OrderRows) -> Order:
        header, navigation = rows.header, self.connection.order_navigation
        account = _code(header, navigation.customer, "accountnumber")
        return Order(
            order_id=header["salesorderid"],
            source=FINOPS,
            external_id=header["salesorderid"],
            number=header["msdyn_salesordernumber"] or "",
            currency=_code(header, navigation.currency, "isocurrencycode") or "",
            customer_name=header["name"] or "",
            customer_account=account,
            addresses=(_ship_to(header),),
            lines=tuple(map(self._line, sorted(rows.lines, key=lambda line: line["sequencenumber"] or 0))),
            total=amount(header["totalamount"]),
            company=_code(header, navigation.company, "cdm_companycode"),
            invoice_customer=_code(header, navigation.invoice_customer, "accountnumber") or account,
            shipping_site=_code(header, navigation.shipping_site, "msdyn_siteid"),
            shipping_warehouse=_code(header, navigation.shipping_warehouse, "msdyn_warehouseidentifier"),
            origin=_code(header, navigation.origin, "msdyn_origincode") or "",
        )

    def _line(self, row: Mapping[str, Any]) -> OrderLine:
        navigation = self.connection.line_navigation
        product = _code(row, navigation.product, "msdyn_productnumber")
        return OrderLine(
            line_id=row["salesorderdetailid"],
            external_line_id=row["salesorderdetailid"],
            number=int(row["sequencenumber"] or 0),
            sku=product or "",
            product=product,
            unit=_code(row, navigation.unit, "msdyn_symbol"),
            quantity=amount(row["quantity"]),
            unit_price=amount(row["priceperunit"]),
            company=_code(row, navigation.company, "cdm_companycode"),
            shipping_site=_code(row, navigation.shipping_site, "msdyn_siteid"),
            shipping_warehouse=_code(row, navigation.shipping_warehouse, "msdyn_warehouseidentifier"),
            in_finops=True,
            quantity_canceled=_canceled(row),
        )


def _canceled(row: Mapping[str, Any]) -> Decimal:
    """Units that F&O has called off; the line's status knows it also where the map does not carry the quantity."""
    quantity = amount(row["quantity"])
    if row["msdyn_linestatus"] == LINE_CANCELED:
        return quantity
    return min(quantity, amount(row["quantitycancelled"]))


def _code(row: Mapping[str, Any], navigation: str, column: str) -> str | None:
    """A column of the row that a lookup points to; None when it points nowhere."""
    target = row[navigation]
    return target[column] if target else None


def _ship_to(header: Mapping[str, Any]) -> Address:
    return Address(
        name=header["shipto_name"] or "",
        line1=header["shipto_line1"] or "",
        line2=header["shipto_line2"] or "",
        city=header["shipto_city"] or "",
        state=header["shipto_stateorprovince"] or "",
        postal_code=header["shipto_postalcode"] or "",
        country=header["shipto_country"] or "",
        phone=header["shipto_telephone"] or "",
    )
