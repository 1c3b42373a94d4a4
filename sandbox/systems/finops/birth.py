"""Orders born in F&O: from a clerk's words to an F&O order and its Dataverse rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.systems.finops.reference_data import ReferenceData
from sandbox.systems.finops.schema import TABLES
from sandbox.systems.finops.store import Row


@dataclass(frozen=True)
class ShipTo:
    """A delivery address, in the words of the Dataverse columns."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    stateorprovince: str | None = None
    postalcode: str | None = None
    country: str | None = None
    telephone: str | None = None


@dataclass(frozen=True)
class NewLine:
    """One line; `price` per `unit`."""

    product: str
    quantity: float
    price: float
    site: str
    warehouse: str
    unit: str = "ea"


@dataclass(frozen=True)
class NewOrder:
    """An order as it is entered in F&O; without a number it gets the next of the sequence."""

    company: str
    customer: str
    lines: tuple[NewLine, ...]
    number: str | None = None
    invoice_customer: str | None = None
    currency: str = "USD"
    origin: str | None = None
    customers_reference: str | None = None
    requested_shipping_date: str | None = None
    ship_to: ShipTo = field(default_factory=ShipTo)


def header_row(reference: ReferenceData, price_level: Row, order: NewOrder, number: str) -> dict[str, Any]:
    """The columns of the order's Dataverse row; raises `Refusal` for unknown codes."""
    company = reference.coded(TABLES["cdm_company"], "cdm_companycode", order.company)
    customer = reference.coded(TABLES["account"], "accountnumber", order.customer, company)
    invoice = reference.coded(TABLES["account"], "accountnumber", order.invoice_customer or order.customer, company)
    currency = reference.coded(TABLES["transactioncurrency"], "isocurrencycode", order.currency)
    origin = (
        reference.coded(TABLES["msdyn_salesorderorigin"], "msdyn_origincode", order.origin) if order.origin else None
    )
    return {
        "salesorderid": str(uuid5(NAMESPACE_URL, f"finops/{company['cdm_companycode']}/{number}")),
        "name": number,
        "ordernumber": number,
        "msdyn_salesordernumber": number,
        "_msdyn_company_value": company["cdm_companyid"],
        "_customerid_value": customer["accountid"],
        "_msdyn_invoicecustomerid_value": invoice["accountid"],
        "_transactioncurrencyid_value": currency["transactioncurrencyid"],
        "_pricelevelid_value": price_level["pricelevelid"],
        "_msdyn_salesorderorigin_value": origin and origin["msdyn_salesorderoriginid"],
        "msdyn_customersorderreference": order.customers_reference,
        "requestdeliveryby": order.requested_shipping_date,
        **{f"shipto_{name}": value for name, value in vars(order.ship_to).items()},
    }


def line_rows(reference: ReferenceData, order: NewOrder, header: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns of the lines' Dataverse rows, in order; raises `Refusal` for unknown codes."""
    company = reference.coded(TABLES["cdm_company"], "cdm_companycode", order.company)
    return [_line_row(reference, company, header, sequence, line) for sequence, line in enumerate(order.lines, start=1)]


def _line_row(
    reference: ReferenceData, company: Row, header: Mapping[str, Any], sequence: int, line: NewLine
) -> dict[str, Any]:
    order_id = header["salesorderid"]
    site = reference.coded(TABLES["msdyn_operationalsite"], "msdyn_siteid", line.site, company)
    warehouse = reference.coded(TABLES["msdyn_warehouse"], "msdyn_warehouseidentifier", line.warehouse, company)
    return {
        "salesorderdetailid": str(uuid5(NAMESPACE_URL, f"{order_id}/{sequence}")),
        "_salesorderid_value": order_id,
        "sequencenumber": sequence,
        "lineitemnumber": sequence,
        "_productid_value": reference.coded(TABLES["product"], "msdyn_productnumber", line.product)["productid"],
        "_uomid_value": reference.coded(TABLES["uom"], "msdyn_symbol", line.unit)["uomid"],
        "_msdyn_company_value": company["cdm_companyid"],
        "_transactioncurrencyid_value": header["_transactioncurrencyid_value"],
        "_msdyn_shippingsite_value": site["msdyn_operationalsiteid"],
        "_msdyn_shippingwarehouse_value": warehouse["msdyn_warehouseid"],
        "quantity": line.quantity,
        "priceperunit": line.price,
        "ispriceoverridden": True,
        "extendedamount": round(line.quantity * line.price, 4),
    }
