"""Order shipments V2: list, count, create, read, change."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.api_input import Page, json_object, path_id
from sandbox.systems.bigcommerce.callbacks import StoreCallbacks
from sandbox.systems.bigcommerce.orders import Orders, Row, StoredOrder
from sandbox.systems.bigcommerce.orders_api import rows_or_nothing
from sandbox.systems.bigcommerce.shipments import changed_shipment, new_shipment
from sandbox.systems.kit import EffectLog


class ShipmentsApi:
    def __init__(self, orders: Orders, callbacks: StoreCallbacks, effects: EffectLog) -> None:
        self._orders = orders
        self._callbacks = callbacks
        self._effects = effects

    def routes(self) -> list[Route]:
        return [
            Route("/orders/{order_id}/shipments", self._list, methods=["GET"]),
            Route("/orders/{order_id}/shipments", self._create, methods=["POST"]),
            Route("/orders/{order_id}/shipments/count", self._count, methods=["GET"]),
            Route("/orders/{order_id}/shipments/{shipment_id}", self._read, methods=["GET"]),
            Route("/orders/{order_id}/shipments/{shipment_id}", self._change, methods=["PUT"]),
        ]

    async def _list(self, request: Request) -> Response:
        return rows_or_nothing(self._order(request).shipments, Page.of(request.query_params))

    async def _count(self, request: Request) -> Response:
        return JSONResponse({"count": len(self._order(request).shipments)})

    async def _read(self, request: Request) -> Response:
        return JSONResponse(_shipment(self._order(request), request))

    async def _create(self, request: Request) -> Response:
        body = await json_object(request)
        stored = self._order(request)
        shipment = new_shipment(stored, body, next(self._orders.shipment_ids))
        change = stored.add_shipment(shipment)
        self._effects.record(
            "shipment_created",
            order_id=shipment["order_id"],
            shipment_id=shipment["id"],
            tracking_number=shipment["tracking_number"],
            items=shipment["items"],
        )
        self._callbacks.shipment_created(shipment["order_id"], shipment["id"])
        self._callbacks.order_updated(shipment["order_id"], change)
        return JSONResponse(shipment, status_code=201)

    async def _change(self, request: Request) -> Response:
        body = await json_object(request)
        stored = self._order(request)
        shipment = _shipment(stored, request)
        fields = changed_shipment(stored, shipment, body)
        if fields:
            order_id, shipment_id = shipment["order_id"], shipment["id"]
            self._effects.record("shipment_updated", order_id=order_id, shipment_id=shipment_id, fields=fields)
            self._callbacks.shipment_updated(order_id, shipment_id)
        return JSONResponse(shipment)

    def _order(self, request: Request) -> StoredOrder:
        return self._orders.get(path_id(request, "order_id"))


def _shipment(stored: StoredOrder, request: Request) -> Row:
    shipment_id = path_id(request, "shipment_id")
    found = next((shipment for shipment in stored.shipments if shipment["id"] == shipment_id), None)
    if found is None:
        raise ApiError(404, "The requested resource was not found.")
    return found
