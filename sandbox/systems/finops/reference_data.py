"""What F&O looks rows up by: the codes behind the Dataverse lookups, and which of them fit together in a company."""

from collections.abc import Iterator

from sandbox.systems.finops.schema import SALESORDER, SALESORDERDETAIL, TABLES, Table
from sandbox.systems.finops.store import Row, Store


class Refusal(Exception):
    """F&O's sentence why it does not take a row."""


class ReferenceData:
    """Companies, customers, sites, warehouses, products and units, as F&O sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def looked_up(self, table: Table, row: Row, lookup: str) -> Row | None:
        """The row a lookup leads to, None when it is empty; a dangling lookup is refused."""
        column = table.properties[f"_{lookup}_value"]
        row_id = row[column.property_name]
        if row_id is None:
            return None
        found = self._store.get(TABLES[column.target], row_id)
        if found is None:
            raise Refusal(f"Unable to lookup {TABLES[column.target].entity_set} with values {{{row_id}}}.")
        return found

    def company_of(self, table: Table, row: Row) -> str:
        company = self.looked_up(table, row, "msdyn_company")
        if company is None:
            raise Refusal("The company is missing.")
        return company["cdm_companycode"]

    def customer(self, order: Row, lookup: str, company: str) -> str | None:
        """The account number, which must belong to the company."""
        account = self.looked_up(SALESORDER, order, lookup)
        if account is None:
            return None
        self._check_company("Customer", account["accountnumber"], TABLES["account"], account, company)
        return account["accountnumber"]

    def site_and_warehouse(
        self, table: Table, row: Row, site_lookup: str, warehouse_lookup: str, company: str
    ) -> tuple[str | None, str | None]:
        """Their ids; both must belong to the company, and the warehouse to the site."""
        site, warehouse = self.looked_up(table, row, site_lookup), self.looked_up(table, row, warehouse_lookup)
        if site is not None:
            self._check_company("Site", site["msdyn_siteid"], TABLES["msdyn_operationalsite"], site, company)
        if warehouse is not None:
            name = warehouse["msdyn_warehouseidentifier"]
            self._check_company("Warehouse", name, TABLES["msdyn_warehouse"], warehouse, company)
            if site is not None and warehouse["_msdyn_operationalsite_value"] != site["msdyn_operationalsiteid"]:
                raise Refusal(f"Warehouse {name} does not belong to site {site['msdyn_siteid']} in company {company}.")
        return _code(site, "msdyn_siteid"), _code(warehouse, "msdyn_warehouseidentifier")

    def product_and_unit(self, line: Row) -> tuple[str, str]:
        """The product number and the unit's symbol."""
        product, unit = (
            self.looked_up(SALESORDERDETAIL, line, "productid"),
            self.looked_up(SALESORDERDETAIL, line, "uomid"),
        )
        if product is None or not product["msdyn_productnumber"]:
            raise Refusal("The product is missing; write-in products are not supported.")
        if unit is None or not unit["msdyn_symbol"]:
            raise Refusal("The sales unit is missing.")
        return product["msdyn_productnumber"], unit["msdyn_symbol"]

    def coded(self, table: Table, column: str, code: str, company: Row | None = None) -> Row:
        """The row with that code, in that company where the table has one; refused when there is none."""
        for row in self._with_code(table, column, code):
            if company is None or row["_msdyn_company_value"] == company["cdm_companyid"]:
                return row
        place = f" in company {company['cdm_companycode']}" if company else ""
        raise Refusal(f"Unable to lookup {table.entity_set} with values {{{code}}}{place}.")

    def _with_code(self, table: Table, column: str, code: str) -> Iterator[Row]:
        return (
            row
            for row in self._store.rows(table)
            if row[column] is not None and row[column].casefold() == code.casefold()
        )

    def _check_company(self, what: str, name: str, table: Table, row: Row, company: str) -> None:
        owner = self.looked_up(table, row, "msdyn_company")
        if owner is None or owner["cdm_companycode"].upper() != company.upper():
            raise Refusal(f"{what} {name} does not exist in company {company}.")


def _code(row: Row | None, column: str) -> str | None:
    return row[column] if row is not None else None
