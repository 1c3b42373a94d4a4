"""Dataverse to F&O: what a sales order or line row becomes in F&O, and why F&O may refuse it.

Reference: finance-operations.md sections 3 and 7.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.systems.finops.orders import OrderBook, SalesLine, SalesOrder
from sandbox.systems.finops.postings import PostingRefused, cancel
from sandbox.systems.finops.reference_data import ReferenceData, Refusal
from sandbox.systems.finops.schema import SALESORDER, SALESORDERDETAIL
from sandbox.systems.finops.statuses import CANCELED, SalesStatus
from sandbox.systems.finops.store import Row

_TEXT_FIELDS: Mapping[str, str] = {
    "DELIVERYADDRESSNAME": "shipto_name",
    "DELIVERYADDRESSSTREET": "shipto_line1",
    "DELIVERYADDRESSSTREET2": "shipto_line2",
    "DELIVERYADDRESSCITY": "shipto_city",
    "DELIVERYADDRESSSTATEID": "shipto_stateorprovince",
    "DELIVERYADDRESSZIPCODE": "shipto_postalcode",
    "DELIVERYADDRESSCOUNTRYREGIONID": "shipto_country",
    "REQUESTEDSHIPPINGDATE": "requestdeliveryby",
    "CUSTOMERSORDERREFERENCE": "msdyn_customersorderreference",
    "CUSTOMERSEXTERNALORDERID": "msdyn_externalorderid",
}


class Inbound:
    """Takes rows over into the order book."""

    def __init__(self, reference: ReferenceData, orders: OrderBook) -> None:
        self._reference = reference
        self._orders = orders

    def header(self, row: Row) -> tuple[SalesOrder, SalesOrder | None]:
        """Insert or update the order of this row; also gives it as it was, None when it is new. Raises `Refusal`."""
        company = self._reference.company_of(SALESORDER, row)
        fields = self._header_fields(row, company)
        known = self._orders.of_row(row["salesorderid"])
        number = row["msdyn_salesordernumber"] or (known.number if known else self._orders.new_number())
        if known is not None and number.casefold() != known.number.casefold():
            raise Refusal(f"The sales order number {known.number} can't be changed to {number}.")
        other = self._orders.at(company, number)
        if other is not None and other.row_id != row["salesorderid"]:
            raise Refusal(f"Cannot create a record in Sales orders. Sales order: {number}. The record already exists.")
        if known is None:
            return self._orders.put(SalesOrder(company, number, row["salesorderid"], fields)), None
        return self._orders.put(self._cancelled_if_asked(replace(known, header=fields), row)), known

    def line(self, row: Row) -> tuple[SalesOrder, SalesLine, bool]:
        """Insert or update the line of this row; True when it is new. Raises `Refusal`."""
        company = self._reference.company_of(SALESORDERDETAIL, row)
        order = self._orders.of_row(row["_salesorderid_value"])
        if order is None:
            raise Refusal("The sales order header does not exist in Finance and Operations.")
        if order.company.upper() != company.upper():
            raise Refusal(
                f"The line's company {company} differs from company {order.company} of sales order {order.number}."
            )
        known = next((line for line in order.lines.values() if line.row_id == row["salesorderdetailid"]), None)
        sequence = row["sequencenumber"] or (known.sequence if known else max(order.lines, default=0) + 1)
        if sequence in order.lines and order.lines[sequence].row_id != row["salesorderdetailid"]:
            raise Refusal(f"Line creation sequence number {sequence} already exists on sales order {order.number}.")
        line = self._line(row, company, sequence, known)
        lines = {**order.lines, sequence: line}
        if known is not None and known.sequence != sequence:
            del lines[known.sequence]
        return self._orders.put(replace(order, lines=lines)), line, known is None

    def remove(self, row: Row) -> None:
        """The order's row is deleted: so is the order, unless something was posted. Raises `Refusal`."""
        order = self._orders.of_row(row["salesorderid"])
        if order is None:
            return
        if any(line.delivered for line in order.lines.values()):
            raise Refusal(f"Sales order {order.number} can't be deleted: a packing slip or invoice has been posted.")
        self._orders.remove(order)

    def remove_line(self, row: Row) -> None:
        """The line's row is deleted: so is the line, unless something was delivered. Raises `Refusal`."""
        order = self._orders.of_row(row["_salesorderid_value"])
        line = (
            next((line for line in order.lines.values() if line.row_id == row["salesorderdetailid"]), None)
            if order
            else None
        )
        if order is None or line is None:
            return
        if line.delivered:
            raise Refusal(
                f"Line {line.sequence} of sales order {order.number} can't be deleted: it has been delivered."
            )
        self._orders.put(replace(order, lines={key: kept for key, kept in order.lines.items() if kept is not line}))

    def _header_fields(self, row: Row, company: str) -> dict[str, Any]:
        customer = self._reference.customer(row, "customerid", company)
        site, warehouse = self._reference.site_and_warehouse(
            SALESORDER, row, "msdyn_defaultshippingsite", "msdyn_defaultshippingwarehouse", company
        )
        currency = self._reference.looked_up(SALESORDER, row, "transactioncurrencyid")
        origin = self._reference.looked_up(SALESORDER, row, "msdyn_salesorderorigin")
        return {
            "ORDERINGCUSTOMERACCOUNTNUMBER": customer,
            # Mandatory in F&O, where it defaults to the ordering account.
            "INVOICECUSTOMERACCOUNTNUMBER": self._reference.customer(row, "msdyn_invoicecustomerid", company)
            or customer,
            "CURRENCYCODE": currency and currency["isocurrencycode"],
            "DEFAULTSHIPPINGSITEID": site,
            "DEFAULTSHIPPINGWAREHOUSEID": warehouse,
            "SALESORDERORIGINCODE": origin and origin["msdyn_origincode"],
            **{field: row[column] for field, column in _TEXT_FIELDS.items()},
        }

    def _line(self, row: Row, company: str, sequence: int, known: SalesLine | None) -> SalesLine:
        product, unit = self._reference.product_and_unit(row)
        site, warehouse = self._reference.site_and_warehouse(
            SALESORDERDETAIL, row, "msdyn_shippingsite", "msdyn_shippingwarehouse", company
        )
        if site is None or warehouse is None:
            raise Refusal("Site and warehouse are mandatory on a sales order line.")
        line = SalesLine(
            sequence=sequence,
            row_id=row["salesorderdetailid"],
            product=product,
            unit=unit,
            ordered=row["quantity"],
            price=row["priceperunit"] or 0,
            amount=row["extendedamount"] - (row["tax"] or 0),
            site=site,
            warehouse=warehouse,
        )
        if known is not None:
            posted = {
                name: getattr(known, name)
                for name in ("picked", "delivered", "invoiced", "cancelled", "tracking_number", "carrier")
            }
            line = replace(line, **posted)
        _check_quantities(row, line)
        return replace(line, deliver_now=max((row["quantityshipped"] or 0) - line.delivered, 0))

    def _cancelled_if_asked(self, order: SalesOrder, row: Row) -> SalesOrder:
        """The processing status maps both ways; from Dataverse, F&O only follows a cancellation."""
        if row["msdyn_processingstatus"] != CANCELED or order.status is SalesStatus.CANCELED:
            return order
        try:
            return cancel(order, None)
        except PostingRefused as refused:
            raise Refusal(f"{refused}.") from refused


def _check_quantities(row: Row, line: SalesLine) -> None:
    if line.ordered <= 0:
        raise Refusal("The quantity must be greater than zero.")
    if line.wanted < line.delivered:
        raise Refusal(f"The quantity {line.ordered:g} is less than the {line.delivered:g} already delivered.")
    if (row["quantityshipped"] or 0) > line.wanted:
        raise Refusal(f"Deliver now quantity {row['quantityshipped']:g} is more than the {line.wanted:g} ordered.")
