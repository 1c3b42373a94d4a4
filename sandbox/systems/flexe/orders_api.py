"""The outbound orders of the one owner: create, read, find, ask to cancel."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.flexe.api_errors import ApiError, Flaw
from sandbox.systems.flexe.api_input import CancelWish, NewOrder, read_body
from sandbox.systems.flexe.config import LiveConfig
from sandbox.systems.flexe.order_list import OrderQuery
from sandbox.systems.flexe.orders import CANCEL_REQUESTED, CANCELLED, Order, OrderBook
from sandbox.systems.flexe.warehouse import UNTOUCHED, Warehouse
from sandbox.systems.kit import EffectLog


class OrdersApi:
    def __init__(self, live: LiveConfig, orders: OrderBook, warehouse: Warehouse, effects: EffectLog) -> None:
        self._live = live
        self._orders = orders
        self._warehouse = warehouse
        self._effects = effects

    def routes(self) -> list[Route]:
        path = self._live.now.orders_path
        return [
            Route(path, self._list, methods=["GET"]),
            Route(path, self._create, methods=["POST"]),
            Route(f"{path}/{{order_id}}", self._read, methods=["GET"]),
            Route(f"{path}/{{order_id}}/cancel", self._cancel, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        query = OrderQuery.of(request.query_params)
        self._check_owner(query.filters["owner_id"])
        external_id = query.filters.get("external_order_id")
        candidates = self._orders.all() if external_id is None else self._orders.called(external_id)
        orders, cursor = query.page(candidates)
        words = self._live.now.status_words
        return JSONResponse({"outbound_orders": [order.to_json(words) for order in orders], "next_cursor": cursor})

    async def _read(self, request: Request) -> Response:
        return self._answer(self._order(request))

    async def _create(self, request: Request) -> Response:
        wanted = await read_body(request, NewOrder)
        self._check_owner(wanted.owner_id)
        self._check_lines(wanted)
        known = self._orders.called(wanted.external_order_id)
        if known and self._live.now.duplicate_policy != "accept_duplicate":
            return self._repeated(known[0])
        order = self._warehouse.take(wanted)
        self._effects.record(
            "order_created",
            order_id=order.id,
            external_order_id=wanted.external_order_id,
            lines={line.external_line_id: line.quantity for line in wanted.lines},
        )
        # The check runs after the answer has been put down: the client hears of it by event or by reading again.
        answer = self._answer(order, 201)
        self._warehouse.check(order)
        return answer

    async def _cancel(self, request: Request) -> Response:
        wish = await read_body(request, CancelWish)
        order = self._order(request)
        if order.status in UNTOUCHED:
            self._begin_cancellation(order, wish.reason)
        elif order.status not in (CANCELLED, CANCEL_REQUESTED):
            raise ApiError(409, Flaw("not_cancellable", f"the order is already {order.status}"))
        return self._answer(order, 200 if order.status == CANCELLED else 202)

    def _begin_cancellation(self, order: Order, reason: str) -> None:
        facts = {"order_id": order.id, "external_order_id": order.wanted.external_order_id, "reason": reason}
        if self._live.now.cancellation == "at_once":
            self._warehouse.cancel(order, reason)
            self._effects.record("order_canceled", **facts)
        else:
            self._warehouse.request_cancellation(order)
            self._effects.record("order_cancel_requested", **facts)

    def _check_owner(self, owner_id: str) -> None:
        if owner_id != self._live.now.owner_id:
            raise ApiError(403, Flaw("forbidden", "the token does not belong to this owner", "owner_id"))

    def _check_lines(self, wanted: NewOrder) -> None:
        config = self._live.now
        flaws = wanted.repeated_lines()
        if config.unknown_skus == "refuse_422":
            flaws += wanted.unknown_skus(config.skus)
        if flaws:
            raise ApiError(422, *flaws)

    def _repeated(self, known: Order) -> Response:
        policy = self._live.now.duplicate_policy
        if policy == "replay_200":
            return self._answer(known)
        flaw = Flaw("duplicate_external_order_id", "there is an order with this id already", "external_order_id")
        raise ApiError(409 if policy == "conflict_409" else 422, flaw)

    def _answer(self, order: Order, status: int = 200) -> Response:
        return JSONResponse(order.to_json(self._live.now.status_words), status_code=status)

    def _order(self, request: Request) -> Order:
        order_id = request.path_params["order_id"]
        found = self._orders.find(order_id)
        if found is None:
            raise ApiError(404, Flaw("not_found", f"there is no outbound order {order_id}"))
        return found
