"""The clerks of the S/4HANA system: they invoice, cancel, lock and approve; and the event broker's subscriptions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.kit import Refused, config_from_json, read_json_object
from sandbox.systems.sap.billing import INVOICE, PRO_FORMA, BillingRefused, Category, Share, Terms
from sandbox.systems.sap.edm import plain_number, to_json
from sandbox.systems.sap.entities import values_to_json
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.events import Events, ValidationFailed, Webhook
from sandbox.systems.sap.schema import BILLING_DOCUMENT, BILLING_ITEM, SALES_ORDER, SALES_ORDER_ITEM
from sandbox.systems.sap.sessions import Sessions
from sandbox.systems.sap.sign_in import SignIn
from sandbox.systems.sap.store import Row
from sandbox.systems.sap.system import CurrentSystem, System

Shape = TypeVar("Shape")
Quantities = dict[str, Decimal]


@dataclass(frozen=True)
class BillingWish(Terms):
    """What to bill: `items` (item number to quantity) in one document, or several `documents`; all that is open
    without either. `with_orders` are billed in full in the first document."""

    items: Quantities | None = None
    documents: tuple[Quantities, ...] = ()
    with_orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProFormaWish(BillingWish):
    category: Category = PRO_FORMA


@dataclass(frozen=True)
class CancelWish:
    """`billing_document`: empty means the latest invoice that stands."""

    billing_document: str = ""


@dataclass(frozen=True)
class LockWish:
    """`user`: who works on the order; empty lets it go."""

    user: str = "MILLER"


@dataclass(frozen=True)
class TouchWish:
    times: int = Field(default=1, ge=1, le=1000)


@dataclass(frozen=True)
class ResendWish:
    """The latest event about `document`; of `type` when given; `new_id` makes it another event."""

    document: str
    type: str = ""
    new_id: bool = False


class ControlRoutes:
    """The stand-in's own control routes; the kit adds reset, faults, effects and callbacks."""

    def __init__(self, system: CurrentSystem, events: Events, sign_in: SignIn, sessions: Sessions) -> None:
        self._current = system
        self._events = events
        self._sign_in = sign_in
        self._sessions = sessions

    def routes(self) -> list[Route]:
        order, document = "/_control/orders/{number}", "/_control/billing-documents/{number}"
        return [
            Route("/_control/orders", self._orders, methods=["GET"]),
            Route("/_control/orders", self._enter, methods=["POST"]),
            Route(order, self._order, methods=["GET"]),
            Route(f"{order}/invoice", self._invoice, methods=["POST"]),
            Route(f"{order}/pro-forma", self._pro_forma, methods=["POST"]),
            Route(f"{order}/cancel-invoice", self._cancel_invoice, methods=["POST"]),
            Route(f"{order}/lock", self._lock, methods=["POST"]),
            Route(f"{order}/approve", self._approve, methods=["POST"]),
            Route(f"{document}/touch", self._touch, methods=["POST"]),
            Route("/_control/webhooks", self._webhooks, methods=["GET"]),
            Route("/_control/webhooks", self._subscribe, methods=["POST"]),
            Route("/_control/webhooks/{id}", self._unsubscribe, methods=["DELETE"]),
            Route("/_control/events", self._published, methods=["GET"]),
            Route("/_control/events", self._publish, methods=["POST"]),
            Route("/_control/events/resend", self._resend, methods=["POST"]),
            Route("/_control/dead-letters", self._dead_letters, methods=["GET"]),
            Route("/_control/expire-sessions", self._expire_sessions, methods=["POST"]),
            Route("/_control/expire-tokens", self._expire_tokens, methods=["POST"]),
        ]

    async def _orders(self, _: Request) -> Response:
        system = self._current()
        return JSONResponse({"orders": [_order_json(system, row) for row in system.orders.store.all(SALES_ORDER)]})

    async def _order(self, request: Request) -> Response:
        return JSONResponse(_order_json(self._current(), self._named_order(request.path_params["number"])))

    async def _enter(self, request: Request) -> Response:
        body = await read_json_object(request)
        try:
            entered, _ = self._current().enter_order(body)
        except ODataError as error:
            raise Refused(400, error.message) from error
        return JSONResponse(_order_json(self._current(), entered.row), status_code=201)

    async def _invoice(self, request: Request) -> Response:
        return self._bill(request, _shaped(BillingWish, await read_json_object(request)))

    async def _pro_forma(self, request: Request) -> Response:
        return self._bill(request, _shaped(ProFormaWish, await read_json_object(request)))

    def _bill(self, request: Request, wish: BillingWish) -> Response:
        order = self._named_order(request.path_params["number"])
        others = [self._named_order(number) for number in wish.with_orders]
        parts = wish.documents or (wish.items,)
        documents = []
        for position, quantities in enumerate(parts):
            orders = [order, *others] if position == 0 else [order]
            documents.append(self._billed(orders, quantities, wish))
        return JSONResponse({"documents": documents}, status_code=201)

    def _billed(self, orders: list[Row], quantities: Quantities | None, wish: BillingWish) -> dict[str, Any]:
        billing = self._current().billing
        shares = billing.open_shares(orders[0]) if quantities is None else self._shares(orders[0], quantities)
        shares += [share for order in orders[1:] for share in billing.open_shares(order)]
        try:
            return _document_json(self._current(), billing.bill(orders, shares, wish))
        except BillingRefused as refused:
            raise Refused(409, str(refused)) from refused

    def _shares(self, order: Row, quantities: Quantities) -> list[Share]:
        items = {item["SalesOrderItem"]: item for item in self._current().orders.items(order)}
        wanted = {plain_number(number): quantity for number, quantity in quantities.items()}
        if unknown := sorted(wanted.keys() - items.keys()):
            raise Refused(409, f"sales order {order['SalesOrder']} has no item {', '.join(unknown)}")
        return [Share(items[number], quantity) for number, quantity in wanted.items()]

    async def _cancel_invoice(self, request: Request) -> Response:
        wish = _shaped(CancelWish, await read_json_object(request))
        billing = self._current().billing
        documents = billing.documents_of(self._named_order(request.path_params["number"]))
        standing = [row for row in documents if row["SDDocumentCategory"] == INVOICE]
        if wish.billing_document:
            wanted = plain_number(wish.billing_document)
            standing = [row for row in standing if row["BillingDocument"] == wanted]
        else:
            standing = [row for row in standing if not row["BillingDocumentIsCancelled"]]
        if not standing:
            raise Refused(409, "the order has no such invoice")
        try:
            cancellation = billing.cancel(standing[-1])
        except BillingRefused as refused:
            raise Refused(409, str(refused)) from refused
        return JSONResponse({"documents": [_document_json(self._current(), cancellation)]}, status_code=201)

    async def _lock(self, request: Request) -> Response:
        order = self._named_order(request.path_params["number"])
        self._current().orders.locked[order["SalesOrder"]] = _shaped(LockWish, await read_json_object(request)).user
        return Response(status_code=204)

    async def _approve(self, request: Request) -> Response:
        self._current().orders.approved.add(self._named_order(request.path_params["number"])["SalesOrder"])
        return Response(status_code=204)

    async def _touch(self, request: Request) -> Response:
        wish, billing = _shaped(TouchWish, await read_json_object(request)), self._current().billing
        number = plain_number(request.path_params["number"])
        found = [row for row in billing.store.all(BILLING_DOCUMENT) if row["BillingDocument"] == number]
        if not found:
            raise Refused(404, f"no billing document {number}")
        billing.touch(found[0], wish.times)
        return Response(status_code=204)

    async def _webhooks(self, _: Request) -> Response:
        return JSONResponse({"webhooks": self._events.subscriptions()})

    async def _subscribe(self, request: Request) -> Response:
        try:
            webhook_id = await self._events.subscribe(_shaped(Webhook, await read_json_object(request)))
        except ValidationFailed as failed:
            raise Refused(409, str(failed)) from failed
        return JSONResponse({"id": webhook_id}, status_code=201)

    async def _unsubscribe(self, request: Request) -> Response:
        if not self._events.unsubscribe(request.path_params["id"]):
            raise Refused(404, f"unknown webhook {request.path_params['id']}")
        return Response(status_code=204)

    async def _published(self, _: Request) -> Response:
        return JSONResponse({"events": self._events.published})

    async def _publish(self, request: Request) -> Response:
        given = await read_json_object(request)
        if not isinstance(given.get("type"), str):
            raise Refused(400, "an event needs a type")
        event = {**self._events.envelope(given["type"], {}), **given}
        self._events.send([event])
        return JSONResponse(event, status_code=201)

    async def _resend(self, request: Request) -> Response:
        wish = _shaped(ResendWish, await read_json_object(request))
        event = self._latest_event(wish)
        event = {**event, "id": str(uuid4())} if wish.new_id else event
        self._events.send([event])
        return JSONResponse(event, status_code=201)

    def _latest_event(self, wish: ResendWish) -> dict[str, Any]:
        for event in reversed(self._events.published):
            data, is_wanted = event["data"], wish.type in ("", event["type"])
            numbers = {data.get("SalesOrder"), data.get("BillingDocument")} if isinstance(data, dict) else set()
            if is_wanted and plain_number(wish.document) in {plain_number(number) for number in numbers if number}:
                return event
        raise Refused(404, f"no event about {wish.document}")

    async def _dead_letters(self, _: Request) -> Response:
        return JSONResponse({"dead_letters": self._events.dead_letters})

    async def _expire_sessions(self, _: Request) -> Response:
        self._sessions.end_all()
        return Response(status_code=204)

    async def _expire_tokens(self, _: Request) -> Response:
        self._sign_in.expire_tokens()
        return Response(status_code=204)

    def _named_order(self, number: str) -> Row:
        order = self._current().orders.store.find(SALES_ORDER, (number,))
        if order is None:
            raise Refused(404, f"no sales order {number}")
        return order


def _shaped(shape: type[Shape], raw: Mapping[str, Any]) -> Shape:
    try:
        return config_from_json(shape, raw)
    except ValidationError as error:
        raise Refused.for_shape(error) from error


def _order_json(system: System, order: Row) -> dict[str, Any]:
    """The order in SAP's words, with what is delivered and billed of each item, and its billing documents."""
    items = []
    for item in system.orders.items(order):
        progress = {name: to_json(value) for name, value in asdict(system.orders.progress(item)).items()}
        items.append({**values_to_json(SALES_ORDER_ITEM, item), **progress})
    documents = [_document_json(system, document) for document in system.billing.documents_of(order)]
    return {**values_to_json(SALES_ORDER, order), "items": items, "billing_documents": documents}


def _document_json(system: System, document: Row) -> dict[str, Any]:
    items = [values_to_json(BILLING_ITEM, item) for item in system.billing.items(document)]
    return {**values_to_json(BILLING_DOCUMENT, document), "items": items}
