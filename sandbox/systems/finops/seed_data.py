"""The reference rows a stand-in starts with, in the Web API's own words: entity set -> bodies."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Rows = Mapping[str, list[Mapping[str, Any]]]

PRODUCTS: Mapping[str, tuple[str, float]] = {
    "BAG-CNV-OLV": ("Canvas bag, olive", 24.5),
    "KTL-EN-1L": ("Enamel kettle, 1 l", 39.0),
    "1000": ("Surface Pro 128 GB", 19.5),
}
"""Name and price by product number."""


def company_reference(code: str) -> str:
    return f"/cdm_companies(cdm_companycode='{code}')"


def _of_company(code: str, **columns: Any) -> dict[str, Any]:
    return {**columns, "msdyn_company@odata.bind": company_reference(code)}


def _site(site: str, company: str) -> dict[str, Any]:
    return _of_company(
        company, msdyn_operationalsiteid=_site_id(site, company), msdyn_siteid=site, msdyn_name=f"Site {site}"
    )


def _site_id(site: str, company: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"msdyn_operationalsites/{company}/{site}"))


def _warehouse(warehouse: str, site: str, company: str) -> dict[str, Any]:
    row = _of_company(company, msdyn_warehouseidentifier=warehouse, msdyn_name=f"Warehouse {warehouse}")
    return {**row, "msdyn_operationalsite@odata.bind": f"/msdyn_operationalsites({_site_id(site, company)})"}


def _product(number: str, name: str, price: float) -> dict[str, Any]:
    return {
        "msdyn_productnumber": number,
        "productnumber": number,
        "name": name,
        "price": price,
        "defaultuomid@odata.bind": "/uoms(msdyn_symbol='ea')",
    }


def reference_rows() -> Rows:
    """Three companies with their customers, sites and warehouses; the products.

    Sites 5 (USMF) and 6 (USRT) stand for a warehouse operator: each of its warehouses is one of theirs.
    """
    return {
        "organizations": [{"name": "Contoso", "issopintegrationenabled": True}],
        "cdm_companies": [
            {"cdm_companycode": "USMF", "cdm_name": "Contoso Entertainment System USA"},
            {"cdm_companycode": "DEMF", "cdm_name": "Contoso Entertainment System Germany"},
            {"cdm_companycode": "USRT", "cdm_name": "Contoso Retail USA"},
        ],
        "transactioncurrencies": [
            {"isocurrencycode": "USD", "currencyname": "US Dollar"},
            {"isocurrencycode": "EUR", "currencyname": "Euro"},
        ],
        "uoms": [{"msdyn_symbol": "ea", "name": "Each"}],
        "pricelevels": [{"name": "Standard"}],
        "msdyn_salesorderorigins": [{"msdyn_origincode": "WEB", "msdyn_name": "Web shop"}],
        "accounts": [
            _of_company("USMF", accountnumber="US-001", name="Contoso Retail San Diego"),
            _of_company("USMF", accountnumber="US-007", name="Desert Wholesales"),
            _of_company("DEMF", accountnumber="DE-001", name="Contoso Europe"),
            _of_company("USRT", accountnumber="RT-001", name="Contoso Retail Los Angeles"),
        ],
        "msdyn_operationalsites": [
            _site("1", "USMF"),
            _site("2", "USMF"),
            _site("3", "DEMF"),
            _site("5", "USMF"),
            _site("6", "USRT"),
        ],
        "msdyn_warehouses": [
            _warehouse("13", "1", "USMF"),
            _warehouse("24", "2", "USMF"),
            _warehouse("31", "3", "DEMF"),
            _warehouse("25", "2", "USMF"),
            _warehouse("26", "2", "USMF"),
            _warehouse("51", "5", "USMF"),
            _warehouse("52", "5", "USMF"),
            _warehouse("61", "6", "USRT"),
        ],
        "products": [_product(number, name, price) for number, (name, price) in PRODUCTS.items()],
    }
