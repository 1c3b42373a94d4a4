"""Signing in, in two steps: a token of Entra ID is exchanged for an access token of the security service."""

import secrets
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.systems.inventory.api_input import read_json
from sandbox.systems.inventory.config import Config
from sandbox.systems.kit.tokens import TokenRefused, Tokens

API_VERSION = "1.0"
ENTRA_SCOPE = "0cdb527f-a8d1-4bf8-9436-b352c68682b2/.default"
SECURITY_SERVICE = "/securityservice/token"


class SignIn:
    """Both token endpoints, and the knowledge of which access tokens are still good."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._entra = Tokens(config.tenant, config.client_id, config.client_secret, config.token_lifetime_seconds)
        self._expiries: dict[str, float] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._entra_token, methods=["POST"]),
            Route("/token", self._to_region, methods=["POST"]),
            Route(SECURITY_SERVICE, self._access_token, methods=["POST"]),
        ]

    def accepts(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries an access token that is known and not expired."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._expiries.get(token, 0.0) > monotonic()

    def expire_all(self) -> None:
        """Every token of both kinds is too old from now on."""
        self._entra.expire_all()
        self._expiries.clear()

    async def _entra_token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            answer = self._entra.grant(request.path_params["tenant"], form)
            if form["scope"] != ENTRA_SCOPE:
                raise TokenRefused(400, "invalid_resource", 500011, f"The scope {form['scope']} names no resource.")
        except TokenRefused as refused:
            return JSONResponse(refused.body, refused.status)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def _to_region(self, request: Request) -> Response:
        return RedirectResponse(request.url.replace(path=SECURITY_SERVICE), status_code=307)

    async def _access_token(self, request: Request) -> Response:
        body = await read_json(request)
        if fault := self._fault(request, body):
            return JSONResponse({"error": "invalid_request", "error_description": fault}, 400)
        if not self._entra.accepts(f"Bearer {body['client_assertion']}"):
            return JSONResponse({"error": "invalid_client", "error_description": "client_assertion: not valid"}, 401)
        now, token = monotonic(), secrets.token_urlsafe(48)
        self._expiries = {known: expiry for known, expiry in self._expiries.items() if expiry > now}
        self._expiries[token] = now + self._config.token_lifetime_seconds
        lifetime = self._config.token_lifetime_seconds
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": lifetime})

    def _fault(self, request: Request, body: Any) -> str | None:
        """What is wrong with the request, if anything is."""
        if request.headers.get("api-version") != API_VERSION:
            return f"the header Api-Version must be {API_VERSION}"
        if not isinstance(body, dict):
            return "the body must be a JSON object"
        expected = {
            "grant_type": "client_credentials",
            "client_assertion_type": "aad_app",
            "scope": "https://inventoryservice.operations365.dynamics.com/.default",
            "context": self._config.environment_id,
            "context_type": "finops-env",
        }
        wrong = [name for name, value in expected.items() if body.get(name) != value]
        if not body.get("client_assertion"):
            wrong.append("client_assertion")
        return f"wrong or missing: {', '.join(wrong)}" if wrong else None
