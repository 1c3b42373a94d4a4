"""Codes that people use, such as warehouse 24 of company USMF, as the ids of their rows in Dataverse."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.domain.errors import RejectedByProvider
from shared.domain.ports import Clock
from shared.providers.finops.wording import listed

_CODES_PER_READ = 40  # keeps the address far below the 32 KB that Dataverse takes


@dataclass(frozen=True)
class ReferenceTable:
    """A table orders refer to. `per_company`: the same code means another row in each company."""

    name: str
    entity_set: str
    id_column: str
    code_column: str
    per_company: bool = False


COMPANY = ReferenceTable("company", "cdm_companies", "cdm_companyid", "cdm_companycode")
ACCOUNT = ReferenceTable("account", "accounts", "accountid", "accountnumber", per_company=True)
SITE = ReferenceTable("site", "msdyn_operationalsites", "msdyn_operationalsiteid", "msdyn_siteid", per_company=True)
WAREHOUSE = ReferenceTable(
    "warehouse", "msdyn_warehouses", "msdyn_warehouseid", "msdyn_warehouseidentifier", per_company=True
)
PRODUCT = ReferenceTable("product", "products", "productid", "msdyn_productnumber")
UNIT = ReferenceTable("unit", "uoms", "uomid", "msdyn_symbol")
PRICE_LIST = ReferenceTable("price list", "pricelevels", "pricelevelid", "name")
CURRENCY = ReferenceTable("currency", "transactioncurrencies", "transactioncurrencyid", "isocurrencycode")


@dataclass(frozen=True)
class Code:
    """One row by its code. Companies and codes compare without regard to case, as Dataverse compares text."""

    table: ReferenceTable
    code: str
    company: str | None = None  # of a table `per_company`

    @property
    def absence(self) -> str:
        """The sentence for the person who must create the row, or name another one."""
        sentence = f"{self.table.name} {self.code!r} does not exist"
        return f"{sentence} in company {self.company}" if self.table.per_company else sentence

    @property
    def key(self) -> tuple[str, str, str]:
        return self.table.entity_set, self.code.casefold(), (self.company or "").casefold()

    @property
    def owner(self) -> "Code | None":
        """The company the row belongs to."""
        return Code(COMPANY, self.company or "") if self.table.per_company else None


class RowFinder(Protocol):
    def find(self, entity_set: str, columns: Iterable[str], condition: str) -> list[dict[str, Any]]: ...


class References:
    """Row ids by code, believed for a while; a code that is not there is asked for again every time.

    Shared by all threads: two of them may read the same code at once and store the same answer.
    """

    def __init__(self, rows: RowFinder, lifetime: timedelta, now: Clock) -> None:
        self._rows = rows
        self._lifetime = lifetime
        self._now = now
        self._known: dict[tuple[str, str, str], tuple[str, datetime]] = {}

    def resolve(self, codes: Iterable[Code]) -> dict[Code, str]:
        """The row id of each code. Raises RejectedByProvider naming every one that does not exist."""
        wanted = set(codes)
        companies = {code for code in wanted if code.table is COMPANY} | {c.owner for c in wanted if c.owner}
        ids = self._ids(companies, {})
        ids |= self._ids(wanted - companies, ids)
        return {code: ids[code] for code in wanted}

    def _ids(self, codes: Collection[Code], companies: Mapping[Code, str]) -> dict[Code, str]:
        ids = self._remembered(codes)
        unknown = [code for code in codes if code not in ids]
        for code, row_id in self._read(unknown, companies):
            self._known[code.key] = row_id, self._now() + self._lifetime
            ids[code] = row_id
        if missing := sorted(code.absence for code in unknown if code not in ids):
            raise RejectedByProvider(listed(missing))
        return ids

    def _remembered(self, codes: Collection[Code]) -> dict[Code, str]:
        now = self._now()
        known = {code: self._known.get(code.key) for code in codes}
        return {code: entry[0] for code, entry in known.items() if entry and now < entry[1]}

    def _read(self, codes: Collection[Code], companies: Mapping[Code, str]) -> Iterator[tuple[Code, str]]:
        groups: dict[tuple[ReferenceTable, str | None], list[Code]] = defaultdict(list)
        for code in codes:
            groups[code.table, companies[code.owner] if code.owner else None].append(code)
        for (table, company_id), group in groups.items():
            for start in range(0, len(group), _CODES_PER_READ):
                yield from self._read_some(table, company_id, group[start : start + _CODES_PER_READ])

    def _read_some(
        self, table: ReferenceTable, company_id: str | None, codes: Collection[Code]
    ) -> Iterator[tuple[Code, str]]:
        condition = " or ".join(f"{table.code_column} eq {quoted(code.code)}" for code in codes)
        if company_id:
            condition = f"({condition}) and _msdyn_company_value eq {company_id}"
        rows = self._rows.find(table.entity_set, (table.id_column, table.code_column), condition)
        found = {str(row[table.code_column]).casefold(): str(row[table.id_column]) for row in rows}
        for code in codes:
            if row_id := found.get(code.code.casefold()):
                yield code, row_id


def quoted(text: str) -> str:
    """An OData text literal."""
    return "'" + text.replace("'", "''") + "'"
