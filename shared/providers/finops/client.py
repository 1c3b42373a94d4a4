"""The Dataverse Web API calls this app makes, one method each, in Dataverse's own words."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError
from shared.domain.ports import Clock
from shared.providers.answers import Answer, RefusedCall
from shared.providers.circuit import Circuit
from shared.providers.discretion import secrets_in
from shared.providers.finops.batch import Write, read_batch, write_batch
from shared.providers.finops.connection import DataverseConnection, LineNavigation, OrderNavigation
from shared.providers.finops.errors import RowMissing, problem, read_fault, understood
from shared.providers.finops.status import HEADER_COLUMNS, LINE_COLUMNS
from shared.providers.finops.token import AccessToken
from shared.providers.paging import Trail
from shared.providers.session import Exchange, ProviderSession

log = logging.getLogger(__name__)

_ODATA: Mapping[str, str] = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
_UNCACHED: Mapping[str, str] = {"If-None-Match": "null"}
_STATUS_SWITCH = "issopintegrationenabled"
_WRITTEN = 204


@dataclass(frozen=True)
class OrderRows:
    """A `salesorder` row and its `salesorderdetail` rows, with `@odata.etag` in each."""

    header: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class ChangePage:
    """A page of the change feed. The last page has a `delta_link`, all others a `next_link`; both are opaque."""

    rows: tuple[Mapping[str, Any], ...]
    next_link: str | None
    delta_link: str | None


# What is read of an order that F&O has made: columns, and for each lookup the column that people know its row by.
BORN_COLUMNS = (
    *("salesorderid", "msdyn_salesordernumber", "name", "msdyn_ordertype", "statecode", "totalamount"),
    *("shipto_name", "shipto_line1", "shipto_line2", "shipto_city", "shipto_stateorprovince"),
    *("shipto_postalcode", "shipto_country", "shipto_telephone"),
)
BORN_LINE_COLUMNS = (
    *("salesorderdetailid", "sequencenumber", "quantity", "quantitycancelled", "priceperunit", "msdyn_linestatus"),
)
ORDER_CODES = {
    "company": "cdm_companycode",
    "customer": "accountnumber",
    "invoice_customer": "accountnumber",
    "currency": "isocurrencycode",
    "shipping_site": "msdyn_siteid",
    "shipping_warehouse": "msdyn_warehouseidentifier",
    "origin": "msdyn_origincode",
}
LINE_CODES = {
    "product": "msdyn_productnumber",
    "unit": "msdyn_symbol",
    "company": "cdm_companycode",
    "shipping_site": "msdyn_siteid",
    "shipping_warehouse": "msdyn_warehouseidentifier",
}


class DataverseClient:
    """Thread-safe: one client serves a process. Every method raises as `shared/providers/finops/errors.py` says."""

    def __init__(self, connection: DataverseConnection, http: ProviderSession, token: AccessToken) -> None:
        self._connection = connection
        self._http = http
        self._token = token

    @classmethod
    def connect(
        cls,
        connection: DataverseConnection,
        now: Clock,
        on_exchange: Callable[[Exchange], None] | None = None,
        circuit: Circuit | None = None,
    ) -> Self:
        http = ProviderSession(
            connection.environment + connection.api_path,
            name="Dataverse",
            timeout_seconds=connection.timeout_seconds,
            parse_error=read_fault,
            secrets=secrets_in(connection),
            on_exchange=on_exchange,
            circuit=circuit,
        )
        return cls(connection, http, AccessToken(connection, now, circuit))

    def check_connection(self) -> None:
        """Cheap reads: of an order, which needs address, user and right to be there; of what lets the status come."""
        self._get(_path("salesorders", {"$select": "salesorderid", "$top": "1"}))
        if self._connection.status_handlers:
            self._check_that_status_comes()

    def _check_that_status_comes(self) -> None:
        """Dual-write maps no status while the organization's switch is off (finance-operations.md section 2.4)."""
        try:
            organizations = self._get(_path("organizations", {"$select": _STATUS_SWITCH}))["value"]
        except RefusedCall as refusal:
            log.info("whether F&O's status can come to Dataverse is not for our user to see: %s", refusal)
            return
        if any(organization[_STATUS_SWITCH] is False for organization in organizations):
            raise RejectedByProvider(
                "what becomes of orders in F&O does not come to Dataverse: IsSOPIntegrationEnabled of its organization "
                "is off; switch it on, as for the map of the sales order status"
            )

    def order(self, order_id: str, columns: Iterable[str] | None, line_columns: Iterable[str]) -> OrderRows | None:
        """The order with its lines, `columns` None for all there are; None when there is no such order."""
        select = {} if columns is None else {"$select": ",".join(columns)}
        expand = f"order_details($select={','.join(line_columns)})"
        path = _path(f"salesorders({order_id})", {**select, "$expand": expand})
        try:
            header = self._get(path)
        except RowMissing:
            return None
        return OrderRows(header, tuple(header.pop("order_details")))

    def order_status(self, order_id: str) -> OrderRows | None:
        """What `observe` looks at; `tracking_number` and `carrier` are called so whatever Dataverse calls them."""
        assumed = self._connection.assumed_columns
        rows = self.order(order_id, HEADER_COLUMNS, (*LINE_COLUMNS, assumed.tracking_number, assumed.carrier))
        if rows is None:
            return None
        names = {assumed.tracking_number: "tracking_number", assumed.carrier: "carrier"}
        lines = tuple({names.get(name, name): value for name, value in line.items()} for line in rows.lines)
        return OrderRows(rows.header, lines)

    def born_order(self, order_id: str) -> OrderRows | None:
        """An order with the codes that its lookups stand for, each as an object under the lookup's navigation name."""
        order, line = self._connection.order_navigation, self._connection.line_navigation
        assumed = self._connection.assumed_columns
        header = _path(
            f"salesorders({order_id})",
            {"$select": ",".join((*BORN_COLUMNS, assumed.external_order_id)), "$expand": _codes(order, ORDER_CODES)},
        )
        lines = _path(
            "salesorderdetails",
            {
                "$select": ",".join(BORN_LINE_COLUMNS),
                "$expand": _codes(line, LINE_CODES),
                "$filter": f"_salesorderid_value eq {order_id}",
            },
        )
        try:
            return OrderRows(self._get(header), tuple(self._rows_from(lines)))
        except RowMissing:
            return None

    def order_id_of_line(self, line_id: str) -> str | None:
        """The `salesorderid` of a line; None when there is no such line."""
        try:
            row = self._get(_path(f"salesorderdetails({line_id})", {"$select": "_salesorderid_value"}))
        except RowMissing:
            return None
        return row["_salesorderid_value"]

    def find(self, entity_set: str, columns: Iterable[str], condition: str) -> list[dict[str, Any]]:
        """All rows of a table that meet an OData condition."""
        return [*self._rows_from(_path(entity_set, {"$select": ",".join(columns), "$filter": condition}))]

    def write(self, write: Write) -> None:
        answer = self._call("PATCH", write.path, json=write.body, headers=write.condition)
        if answer.status != _WRITTEN:  # such as a gateway's page: nobody has said that the row is there
            raise TransientProviderError(f"{answer}, which does not say that the row was written")

    def write_all(self, writes: Sequence[Write]) -> list[OrderProblem | None]:
        """What each write met, None for done. Raises when a whole batch fails: what it did is then unknown."""
        size = self._connection.batch_size
        chunks = (writes[start : start + size] for start in range(0, len(writes), size))
        return [outcome for chunk in chunks for outcome in self._write_batch(chunk)]

    def write_each(self, writes: Sequence[Write]) -> dict[str, str]:
        """Try every write, whatever the others meet; of those refused, by row id, what was said.

        Raises TransientProviderError, of the longest wait, when anything is worth another try.
        """
        met = list(zip(writes, self.write_all(writes), strict=True))
        passing = [problem for _, problem in met if isinstance(problem, TransientProviderError)]
        if passing:
            raise max(passing, key=lambda problem: problem.retry_after or 0)
        return {write.row_id: str(problem) for write, problem in met if problem}

    def changes(self, entity_set: str, columns: Iterable[str]) -> ChangePage:
        """The first page of a new change feed: every row there is."""
        return self._change_page(_path(entity_set, {"$select": ",".join(columns)}))

    def more_changes(self, link: str) -> ChangePage:
        """The page a next or delta link leads to."""
        return self._change_page(link)

    def close(self) -> None:
        self._http.close()
        self._token.close()

    def _write_batch(self, writes: Sequence[Write]) -> list[OrderProblem | None]:
        content_type, body = write_batch(writes, self._connection.api_prefix)
        headers = {"Content-Type": content_type, "Prefer": "odata.continue-on-error"}
        answer = self._call("POST", "/$batch", data=body, headers=headers)
        return [None if part.ok else problem(self._http.discreet(part)) for part in read_batch(answer, writes)]

    def _rows_from(self, first: str) -> Iterator[dict[str, Any]]:
        prefer = f"odata.maxpagesize={self._connection.page_size}"
        path: str | None = first
        trail = Trail("Dataverse")
        while path:
            trail.step("link", path)
            page = self._get(path, prefer)
            yield from page["value"]
            path = page.get("@odata.nextLink")

    def _change_page(self, path: str) -> ChangePage:
        page = self._get(path, f"odata.track-changes,odata.maxpagesize={self._connection.page_size}")
        return ChangePage(tuple(page["value"]), page.get("@odata.nextLink"), page.get("@odata.deltaLink"))

    def _get(self, path: str, prefer: str | None = None) -> dict[str, Any]:
        headers = {**_UNCACHED, "Prefer": prefer} if prefer else _UNCACHED
        return self._call("GET", path, headers=headers).json()

    def _call(self, method: str, path: str, *, headers: Mapping[str, str], **options: Any) -> Answer:
        try:
            return self._signed_in(method, path, headers, options)
        except RefusedCall as refusal:
            raise understood(refusal) from refusal

    def _signed_in(self, method: str, path: str, headers: Mapping[str, str], options: Mapping[str, Any]) -> Answer:
        return self._token.send(
            lambda token: self._http.request(method, path, headers=_with_token(headers, token), **options)
        )


def _with_token(headers: Mapping[str, str], token: str) -> dict[str, str]:
    return {**_ODATA, **headers, "Authorization": f"Bearer {token}"}


def _codes(navigation: OrderNavigation | LineNavigation, columns: Mapping[str, str]) -> str:
    return ",".join(f"{getattr(navigation, name)}($select={column})" for name, column in columns.items())


def _path(resource: str, query: Mapping[str, str]) -> str:
    """Spaces as %20: Dataverse reads a plus sign in a query as a plus sign."""
    return f"/{resource}?" + "&".join(f"{name}={quote(value, safe='(),$')}" for name, value in query.items())
