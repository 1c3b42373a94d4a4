"""The stand-in's HTTP surface: token endpoint, Web API, control routes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.finops.config import Config
from sandbox.systems.finops.control import ControlRoutes
from sandbox.systems.finops.errors import BadRequest, DataverseError
from sandbox.systems.finops.payload import API_ROOT
from sandbox.systems.finops.preferences import parse_preferences
from sandbox.systems.finops.system import System
from sandbox.systems.finops.web_api import JSON_TYPE, ApiAnswer, ApiRequest
from sandbox.systems.finops.webhooks import RETRIED_STATUSES, Webhooks
from sandbox.systems.kit import RetryPolicy, StandIn
from sandbox.systems.kit.tokens import TokenRefused, Tokens


def create_app(config: Config) -> Starlette:
    """Dataverse, dual-write and F&O behind one address."""
    retry = RetryPolicy(
        delays=(config.webhook_retry_seconds,),
        retried=lambda status: status in RETRIED_STATUSES,
        timeout_seconds=config.webhook_timeout_seconds,
    )
    stand_in = StandIn(retry)
    server = Server(config, stand_in)
    return stand_in.app([*server.routes(), *ControlRoutes(server).routes()], server.reset)


class Server:
    """Holds the current `System`, which a reset replaces, and what outlives a reset: tokens and registrations."""

    def __init__(self, config: Config, stand_in: StandIn) -> None:
        self._config = config
        self._effects = stand_in.effects
        self.tokens = Tokens(config.tenant, config.client_id, config.client_secret, config.token_lifetime_seconds)
        self.webhooks = Webhooks(stand_in.callbacks, config.organization, config.webhook_size_limit)
        self._register_configured()
        self.system = System(config, self._effects, self.webhooks)

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route(f"{API_ROOT}{{path:path}}", self._api, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
        ]

    def reset(self, registrations: bool) -> None:
        """Back to the reference rows; registered webhooks stay unless `registrations`."""
        self.webhooks.forget_failed_jobs()
        if registrations:
            self.webhooks.unregister_all()
            self._register_configured()
        kept = () if registrations else self.system.registrations()
        self.system = System(self._config, self._effects, self.webhooks, kept)

    def _register_configured(self) -> None:
        for webhook in self._config.webhooks:
            self.webhooks.register(webhook)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            return JSONResponse(
                self.tokens.grant(request.path_params["tenant"], form), headers={"Cache-Control": "no-store"}
            )
        except TokenRefused as refused:
            return JSONResponse(refused.body, status_code=refused.status)

    async def _api(self, request: Request) -> Response:
        if not self.tokens.accepts(request.headers.get("authorization", "")):
            return self._unauthorized(request)
        body = await request.body()
        try:
            if request.headers.get("odata-version", "4.0") != "4.0":
                raise BadRequest("The OData-Version of the request is not supported; 4.0 is.")
            if request.path_params["path"] == "$batch":
                return self._batch(request, body)
            return self._response(self.system.api.answer(_api_request(request, body)))
        except DataverseError as error:
            return self._response(ApiAnswer(error.status, error.body()))

    def _batch(self, request: Request, body: bytes) -> Response:
        if request.method != "POST":
            raise DataverseError("The requested resource does not support http method.", status=405)
        keep_going = parse_preferences(request.headers.get("prefer", "")).continue_on_error
        content_type = request.headers.get("content-type", "")
        status, answer, answer_type = self.system.batch.run(content_type, body, _base(request), keep_going)
        return Response(answer, status, self._headers({}), answer_type)

    def _response(self, answer: ApiAnswer) -> Response:
        body = answer.encoded()
        return Response(body, answer.status, self._headers(answer.headers), JSON_TYPE if body else None)

    def _unauthorized(self, request: Request) -> Response:
        authority = f"{str(request.base_url).rstrip('/')}/{self._config.tenant}/oauth2/authorize"
        challenge = f'Bearer authorization_uri="{authority}", resource_id="https://{self._config.organization}/"'
        return Response(status_code=401, headers=self._headers({"WWW-Authenticate": challenge}))

    def _headers(self, own: Mapping[str, Any]) -> dict[str, str]:
        remaining = str(self.system.limit.remaining)
        return {
            **own,
            "OData-Version": "4.0",
            "REQ_ID": str(uuid4()),
            "x-ms-ratelimit-burst-remaining-xrm-requests": remaining,
        }


def _api_request(request: Request, body: bytes) -> ApiRequest:
    raw_path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    target = raw_path.decode("latin-1").partition(API_ROOT)[2] + (f"?{query.decode('latin-1')}" if query else "")
    return ApiRequest(request.method, target, dict(request.headers), body, _base(request))


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}{API_ROOT}"
