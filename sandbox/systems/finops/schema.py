"""The Dataverse tables: columns, choices, navigation names, alternate keys (reference: dataverse.md section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from sandbox.systems.finops.statuses import LINE_STATUSES, PROCESSING_STATUSES, STATES, STATUS_REASONS

Kind = Literal["id", "text", "integer", "decimal", "money", "boolean", "choice", "datetime", "date", "lookup"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. A lookup reads as `_name_value` and is written through its case-sensitive `navigation` name."""

    name: str
    kind: Kind
    required: bool = False
    writable: bool = True
    readable: bool = True  # secrets are not
    default: Any = None
    max_length: int = 100
    choices: Mapping[int, str] | None = None
    target: str = ""
    navigation: str = ""

    @cached_property
    def property_name(self) -> str:
        """The name under which the Web API reads it, and the stand-in's rows hold it."""
        return f"_{self.name}_value" if self.kind == "lookup" else self.name


@dataclass(frozen=True)
class Table:
    """One table; `children` maps a collection navigation name to (child table, its lookup's property name)."""

    name: str
    entity_set: str
    id_column: str
    primary_name: str
    columns: tuple[Column, ...]
    alternate_keys: tuple[tuple[str, ...], ...] = ()
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def properties(self) -> Mapping[str, Column]:
        return {column.property_name: column for column in self.columns}

    @cached_property
    def readable(self) -> Mapping[str, Column]:
        """Those of `properties` that a caller may see or ask for."""
        return {name: column for name, column in self.properties.items() if column.readable}

    @cached_property
    def navigations(self) -> Mapping[str, Column]:
        return {column.navigation: column for column in self.columns if column.kind == "lookup"}

    @cached_property
    def lookups(self) -> tuple[Column, ...]:
        return tuple(self.navigations.values())

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        return {column.property_name: column.default for column in self.columns}

    @cached_property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)


def _text(name: str, max_length: int = 100, **rules: Any) -> Column:
    return Column(name=name, kind="text", max_length=max_length, **rules)


def _texts(prefix: str, *names: str) -> tuple[Column, ...]:
    return tuple(_text(f"{prefix}_{name}", 250) for name in names)


def _numbers(kind: Kind, *names: str, **rules: Any) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind, **rules) for name in names)


def _lookup(name: str, target: str, navigation: str = "", *, required: bool = False) -> Column:
    return Column(name=name, kind="lookup", target=target, navigation=navigation or name, required=required)


def _choice(name: str, choices: Mapping[int, str] | None, default: int | None = None) -> Column:
    return Column(name=name, kind="choice", choices=choices, default=default)


def _flag(name: str, default: bool) -> Column:
    return Column(name=name, kind="boolean", default=default)


def _table(name: str, entity_set: str, primary_name: str, *columns: Column, **rules: Any) -> Table:
    system = (
        Column(name=f"{name}id", kind="id"),
        Column(name="createdon", kind="datetime", writable=False),
        Column(name="modifiedon", kind="datetime", writable=False),
        Column(name="versionnumber", kind="integer", writable=False),
    )
    return Table(name, entity_set, f"{name}id", primary_name, system + columns, **rules)


_COMPANY = _lookup("msdyn_company", "cdm_company")
_ADDRESS = ("name", "line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country", "telephone")
READY = "msdyn_isreadytosync"

SALESORDER = _table(
    "salesorder",
    "salesorders",
    "name",
    _text("name", 300, required=True),
    _text("ordernumber"),
    _text("msdyn_salesordernumber", 20),
    _text("msdyn_externalorderid"),
    _text("msdyn_customersorderreference", 60),
    _text("description", 2000),
    _text("emailaddress"),
    _lookup("customerid", "account", "customerid_account", required=True),
    _lookup("pricelevelid", "pricelevel", required=True),
    _lookup("transactioncurrencyid", "transactioncurrency", required=True),
    _lookup("msdyn_company", "cdm_company", "msdyn_Company"),
    _lookup("msdyn_invoicecustomerid", "account", "msdyn_invoicecustomerid_account"),
    _lookup("msdyn_defaultshippingsite", "msdyn_operationalsite", "msdyn_DefaultShippingSite"),
    _lookup("msdyn_defaultshippingwarehouse", "msdyn_warehouse", "msdyn_DefaultShippingWarehouse"),
    _lookup("msdyn_salesorderorigin", "msdyn_salesorderorigin"),
    _choice(
        "msdyn_ordertype", {192350000: "Item based", 192350001: "Work based", 690970002: "Service-Maintenance Based"}
    ),
    _choice("msdyn_processingstatus", PROCESSING_STATUSES),
    _choice("statecode", STATES, 0),
    _choice("statuscode", STATUS_REASONS, 1),
    _flag(READY, True),
    *_numbers("date", "requestdeliveryby", "submitdate", "datefulfilled"),
    *_texts("shipto", *_ADDRESS),
    *_texts("billto", *_ADDRESS),
    *_numbers("money", "freightamount", "discountamount"),
    *_numbers("money", "totallineitemamount", "totaltax", "totalamount", writable=False, default=0.0),
    alternate_keys=(("msdyn_externalorderid",),),
    children={"order_details": ("salesorderdetail", "_salesorderid_value")},
)

SALESORDERDETAIL = _table(
    "salesorderdetail",
    "salesorderdetails",
    "productdescription",
    _lookup("salesorderid", "salesorder", required=True),
    _lookup("productid", "product"),
    _lookup("uomid", "uom"),
    _lookup("transactioncurrencyid", "transactioncurrency"),
    _COMPANY,
    _lookup("msdyn_shippingsite", "msdyn_operationalsite"),
    _lookup("msdyn_shippingwarehouse", "msdyn_warehouse"),
    _text("productdescription", 500),
    _text("description", 2000),
    _text("msdyn_reservationid"),
    _text("msdyn_syncerror", 4000),
    _text("msdyn_trackingnumber"),
    _text("msdyn_carrier"),
    Column(name="quantity", kind="decimal", required=True),
    *_numbers("decimal", "quantityshipped", "quantitybackordered", "quantitycancelled"),
    *_numbers("money", "priceperunit", "manualdiscountamount", "tax"),
    *_numbers("money", "baseamount", "extendedamount", writable=False),
    *_numbers("integer", "sequencenumber", "lineitemnumber"),
    _flag("ispriceoverridden", False),
    _flag("isproductoverridden", False),
    _flag(READY, True),
    _choice("msdyn_linestatus", LINE_STATUSES),
    _choice("msdyn_statuscode", None),  # IOM's own; its labels are not published
    *_texts("shipto", *_ADDRESS),
)

SERVICE_ENDPOINT = _table(
    "serviceendpoint",
    "serviceendpoints",
    "name",
    _text("name", 256, required=True),
    _text("url", 2000),
    Column(name="contract", kind="choice", choices={8: "Webhook"}, required=True),
    _choice("authtype", {4: "WebhookKey"}),
    _text("authvalue", 2048, readable=False),
)
SDK_MESSAGE = _table("sdkmessage", "sdkmessages", "name", _text("name", required=True))
SDK_MESSAGE_FILTER = _table(
    "sdkmessagefilter",
    "sdkmessagefilters",
    "primaryobjecttypecode",
    _text("primaryobjecttypecode", required=True),
    _lookup("sdkmessageid", "sdkmessage", required=True),
)
STEP = _table(
    "sdkmessageprocessingstep",
    "sdkmessageprocessingsteps",
    "name",
    _text("name", 256, required=True),
    _text("filteringattributes", 100_000),
    _flag("asyncautodelete", False),
    *_numbers("integer", "rank", "stage", "supporteddeployment", required=True),
    Column(name="mode", kind="choice", choices={0: "Synchronous", 1: "Asynchronous"}, required=True),
    _choice("statecode", {0: "Enabled", 1: "Disabled"}, 0),
    _choice("statuscode", {1: "Enabled", 2: "Disabled"}, 1),
    _lookup("sdkmessageid", "sdkmessage", required=True),
    _lookup("sdkmessagefilterid", "sdkmessagefilter"),
    _lookup("eventhandler", "serviceendpoint", "eventhandler_serviceendpoint"),
)
REGISTRATIONS = (SERVICE_ENDPOINT, STEP)  # their rows make Dataverse call others

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        SALESORDER,
        SALESORDERDETAIL,
        *REGISTRATIONS,
        SDK_MESSAGE,
        SDK_MESSAGE_FILTER,
        _table("organization", "organizations", "name", _text("name"), _flag("issopintegrationenabled", False)),
        _table(
            "cdm_company",
            "cdm_companies",
            "cdm_name",
            _text("cdm_name", required=True),
            _text("cdm_companycode", 4, required=True),
            alternate_keys=(("cdm_companycode",),),
        ),
        _table(
            "msdyn_operationalsite",
            "msdyn_operationalsites",
            "msdyn_name",
            _text("msdyn_name"),
            _text("msdyn_siteid", 10, required=True),
            _COMPANY,
            alternate_keys=(("msdyn_siteid", "_msdyn_company_value"),),
        ),
        _table(
            "msdyn_warehouse",
            "msdyn_warehouses",
            "msdyn_name",
            _text("msdyn_name"),
            _text("msdyn_warehouseidentifier", 10, required=True),
            _lookup("msdyn_operationalsite", "msdyn_operationalsite"),
            _COMPANY,
            alternate_keys=(("msdyn_warehouseidentifier", "_msdyn_company_value"),),
        ),
        _table(
            "account",
            "accounts",
            "name",
            _text("name", 160, required=True),
            _text("accountnumber", 20),
            _COMPANY,
            alternate_keys=(("accountnumber", "_msdyn_company_value"),),
        ),
        _table(
            "product",
            "products",
            "name",
            _text("name", required=True),
            _text("productnumber"),
            _text("msdyn_productnumber", 70),
            *_numbers("money", "price"),
            _lookup("defaultuomid", "uom"),
            alternate_keys=(("msdyn_productnumber",),),
        ),
        _table(
            "uom",
            "uoms",
            "name",
            _text("name", required=True),
            _text("msdyn_symbol", 10),
            alternate_keys=(("msdyn_symbol",),),
        ),
        _table(
            "pricelevel",
            "pricelevels",
            "name",
            _text("name", required=True),
            _lookup("transactioncurrencyid", "transactioncurrency"),
        ),
        _table(
            "transactioncurrency",
            "transactioncurrencies",
            "currencyname",
            _text("currencyname", required=True),
            _text("isocurrencycode", 5, required=True),
            alternate_keys=(("isocurrencycode",),),
        ),
        _table(
            "msdyn_salesorderorigin",
            "msdyn_salesorderorigins",
            "msdyn_name",
            _text("msdyn_name"),
            _text("msdyn_origincode", 10, required=True),
            alternate_keys=(("msdyn_origincode",),),
        ),
    )
}
BY_ENTITY_SET: Mapping[str, Table] = {table.entity_set: table for table in TABLES.values()}
