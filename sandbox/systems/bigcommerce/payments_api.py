"""Orders V3, the little of it that shows an order's payments and refunds; amounts are numbers, dates ISO 8601."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.bigcommerce.api_input import Page, path_id
from sandbox.systems.bigcommerce.orders import Orders
from sandbox.systems.bigcommerce.v3_lists import v3_list


class PaymentsApi:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def routes(self) -> list[Route]:
        return [
            Route("/orders/{order_id}/transactions", self._transactions, methods=["GET"]),
            Route("/orders/{order_id}/payment_actions/refunds", self._refunds, methods=["GET"]),
        ]

    async def _transactions(self, request: Request) -> Response:
        transactions = self._orders.get(path_id(request, "order_id")).transactions
        page = Page.of(request.query_params)
        return JSONResponse(v3_list(transactions, page)) if transactions else Response(status_code=204)

    async def _refunds(self, request: Request) -> Response:
        return JSONResponse({"data": self._orders.get(path_id(request, "order_id")).refunds, "meta": {}})
