"""The people in the warehouse: orders are accepted, picked, shipped, shipped short, delivered, or not."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.flexe.orders import Order, OrderBook
from sandbox.systems.flexe.warehouse import Impossible, Parcel, Quantities, Warehouse
from sandbox.systems.kit import Refused, read_json_object


class _Deed(BaseModel, ABC):
    """The body of `POST /_control/orders/{id}/<deed>`, and what it does to the order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @abstractmethod
    def do(self, warehouse: Warehouse, order: Order) -> None: ...


class _Accept(_Deed):
    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.accept(order)


class _Reject(_Deed):
    reason: str

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.reject(order, self.reason)


class _Hold(_Deed):
    status: Literal["on_hold", "exception", "backordered", "address_error"] = "on_hold"

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.hold(order, self.status)


class _Pick(_Deed):
    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.pick(order)


class _Ship(_Deed):
    parcels: Annotated[list[Parcel], Field(min_length=1)] = [Parcel()]

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.ship(order, self.parcels)


class _Track(_Deed):
    shipment_id: str
    tracking_numbers: list[str]
    carrier: str | None = None

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.track(order, self.shipment_id, self.tracking_numbers, self.carrier)


class _Short(_Deed):
    lines: Quantities | None = None
    reason: str = "not in stock"

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.short(order, self.lines, self.reason)


class _Cancel(_Deed):
    reason: str = "cancelled by the warehouse"

    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.cancel(order, self.reason)


class _Deliver(_Deed):
    def do(self, warehouse: Warehouse, order: Order) -> None:
        warehouse.deliver(order)


DEEDS: Mapping[str, type[_Deed]] = {
    "accept": _Accept,
    "reject": _Reject,
    "hold": _Hold,
    "pick": _Pick,
    "ship": _Ship,
    "track": _Track,
    "short": _Short,
    "cancel": _Cancel,
    "deliver": _Deliver,
}


class ControlOrders:
    def __init__(self, orders: OrderBook, warehouse: Warehouse) -> None:
        self._orders = orders
        self._warehouse = warehouse

    def routes(self) -> list[Route]:
        return [
            Route("/_control/orders", self._all, methods=["GET"]),
            Route("/_control/orders/{order_id}", self._show, methods=["GET"]),
            Route("/_control/orders/{order_id}/{deed}", self._do, methods=["POST"]),
        ]

    async def _all(self, _: Request) -> Response:
        return JSONResponse({"orders": [_shown(order) for order in self._orders.all()]})

    async def _show(self, request: Request) -> Response:
        return JSONResponse(_shown(self._order(request)))

    async def _do(self, request: Request) -> Response:
        deed = await _read_deed(request)
        order = self._order(request)
        try:
            deed.do(self._warehouse, order)
        except Impossible as impossible:
            raise Refused(409, str(impossible)) from impossible
        return JSONResponse(_shown(order))

    def _order(self, request: Request) -> Order:
        """By its own id, or by the external one (the oldest order with it)."""
        order_id = request.path_params["order_id"]
        found = self._orders.find(order_id)
        candidates = [found] if found else self._orders.called(order_id)
        if not candidates:
            raise Refused(404, f"there is no order {order_id}")
        return candidates[0]


async def _read_deed(request: Request) -> _Deed:
    name = request.path_params["deed"]
    if name not in DEEDS:
        raise Refused(404, f"nobody can {name} an order; known: {', '.join(DEEDS)}")
    try:
        return DEEDS[name].model_validate(await read_json_object(request))
    except ValidationError as error:
        raise Refused.for_shape(error) from error


def _shown(order: Order) -> dict[str, Any]:
    """The order resource in plain words, with the body it was created from."""
    return {**order.to_json({}), "wanted": order.wanted.model_dump()}
