"""Orders V2: list, count, read, write, archive; lines, addresses and the status table."""

from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.api_input import Page, json_object, path_id
from sandbox.systems.bigcommerce.callbacks import StoreCallbacks
from sandbox.systems.bigcommerce.order_query import in_order, matching
from sandbox.systems.bigcommerce.order_writes import check_writable
from sandbox.systems.bigcommerce.orders import Orders, Row, StoredOrder
from sandbox.systems.bigcommerce.statuses import STATUSES
from sandbox.systems.kit import EffectLog


class OrdersApi:
    def __init__(self, orders: Orders, callbacks: StoreCallbacks, effects: EffectLog) -> None:
        self._orders = orders
        self._callbacks = callbacks
        self._effects = effects

    def routes(self) -> list[Route]:
        return [
            Route("/orders", self._list, methods=["GET"]),
            Route("/orders/count", self._count, methods=["GET"]),
            Route("/orders/{order_id}", self._read, methods=["GET"]),
            Route("/orders/{order_id}", self._write, methods=["PUT"]),
            Route("/orders/{order_id}", self._archive, methods=["DELETE"]),
            Route("/orders/{order_id}/products", self._products, methods=["GET"]),
            Route("/orders/{order_id}/shipping_addresses", self._shipping_addresses, methods=["GET"]),
            Route("/order_statuses", self._statuses, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        found = in_order(matching(self._orders.listed(), query), query)
        return rows_or_nothing([stored.order for stored in found], Page.of(query))

    async def _count(self, request: Request) -> Response:
        found = matching(self._orders.listed(), request.query_params)
        by_status = Counter(stored.order.get("status_id") for stored in found)
        return JSONResponse({"statuses": [_counted(id, by_status[id]) for id in STATUSES], "count": len(found)})

    async def _read(self, request: Request) -> Response:
        if "include" in request.query_params:
            raise ApiError(501, "This stand-in has no included resources; read the products and addresses themselves.")
        return JSONResponse(self._order(request).order)

    async def _write(self, request: Request) -> Response:
        changes = await json_object(request)
        stored = self._order(request)
        check_writable(stored.order, changes)
        new_status = changes.pop("status_id", None)
        stored.write(changes)
        change = None if new_status is None else stored.move_to(new_status)
        # A repeated write is an effect too: whoever counts must see what was written twice.
        status = {} if new_status is None else {"status_id": new_status}
        self._effects.record("order_updated", order_id=stored.order["id"], fields=[*changes, *status], **status)
        self._callbacks.order_updated(stored.order["id"], change)
        return JSONResponse(stored.order)

    async def _archive(self, request: Request) -> Response:
        stored = self._order(request)
        if stored.write({"is_deleted": True}):
            self._effects.record("order_archived", order_id=stored.order["id"])
            self._callbacks.order_archived(stored.order["id"])
        return Response(status_code=204)

    async def _products(self, request: Request) -> Response:
        return rows_or_nothing(self._order(request).products, Page.of(request.query_params))

    async def _shipping_addresses(self, request: Request) -> Response:
        return rows_or_nothing(self._order(request).shipping_addresses, Page.of(request.query_params))

    async def _statuses(self, _: Request) -> Response:
        return JSONResponse([status.to_json() for status in STATUSES.values()])

    def _order(self, request: Request) -> StoredOrder:
        return self._orders.get(path_id(request, "order_id"))


def rows_or_nothing(rows: list[Row], page: Page) -> Response:
    """The page of a V2 list; 204 without a body when it is empty."""
    cut = page.cut(rows)
    return JSONResponse(cut) if cut else Response(status_code=204)


def _counted(status_id: int, count: int) -> dict[str, Any]:
    shown = STATUSES[status_id].to_json()
    return {**shown, "sort_order": shown.pop("order"), "count": count}
