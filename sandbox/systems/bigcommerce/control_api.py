"""The merchant and the shopper: orders appear, change their status, are cancelled and refunded."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, StrictInt, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.bigcommerce.callbacks import StoreCallbacks
from sandbox.systems.bigcommerce.config import Config
from sandbox.systems.bigcommerce.order_query import amount
from sandbox.systems.bigcommerce.orders import Orders, Row, StatusChange, StoredOrder, units
from sandbox.systems.bigcommerce.statuses import CANCELLED, PARTIALLY_REFUNDED, REFUNDED, STATUSES
from sandbox.systems.kit import Refused, read_json_object

Wish = TypeVar("Wish", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _NewOrder(_Strict):
    order: Row
    products: list[Row] = []
    shipping_addresses: list[Row] = []
    transactions: list[Row] | None = None
    refunds: list[Row] | None = None


class _NewStatus(_Strict):
    status_id: StrictInt


class _NewRefund(_Strict):
    total_amount: Decimal | None = None
    reason: str = ""


class _Resend(_Strict):
    order_id: StrictInt
    scope: str


class ControlApi:
    def __init__(self, config: Config, orders: Orders, callbacks: StoreCallbacks) -> None:
        self._store_path = f"stores/{config.store_hash}/v2"
        self._orders = orders
        self._callbacks = callbacks

    def routes(self) -> list[Route]:
        return [
            Route("/_control/orders", self._put_order, methods=["POST"]),
            Route("/_control/orders/{order_id:int}", self._show_order, methods=["GET"]),
            Route("/_control/orders/{order_id:int}/status", self._set_status, methods=["POST"]),
            Route("/_control/orders/{order_id:int}/cancel", self._cancel, methods=["POST"]),
            Route("/_control/orders/{order_id:int}/refund", self._refund, methods=["POST"]),
            Route("/_control/callbacks/resend", self._resend, methods=["POST"]),
        ]

    async def _put_order(self, request: Request) -> Response:
        wish = await _read(request, _NewOrder)
        order = wish.order
        if type(order.get("id")) is not int:
            raise Refused(400, "order.id: a whole number is needed")
        known = self._orders.find(order["id"])
        kept = known or StoredOrder({}, [], [])
        stored = StoredOrder(
            order,
            wish.products,
            wish.shipping_addresses,
            kept.shipments,
            kept.transactions if wish.transactions is None else wish.transactions,
            kept.refunds if wish.refunds is None else wish.refunds,
        )
        self._derive(stored, str(request.base_url))
        self._orders.put(stored)
        if known:
            self._callbacks.order_updated(order["id"], _change_between(known.order, order))
        else:
            self._callbacks.order_created(order["id"])
        return JSONResponse(order, status_code=201)

    async def _show_order(self, request: Request) -> Response:
        return JSONResponse(vars(self._order(request)))

    async def _set_status(self, request: Request) -> Response:
        wish = await _read(request, _NewStatus)
        if wish.status_id not in STATUSES:
            raise Refused(400, f"status_id: there is no status {wish.status_id}")
        return self._moved(self._order(request), wish.status_id)

    async def _cancel(self, request: Request) -> Response:
        return self._moved(self._order(request), CANCELLED)

    async def _refund(self, request: Request) -> Response:
        wish = await _read(request, _NewRefund)
        stored = self._order(request)
        order_id, total = stored.order["id"], amount(stored.order.get("total_inc_tax")) or Decimal(0)
        refunded = total if wish.total_amount is None else wish.total_amount
        refund = {
            "id": next(self._orders.refund_ids),
            "order_id": order_id,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": wish.reason,
            "total_amount": float(refunded),
            "items": [],
            "payments": [],
        }
        stored.refunds.append(refund)
        self._callbacks.refund_created(order_id, refund["id"])
        self._moved(stored, REFUNDED if refunded >= total else PARTIALLY_REFUNDED)
        return JSONResponse(refund, status_code=201)

    async def _resend(self, request: Request) -> Response:
        wish = await _read(request, _Resend)
        if not self._callbacks.resend(wish.order_id, wish.scope):
            raise Refused(404, f"no callback {wish.scope} of order {wish.order_id} has been sent")
        return Response(status_code=202)

    def _moved(self, stored: StoredOrder, status_id: int) -> Response:
        change = stored.move_to(status_id)
        if change:
            self._callbacks.order_updated(stored.order["id"], change)
        return JSONResponse(stored.order)

    def _order(self, request: Request) -> StoredOrder:
        order_id = request.path_params["order_id"]
        found = self._orders.find(order_id)
        if found is None:
            raise Refused(404, f"there is no order {order_id}")
        return found

    def _derive(self, stored: StoredOrder, base_url: str) -> None:
        """Add the links and counts the order does not bring itself; nothing given is touched."""
        order, lines = stored.order, stored.products
        # The address link is spelled without underscore, unlike the resource that works.
        for name, resource in (("products",) * 2, ("shipping_addresses", "shippingaddresses"), ("coupons",) * 2):
            path = f"/orders/{order['id']}/{resource}"
            order.setdefault(name, {"url": f"{base_url}{self._store_path}{path}", "resource": path})
        order.setdefault("items_total", sum(units(line.get("quantity")) for line in lines))
        order.setdefault("items_shipped", sum(units(line.get("quantity_shipped")) for line in lines))
        order.setdefault("shipping_address_count", len(stored.shipping_addresses))


async def _read(request: Request, shape: type[Wish]) -> Wish:
    try:
        return shape.model_validate(await read_json_object(request))
    except ValidationError as error:
        raise Refused.for_shape(error) from error


def _change_between(before: dict[str, Any], after: dict[str, Any]) -> StatusChange | None:
    previous, new = before.get("status_id"), after.get("status_id")
    return StatusChange(previous, new) if new is not None and previous != new else None
