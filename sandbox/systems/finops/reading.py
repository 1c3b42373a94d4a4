"""Rows as the Web API shows them: selected columns, annotations, expanded navigation, pages, delta."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from sandbox.systems.finops.errors import EXPIRED_DELTA_TOKEN, BadRequest, DataverseError
from sandbox.systems.finops.payload import target_row
from sandbox.systems.finops.preferences import Preferences
from sandbox.systems.finops.query import Query
from sandbox.systems.finops.schema import TABLES, Column, Table
from sandbox.systems.finops.store import Row, Store

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
_TOKEN_TIME = "%m/%d/%Y %H:%M:%S"


def etag(row: Row) -> str:
    return f'W/"{row["versionnumber"]}"'


class Reader:
    """Answers reads. `token_days` is how long a delta link lives."""

    def __init__(self, store: Store, token_days: float) -> None:
        self._store = store
        self._token_life = timedelta(days=token_days)
        self._expired_up_to = 0

    def expire_delta_tokens(self) -> None:
        """Every delta link given out so far is too old from now on."""
        self._expired_up_to = self._store.version
        self._store.advance()

    def single(self, row: Row, query: Query, preferences: Preferences, base: str) -> dict[str, Any]:
        """One row as an answer of its own."""
        return {
            "@odata.context": f"{_context(query, base)}/$entity",
            **self._shown(row, query, preferences.annotations),
        }

    def collection(
        self, rows: list[Row], query: Query, preferences: Preferences, base: str, address: str
    ) -> dict[str, Any]:
        """One page of `rows`; `address` is the request's own path and query, which the next link repeats."""
        answer: dict[str, Any] = {"@odata.context": _context(query, base)}
        if query.count:
            answer["@odata.count"] = min(len(rows), 5000)
        plain = _without_token(address)
        start = _read_page_token(query.skip_token, "page", plain) if query.skip_token else 0
        end = query.top if query.top is not None else start + preferences.page_size
        answer["value"] = [self._shown(row, query, preferences.annotations) for row in rows[start:end]]
        if query.top is None and end < len(rows):
            answer["@odata.nextLink"] = f"{base}{_with_option(plain, '$skiptoken', _page_token('page', end, plain))}"
        return answer

    def changes(self, query: Query, preferences: Preferences, base: str, address: str) -> dict[str, Any]:
        """One page of a delta sequence: changed rows in the order of their change.

        The last page also has the removed rows and the next delta link.
        """
        if query.filter or query.order or query.expand or query.top is not None:
            raise BadRequest(
                "The query parameters $filter, $orderby, $expand and $top are not supported with change tracking."
            )
        since = self._read_delta_token(query.delta_token) if query.delta_token else None
        plain = _without_token(address)
        seen = _read_page_token(query.skip_token, "delta", plain) if query.skip_token else since or 0
        rows = self._store.changed_since(query.table, seen)
        page = rows[: preferences.page_size]
        answer: dict[str, Any] = {"@odata.context": f"{_context(query, base)}{'/$delta' if since is not None else ''}"}
        shown = [self._shown(row, query, preferences.annotations) for row in page]
        if len(page) < len(rows):
            token = _page_token("delta", page[-1]["versionnumber"], plain)
            return {**answer, "value": shown, "@odata.nextLink": f"{base}{_with_option(plain, '$skiptoken', token)}"}
        link = f"{base}{_with_option(_without_token(plain, '$deltatoken'), '$deltatoken', self._delta_token())}"
        return {**answer, "@odata.deltaLink": link, "value": shown + list(self._removed(query.table, since, base))}

    def _removed(self, table: Table, since: int | None, base: str) -> Iterator[dict[str, Any]]:
        for row_id in self._store.deleted_since(table, since) if since is not None else ():
            yield {
                "@odata.context": f"{base}$metadata#{table.entity_set}/$deletedEntity",
                "id": row_id,
                "reason": "deleted",
            }

    def _shown(self, row: Row, query: Query, annotated: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {"@odata.etag": etag(row)}
        for name in query.select or query.table.readable:
            shown[name] = row[name]
            if annotated and row[name] is not None:
                shown.update(self._annotations(query.table.properties[name], row))
        shown.setdefault(query.table.id_column, row[query.table.id_column])
        for expansion in query.expand:
            shown[expansion.navigation] = self._followed(
                row, query.table, expansion.navigation, expansion.query, annotated
            )
        return shown

    def _followed(self, row: Row, table: Table, navigation: str, query: Query, annotated: bool) -> Any:
        if navigation in table.children:
            return [
                self._shown(child, query, annotated)
                for child in query.of(self.children(row, table, navigation))[: query.top]
            ]
        target = target_row(self._store, table.navigations[navigation], row)
        return self._shown(target, query, annotated) if target else None

    def children(self, row: Row, table: Table, navigation: str) -> list[Row]:
        """The rows a collection navigation property leads to."""
        child, lookup = table.children[navigation]
        return self._store.find(TABLES[child], {lookup: row[table.id_column]})

    def _annotations(self, column: Column, row: Row) -> Mapping[str, Any]:
        name, value = column.property_name, row[column.property_name]
        if column.kind == "lookup":
            target = target_row(self._store, column, row)
            display = target[TABLES[column.target].primary_name] if target else None
            return {
                f"{name}@{FORMATTED}": display,
                f"{name}@{LOGICAL_NAME}": column.target,
                f"{name}@{NAVIGATION}": column.navigation,
            }
        text = _formatted(column, value)
        return {f"{name}@{FORMATTED}": text} if text is not None else {}

    def _delta_token(self) -> str:
        return f"{self._store.version}!{datetime.now(UTC).strftime(_TOKEN_TIME)}"

    def _read_delta_token(self, token: str) -> int:
        match = re.fullmatch(r"(\d+)!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)", token)
        if match is None:
            raise BadRequest("The delta token is malformed.")
        version, issued = int(match[1]), datetime.strptime(match[2], _TOKEN_TIME).replace(tzinfo=UTC)
        if not self._expired_up_to < version <= self._store.version or datetime.now(UTC) - issued > self._token_life:
            message = "Version stamp associated with the client has expired. Please perform a full sync."
            raise DataverseError(message, code=EXPIRED_DELTA_TOKEN)
        return version


def _context(query: Query, base: str) -> str:
    columns = f"({','.join(query.select)})" if query.select else ""
    return f"{base}$metadata#{query.table.entity_set}{columns}"


def _formatted(column: Column, value: Any) -> str | None:
    match column.kind:
        case "choice":
            return (column.choices or {}).get(value, f"{value:,}")
        case "boolean":
            return "Yes" if value else "No"
        case "money" | "decimal":
            return f"{value:,.2f}"
        case "integer":
            return f"{value:,}"
        case "datetime" | "date":
            return value
    return None


def _without_token(address: str, name: str = "$skiptoken") -> str:
    path, _, options = address.partition("?")
    kept = "&".join(part for part in options.split("&") if part and unquote(part.partition("=")[0]) != name)
    return f"{path}?{kept}" if kept else path


def _with_option(address: str, name: str, value: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{name}={quote(value, safe='')}"


def continues_delta(query: Query) -> bool:
    """Whether the query is a link of a delta sequence, which needs no preference to go on."""
    return query.delta_token is not None or (query.skip_token is not None and _opened(query.skip_token)[0] == "delta")


def _page_token(kind: str, position: int, address: str) -> str:
    """Where the next page starts, sealed with the query it belongs to."""
    return base64.urlsafe_b64encode(json.dumps([kind, position, crc32(address.encode())]).encode()).decode()


def _opened(token: str) -> tuple[str, int, int]:
    try:
        kind, position, seal = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadRequest("The paging cookie is malformed.") from error
    return kind, position, seal


def _read_page_token(token: str, kind: str, address: str) -> int:
    opened_kind, position, seal = _opened(token)
    if (opened_kind, seal) != (kind, crc32(address.encode())):
        raise BadRequest("The paging cookie does not belong to this query: follow @odata.nextLink verbatim.")
    return position
