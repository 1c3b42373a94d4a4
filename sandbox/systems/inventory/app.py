"""The stand-in service: its stock and reservations, its API behind the gateway, and its control routes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from sandbox.systems.inventory.api_errors import ApiError, answer_api_error, answer_http_exception
from sandbox.systems.inventory.config import Config
from sandbox.systems.inventory.control_api import ControlApi
from sandbox.systems.inventory.events import Events
from sandbox.systems.inventory.gateway import API, Gateway
from sandbox.systems.inventory.onhand_api import OnHandApi
from sandbox.systems.inventory.reservations import Reservations
from sandbox.systems.inventory.sign_in import SignIn
from sandbox.systems.inventory.stock import Stock
from sandbox.systems.kit import StandIn


def create_app(config: Config) -> Starlette:
    """The service of `config`, without stock."""
    stand_in = StandIn()
    sign_in, stock = SignIn(config), Stock(config)
    reservations = Reservations(config, stock)
    events = Events(config, stock, reservations, stand_in.effects)

    def reset(_: bool) -> None:
        stock.clear()
        reservations.clear()
        events.forget()

    return stand_in.app(
        routes=[
            *ControlApi(stock, reservations, sign_in).routes(),
            *sign_in.routes(),
            Mount(f"{API}{{environment_id}}", routes=OnHandApi(config, stock, events).routes()),
        ],
        reset=reset,
        middleware=[Middleware(Gateway, environment_id=config.environment_id, sign_in=sign_in)],
        exception_handlers={ApiError: answer_api_error, HTTPException: answer_http_exception},
    )
