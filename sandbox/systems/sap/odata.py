"""The two OData V2 services over HTTP: addresses, formats, conditions, and who does the work."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.systems.sap import atom
from sandbox.systems.sap.edm import plain_number
from sandbox.systems.sap.entities import Entity, Page, encoded, etag
from sandbox.systems.sap.errors import ODataError, no_such_document, not_found
from sandbox.systems.sap.gateway import SERVICES_ROOT
from sandbox.systems.sap.payload import parse_body
from sandbox.systems.sap.query import Query, Reader
from sandbox.systems.sap.schema import BILLING_SERVICE, SALES_ORDER_SERVICE, EntityType
from sandbox.systems.sap.store import Key, Row, Store
from sandbox.systems.sap.system import Created, CurrentSystem, System

_SEGMENT = re.compile(r"(\w+)(?:\((.*)\))?")
_KEY = re.compile(r"(?:(\w+)=)?'((?:[^']|'')*)'")
_HEADERS = {"DataServiceVersion": "2.0"}


@dataclass(frozen=True)
class Address:
    """`/Set('key')/navigation`, or `/Set/$count`."""

    kind: EntityType
    key: Key | None
    navigation: str = ""
    is_count: bool = False


@dataclass(frozen=True)
class Call:
    """One call to a service, its path relative to the service's root."""

    request: Request
    store: Store
    path: str
    body: bytes
    page_size: int

    @property
    def method(self) -> str:
        return self.request.headers.get("x-http-method", self.request.method).upper()

    @property
    def options(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def root(self) -> str:
        base = f"{self.request.url.scheme}://{self.request.headers.get('host', '')}"
        return f"{base}{SERVICES_ROOT}{self.store.service.name}"

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.store, self.root, self.page_size)

    @property
    def wants_json(self) -> bool:
        """JSON goes only to who asks for it; the default is Atom."""
        if "$format" in self.options:
            return self.options["$format"] == "json"
        return "json" in self.request.headers.get("accept", "")

    def json_body(self) -> dict[str, Any]:
        if not self.request.headers.get("content-type", "").lower().startswith("application/json"):
            raise ODataError("Content type of the request is not supported; send application/json.", status=415)
        return parse_body(self.body)


class ODataApi:
    """Both services on the system that is current."""

    def __init__(self, system: CurrentSystem, page_size: int) -> None:
        self._system = system
        self._page_size = page_size

    def routes(self) -> list[Route]:
        methods = ["GET", "POST", "PUT", "PATCH", "MERGE", "DELETE"]
        return [Route(f"{SERVICES_ROOT}{{service}}{{path:path}}", self._answer, methods=methods)]

    async def _answer(self, request: Request) -> Response:
        name, body = request.path_params["service"].partition(";")[0], await request.body()
        system = self._system()
        stores = {SALES_ORDER_SERVICE.name: system.orders.store, BILLING_SERVICE.name: system.billing.store}
        if name not in stores:
            return _refusal(request, name, ODataError(f"No service found for namespace '', name '{name}'", status=404))
        call = Call(request, stores[name], unquote(request.path_params["path"]).strip("/"), body, self._page_size)
        try:
            return _Service(system, call).answer()
        except ODataError as error:
            return _refusal(request, name, error, wants_json=call.wants_json)


class _Service:
    """Answers one call."""

    def __init__(self, system: System, call: Call) -> None:
        self._system = system
        self._call = call

    def answer(self) -> Response:
        call = self._call
        if call.path == "":
            return self._service_document()
        if call.path == "Cancel" and call.store is self._system.billing.store:
            return self._cancel()
        target = _parse_address(call.store, call.path)
        match call.method:
            case "GET" | "HEAD":
                return self._read(target)
            case "POST" if target.key is None or target.navigation:
                return self._create(target)
            case "PATCH" | "MERGE" if target.key is not None and not target.navigation:
                return self._change(target)
            case "DELETE" if target.key is not None and not target.navigation:
                return self._delete(target)
        raise _not_allowed(call.method)

    def _service_document(self) -> Response:
        if self._call.method not in ("GET", "HEAD"):
            raise _not_allowed(self._call.method)
        if self._call.wants_json:
            return _json({"d": {"EntitySets": list(self._call.store.service.sets)}})
        content = atom.service_document(self._call.store.service, self._call.root)
        return Response(content, headers=_HEADERS, media_type="application/atomsvc+xml")

    def _read(self, target: Address) -> Response:
        call = self._call
        if target.key is not None and not target.navigation:
            query = self._query(target.kind, many=False)
            return self._shown(call.reader.entity(target.kind, self._existing(target), query))
        kind, rows = self._collection(target)
        query = self._query(kind, many=True)
        if target.is_count:
            return Response(str(sum(map(query.matches, rows))), headers=_HEADERS, media_type="text/plain")
        return self._shown(call.reader.page(kind, rows, query, (call.path, call.options)))

    def _collection(self, target: Address) -> tuple[EntityType, list[Row]]:
        if not target.navigation:
            return target.kind, list(self._call.store.rows(target.kind))
        kind = self._call.store.service.sets[target.kind.navigations[target.navigation]]
        return kind, self._call.store.children(target.kind, self._existing(target), target.navigation)

    def _create(self, target: Address) -> Response:
        body = self._call.json_body()
        parent = self._existing(target) if target.navigation else None
        created = self._system.create(self._call.store, target.kind, parent, target.navigation, body)
        return self._created(created)

    def _created(self, created: Created) -> Response:
        expand = created.sent_along if self._system.config.create_answer_expands else {}
        entity = self._call.reader.entity(created.kind, created.row, Query(expand=expand))
        answer = self._shown(entity, 201)
        answer.headers["Location"] = entity.uri
        if created.warning:
            message = {"code": "V4/115", "message": created.warning, "severity": "warning", "target": "", "details": []}
            answer.headers["sap-message"] = json.dumps(message)
        return answer

    def _change(self, target: Address) -> Response:
        row = self._existing(target)
        self._check_match(target, row)
        self._system.change(self._call.store, target.kind, row, self._call.json_body())
        return Response(status_code=204, headers=_HEADERS)

    def _delete(self, target: Address) -> Response:
        row = self._existing(target)
        self._check_match(target, row)
        self._system.delete(self._call.store, target.kind, row)
        return Response(status_code=204, headers=_HEADERS)

    def _cancel(self) -> Response:
        """The function import `Cancel?BillingDocument='n'`."""
        if self._call.method != "POST":
            raise _not_allowed(self._call.method)
        found = _KEY.fullmatch(self._call.options.get("BillingDocument", ""))
        if found is None:
            raise ODataError("Parameter 'BillingDocument' is missing or no text in quotes.")
        kind = self._call.store.service.types[0]
        document = self._existing(Address(kind, (found[2],)))
        cancellation = self._system.cancel_billing_document(document)
        return self._shown(self._call.reader.entity(kind, cancellation, Query()))

    def _check_match(self, target: Address, row: Row) -> None:
        """The version of an item is that of its order."""
        order = self._existing(Address(self._call.store.service.types[0], (row[target.kind.keys[0]],)))
        wanted = self._call.request.headers.get("if-match")
        if wanted is None:
            raise ODataError("The request needs an If-Match header.", status=428, code="/IWFND/CM_MGW/594")
        if wanted not in ("*", etag(order)):
            raise ODataError("Precondition failed: the ETag is not current.", status=412, code="/IWFND/CM_MGW/570")

    def _existing(self, target: Address) -> Row:
        row = self._call.store.find(target.kind, target.key or ())
        if row is None:
            raise no_such_document(target.kind.entity_set, "/".join(map(plain_number, target.key or ())))
        return row

    def _query(self, kind: EntityType, *, many: bool) -> Query:
        return Query.of(kind, self._call.store.service.sets, self._call.options, many=many)

    def _shown(self, shown: Entity | Page, status: int = 200) -> Response:
        headers = dict(_HEADERS)
        if isinstance(shown, Entity) and shown.etag:
            headers["ETag"] = shown.etag
        if self._call.wants_json:
            return _json({"d": shown.to_json()}, status, headers)
        kind = "feed" if isinstance(shown, Page) else "entry"
        return Response(atom.document(shown), status, headers, f"application/atom+xml;type={kind}")


def _json(body: Any, status: int = 200, headers: Mapping[str, str] = _HEADERS) -> Response:
    return Response(encoded(body), status, dict(headers), "application/json")


def _refusal(request: Request, service: str, error: ODataError, *, wants_json: bool | None = None) -> Response:
    if wants_json if wants_json is not None else "json" in request.headers.get("accept", ""):
        return _json(error.to_json(service), error.status)
    return Response(error.to_xml(), error.status, _HEADERS, "application/xml")


def _not_allowed(method: str) -> ODataError:
    return ODataError(f"Method {method} is not allowed here.", status=405, code="/IWFND/CM_MGW/507")


def _parse_address(store: Store, path: str) -> Address:
    head, _, rest = _split(path)
    found = _SEGMENT.fullmatch(head)
    kind = store.service.sets.get(found[1]) if found else None
    if found is None or kind is None:
        raise not_found(head)
    if found[2] is None:
        if rest not in ("", "$count"):
            raise not_found(rest)
        return Address(kind, None, is_count=bool(rest))
    key = _parse_key(kind, found[2])
    navigation, _, counted = rest.partition("/")
    if (navigation and navigation not in kind.navigations) or counted not in ("", "$count"):
        raise not_found(rest)
    return Address(kind, key, navigation, bool(counted))


def _split(path: str) -> tuple[str, str, str]:
    """The first segment and the rest; a key may hold a slash."""
    end = path.find(")")
    return path.partition("/") if end < 0 else (path[: end + 1], "/", path[end + 1 :].lstrip("/"))


def _parse_key(kind: EntityType, text: str) -> Key:
    pairs = [(found[1] or "", found[2].replace("''", "'")) for found in _KEY.finditer(text)]
    named = dict(pairs)
    if len(kind.keys) == 1 and list(named) == [""]:
        named = {kind.keys[0]: named[""]}
    if set(named) != set(kind.keys) or len(pairs) != len(kind.keys):
        raise ODataError(f"Invalid key predicate '({text})' for {kind.name}.", code="/IWCOR/CX_DS_EDM_KEY_ERROR")
    return tuple(named[name] for name in kind.keys)
