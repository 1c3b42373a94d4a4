"""The stand-in's HTTP surface: token endpoint, OData services behind the gateway, control routes."""

from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.kit import RetryPolicy, StandIn
from sandbox.systems.sap.config import Config
from sandbox.systems.sap.control import ControlRoutes
from sandbox.systems.sap.events import Events
from sandbox.systems.sap.gateway import CallLimit, Gateway
from sandbox.systems.sap.odata import ODataApi
from sandbox.systems.sap.sessions import Sessions
from sandbox.systems.sap.sign_in import SignIn, TokenRefused
from sandbox.systems.sap.system import CurrentSystem, System

TOKEN_PATH = "/sap/bc/sec/oauth2/token"


def create_app(config: Config) -> Starlette:
    """The system of `config`, without documents and subscriptions."""
    retry = RetryPolicy(
        config.redelivery_seconds,
        timeout_seconds=config.webhook_timeout_seconds,
        reorder_wait_seconds=config.reorder_wait_seconds,
    )
    stand_in = StandIn(retry)
    events = Events(stand_in.callbacks, config)
    sign_in, sessions = SignIn(config), Sessions(config.session_seconds)
    limit = CallLimit(config.request_limit, config.request_window_seconds)
    current = CurrentSystem(System(config, stand_in.effects, events))

    def reset(registrations: bool) -> None:
        """Sign-ins and sessions outlive a reset."""
        events.forget()
        limit.refill()
        if registrations:
            events.unsubscribe_all()
        current.system = System(config, stand_in.effects, events)

    control = ControlRoutes(current, events, sign_in, sessions)
    return stand_in.app(
        routes=[*control.routes(), _token_route(sign_in), *ODataApi(current, config.page_size).routes()],
        reset=reset,
        middleware=[Middleware(Gateway, config=config, sign_in=sign_in, sessions=sessions, limit=limit)],
    )


def _token_route(sign_in: SignIn) -> Route:
    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        try:
            granted = sign_in.grant(request.headers.get("authorization", ""), form.get("grant_type", [""])[0])
        except TokenRefused as refused:
            return JSONResponse({"error": refused.error}, status_code=refused.status)
        return JSONResponse(granted, headers={"Cache-Control": "no-store"})

    return Route(TOKEN_PATH, token, methods=["POST"])
