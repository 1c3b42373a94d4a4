"""The Web API: one request in, one answer out, the same for plain calls and the parts of a batch.

Reference: dataverse.md sections 3 and 4.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

from sandbox.systems.finops.dataverse import Dataverse
from sandbox.systems.finops.errors import BadRequest, DataverseError, NotFound, PreconditionFailed, UnknownResource
from sandbox.systems.finops.keys import Address, parse_address
from sandbox.systems.finops.limits import RequestLimit, TooManyRequests
from sandbox.systems.finops.payload import BIND, parse_body, target_row
from sandbox.systems.finops.preferences import Preferences, parse_preferences
from sandbox.systems.finops.query import Query, parse_query, target_table
from sandbox.systems.finops.reading import Reader, continues_delta, etag
from sandbox.systems.finops.schema import TABLES, Column, Table
from sandbox.systems.finops.store import Row, Store

LONGEST_URL = 32 * 1024
JSON_TYPE = "application/json; odata.metadata=minimal"


@dataclass(frozen=True)
class ApiRequest:
    """`target` is the path below the service root with its query string, `base` the service root's full address."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    longest_url: int = LONGEST_URL


@dataclass(frozen=True)
class ApiAnswer:
    """`body` None is an empty answer."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class _Call:
    """A request taken apart."""

    request: ApiRequest
    address: Address
    preferences: Preferences

    @property
    def table(self) -> Table:
        return self.address.table

    @property
    def options(self) -> str:
        return self.request.target.partition("?")[2]

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")

    def body(self) -> dict[str, Any]:
        content_type = self.header("content-type").partition(";")[0].strip()
        if content_type != "application/json":
            raise DataverseError(f"The content type '{content_type}' is not supported.", code="", status=415)
        return parse_body(self.request.body)


class WebApi:
    """Every operation on the tables. Raises nothing for a refused request: the answer says it."""

    def __init__(
        self, store: Store, dataverse: Dataverse, reader: Reader, organization: str, limit: RequestLimit
    ) -> None:
        self._store = store
        self._dataverse = dataverse
        self._reader = reader
        self._organization = organization
        self._limit = limit
        self._operations: Mapping[tuple[str, bool], Callable[[_Call], ApiAnswer]] = {
            ("GET", False): self._list,
            ("POST", False): self._create,
            ("GET", True): self._read,
            ("PATCH", True): self._upsert,
            ("DELETE", True): self._delete,
        }
        self._segment_operations: Mapping[tuple[str, bool], Callable[[_Call, Row, str], ApiAnswer]] = {
            ("GET", False): self._read_segment,
            ("POST", False): self._create_child,
            ("PUT", False): self._put_property,
            ("DELETE", False): self._clear_property,
            ("PUT", True): self._put_reference,
            ("DELETE", True): self._clear_reference,
        }

    def answer(self, request: ApiRequest) -> ApiAnswer:
        """Do it, or say why not."""
        try:
            return self.do(request)
        except TooManyRequests as error:
            return ApiAnswer(error.status, error.body(), {"Retry-After": str(error.retry_after)})
        except DataverseError as error:
            return ApiAnswer(error.status, error.body())

    def do(self, request: ApiRequest) -> ApiAnswer:
        """Do it; raises `DataverseError` when refused."""
        self._limit.take()
        if len(request.base) + len(request.target) > request.longest_url:
            raise BadRequest("The request URL is too long.")
        path = request.target.partition("?")[0]
        if path.strip("/") in {"WhoAmI", "WhoAmI()"} and request.method == "GET":
            return self._who_am_i(request.base)
        call = _Call(request, parse_address(path), parse_preferences(request.headers.get("prefer", "")))
        if call.address.segment is None:
            operation = self._operations.get((request.method, call.address.key is not None))
            if operation is None:
                raise _not_allowed(request)
            return operation(call)
        segment_operation = self._segment_operations.get((request.method, call.address.is_reference))
        if segment_operation is None:
            raise _not_allowed(request)
        return segment_operation(call, self._existing(call), call.address.segment)

    def _who_am_i(self, base: str) -> ApiAnswer:
        ids = {
            f"{name}Id": str(uuid5(NAMESPACE_URL, f"{self._organization}/{name}"))
            for name in ("BusinessUnit", "User", "Organization")
        }
        return ApiAnswer(200, {"@odata.context": f"{base}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", **ids})

    def _list(self, call: _Call) -> ApiAnswer:
        query = parse_query(call.table.name, call.options)
        base, address = call.request.base, call.request.target.lstrip("/")
        if call.preferences.track_changes or continues_delta(query):
            return _read_answer(call, self._reader.changes(query, call.preferences, base, address))
        return _read_answer(
            call, self._reader.collection(query.rows(self._store), query, call.preferences, base, address)
        )

    def _read(self, call: _Call) -> ApiAnswer:
        row = self._existing(call)
        query = _single_query(call)
        known = call.header("if-none-match")
        if known == etag(row) and not query.expand and not call.preferences.annotations:
            return ApiAnswer(304, headers={"ETag": etag(row)})
        return _read_answer(call, self._reader.single(row, query, call.preferences, call.request.base), row)

    def _create(self, call: _Call) -> ApiAnswer:
        return self._written(call, self._dataverse.create(call.table, call.body()), created=True)

    def _upsert(self, call: _Call) -> ApiAnswer:
        key = call.address.key
        if key is None:
            raise _not_allowed(call.request)
        row = key.find(self._store, call.table)
        if row is None:
            if call.header("if-match"):
                raise NotFound(call.table.name, key.text)
            given = {call.table.id_column: key.id} if key.id else key.alternate
            return self._written(call, self._dataverse.create(call.table, call.body(), given), created=True)
        if call.header("if-none-match") == "*":
            raise PreconditionFailed.exists()
        self._check_match(call, row)
        return self._written(call, self._dataverse.update(call.table, row, call.body()), created=False)

    def _delete(self, call: _Call) -> ApiAnswer:
        row = self._existing(call)
        self._check_match(call, row)
        self._dataverse.delete(call.table, row)
        return ApiAnswer(204)

    def _read_segment(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        if segment in call.table.properties:
            context = f"{call.request.base}$metadata#{call.table.entity_set}({row[call.table.id_column]})/{segment}"
            return (
                ApiAnswer(200, {"@odata.context": context, "value": row[segment]})
                if row[segment] is not None
                else ApiAnswer(204)
            )
        target = target_table(call.table, segment)
        query = parse_query(target.name, call.options)
        if segment in call.table.children:
            rows = query.of(self._reader.children(row, call.table, segment))
            address = call.request.target.lstrip("/")
            return _read_answer(
                call, self._reader.collection(rows, query, call.preferences, call.request.base, address)
            )
        found = target_row(self._store, call.table.navigations[segment], row)
        return (
            _read_answer(call, self._reader.single(found, query, call.preferences, call.request.base), found)
            if found
            else ApiAnswer(204)
        )

    def _create_child(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        if segment not in call.table.children:
            raise UnknownResource(segment)
        child, lookup = call.table.children[segment]
        created = self._dataverse.create(TABLES[child], call.body(), {lookup: row[call.table.id_column]})
        return self._written(call, created, created=True, table=TABLES[child])

    def _put_property(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        self._check_match(call, row)
        body = call.body()
        if set(body) != {"value"}:
            raise BadRequest.payload("The payload must be an object with the property 'value' alone.")
        self._dataverse.update(call.table, row, {_plain_name(call.table, segment): body["value"]})
        return ApiAnswer(204)

    def _clear_property(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        self._check_match(call, row)
        self._dataverse.update(call.table, row, {_plain_name(call.table, segment): None})
        return ApiAnswer(204)

    def _put_reference(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        body = call.body()
        column = _lookup_named(call.table, segment)
        self._dataverse.update(call.table, row, {f"{column.navigation}{BIND}": body.get("@odata.id")})
        return ApiAnswer(204)

    def _clear_reference(self, call: _Call, row: Row, segment: str) -> ApiAnswer:
        self._dataverse.update(call.table, row, {f"{_lookup_named(call.table, segment).navigation}{BIND}": None})
        return ApiAnswer(204)

    def _existing(self, call: _Call) -> Row:
        row = call.address.key.find(self._store, call.table) if call.address.key else None
        if row is None:
            raise NotFound(call.table.name, call.address.key.text if call.address.key else "")
        return row

    def _check_match(self, call: _Call, row: Row) -> None:
        wanted = call.header("if-match")
        if wanted and wanted not in {"*", etag(row)}:
            raise PreconditionFailed.etag()

    def _written(self, call: _Call, row: Row, *, created: bool, table: Table | None = None) -> ApiAnswer:
        table = table or call.table
        headers = {"OData-EntityId": f"{call.request.base}{table.entity_set}({row[table.id_column]})"}
        if not call.preferences.representation:
            return ApiAnswer(204, headers=headers)
        if created:
            headers["Location"] = headers["OData-EntityId"]
        query = parse_query(table.name, call.options)
        body = self._reader.single(row, query, call.preferences, call.request.base)
        return ApiAnswer(201 if created else 200, body, {**headers, "ETag": etag(row), **_applied(call.preferences)})


def _read_answer(call: _Call, body: Any, row: Row | None = None) -> ApiAnswer:
    tag = {"ETag": etag(row)} if row is not None else {}
    return ApiAnswer(200, body, {**tag, **_applied(call.preferences)})


def _applied(preferences: Preferences) -> dict[str, str]:
    return {"Preference-Applied": ", ".join(preferences.applied)} if preferences.applied else {}


def _single_query(call: _Call) -> Query:
    """A single row takes `$select` and `$expand` alone."""
    refused = {name for name, _ in parse_qsl(call.options, keep_blank_values=True)} - {"$select", "$expand"}
    if refused:
        raise BadRequest(f"The query options {', '.join(sorted(refused))} can't be applied to a single row.")
    return parse_query(call.table.name, call.options)


def _plain_name(table: Table, segment: str) -> str:
    column = table.properties.get(segment)
    if column is None or column.kind == "lookup":
        raise UnknownResource(segment)
    return segment


def _lookup_named(table: Table, segment: str) -> Column:
    column = table.navigations.get(segment)
    if column is None:
        raise UnknownResource(segment)
    return column


def _not_allowed(request: ApiRequest) -> DataverseError:
    return DataverseError(
        f"The requested resource does not support http method '{request.method}'.", code="", status=405
    )
