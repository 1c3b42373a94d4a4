"""The stand-in warehouse: its orders, its API behind the gateway, its webhooks and its control routes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from sandbox.systems.flexe.api_errors import ApiError, answer_api_error, answer_http_exception
from sandbox.systems.flexe.config import Config, LiveConfig
from sandbox.systems.flexe.control_orders import ControlOrders
from sandbox.systems.flexe.control_portal import ControlPortal
from sandbox.systems.flexe.gateway import Gateway, RateLimit
from sandbox.systems.flexe.orders import OrderBook
from sandbox.systems.flexe.orders_api import OrdersApi
from sandbox.systems.flexe.warehouse import Warehouse
from sandbox.systems.flexe.webhooks import RETRY_WAITS, Webhooks
from sandbox.systems.kit import RetryPolicy, StandIn


def create_app(config: Config) -> Starlette:
    """The warehouse of `config`, without orders."""
    retry = RetryPolicy(
        RETRY_WAITS,
        time_scale=config.retry_time_scale,
        timeout_seconds=config.webhook_timeout_seconds,
        reorder_wait_seconds=config.reorder_wait_seconds,
    )
    stand_in = StandIn(retry)
    live, orders, rate_limit = LiveConfig(config), OrderBook(), RateLimit(config.rate_limit_seconds)
    webhooks = Webhooks(live, stand_in.callbacks)
    warehouse = Warehouse(live, orders, webhooks)

    def reset(registrations: bool) -> None:
        live.reset()
        orders.clear()
        webhooks.forget_events()
        rate_limit.forget()
        if registrations:
            webhooks.keep_only_configured()

    return stand_in.app(
        routes=[
            *ControlOrders(orders, warehouse).routes(),
            *ControlPortal(live, webhooks).routes(),
            *OrdersApi(live, orders, warehouse, stand_in.effects).routes(),
        ],
        reset=reset,
        middleware=[Middleware(Gateway, live=live, rate_limit=rate_limit)],
        exception_handlers={
            ApiError: answer_api_error,
            HTTPException: answer_http_exception,
        },
    )
