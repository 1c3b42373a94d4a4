"""The stand-in store: its state, its API behind the gateway, and its control routes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from sandbox.systems.bigcommerce.api_errors import ApiError, answer_api_error, answer_http_exception
from sandbox.systems.bigcommerce.callbacks import RETRY_WAITS, StoreCallbacks
from sandbox.systems.bigcommerce.config import Config
from sandbox.systems.bigcommerce.control_api import ControlApi
from sandbox.systems.bigcommerce.gateway import Gateway, RateLimit
from sandbox.systems.bigcommerce.hooks import Hooks
from sandbox.systems.bigcommerce.hooks_api import HooksApi
from sandbox.systems.bigcommerce.orders import Orders
from sandbox.systems.bigcommerce.orders_api import OrdersApi
from sandbox.systems.bigcommerce.payments_api import PaymentsApi
from sandbox.systems.bigcommerce.shipments_api import ShipmentsApi
from sandbox.systems.kit import RetryPolicy, StandIn


def create_app(config: Config) -> Starlette:
    """The store of `config`, without orders and hooks."""
    retry = RetryPolicy(
        RETRY_WAITS, time_scale=config.retry_time_scale, timeout_seconds=config.callback_timeout_seconds
    )
    stand_in = StandIn(retry)
    orders, hooks, rate_limit = Orders(), Hooks(), RateLimit(config.rate_limit_quota, config.rate_limit_window_ms)
    callbacks = StoreCallbacks(config, hooks, stand_in.callbacks)

    def reset(registrations: bool) -> None:
        orders.clear()
        callbacks.forget()
        rate_limit.refill()
        if registrations:
            hooks.clear()

    v2 = OrdersApi(orders, callbacks, stand_in.effects).routes()
    v2 += ShipmentsApi(orders, callbacks, stand_in.effects).routes()
    v3 = HooksApi(config, hooks, stand_in.effects).routes() + PaymentsApi(orders).routes()
    return stand_in.app(
        routes=[
            *ControlApi(config, orders, callbacks).routes(),
            Mount("/stores/{store_hash}/v2", routes=v2),
            Mount("/stores/{store_hash}/v3", routes=v3),
        ],
        reset=reset,
        middleware=[Middleware(Gateway, config=config, rate_limit=rate_limit)],
        exception_handlers={ApiError: answer_api_error, HTTPException: answer_http_exception},
    )
