"""What every service call passes first: the rate limit, sign-in, the client, and the CSRF check.

The refusals here are no OData errors but texts and pages, as from the web dispatcher.
"""

import math
from time import monotonic

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.systems.sap.config import Config
from sandbox.systems.sap.sessions import SESSION_COOKIE, Session, Sessions
from sandbox.systems.sap.sign_in import SignIn

SERVICES_ROOT = "/sap/opu/odata/sap/"
_READING = ("GET", "HEAD")
_LOG_ON_FAILED = "<html><head><title>Logon Error Message</title></head><body><h1>Logon failed</h1></body></html>"


class CallLimit:
    """So many calls in each fixed window."""

    def __init__(self, calls: int, window_seconds: float) -> None:
        self._calls = calls
        self._window_seconds = window_seconds
        self.refill()

    def refill(self) -> None:
        self._ends_at = monotonic() + self._window_seconds
        self._left = self._calls

    def seconds_to_wait(self) -> int:
        """Takes one call; 0 when it was still within the limit, else the whole seconds until the next window."""
        if monotonic() >= self._ends_at:
            self.refill()
        self._left -= 1
        return 0 if self._left >= 0 else max(1, math.ceil(self._ends_at - monotonic()))


class Gateway:
    """Guards everything below the services' root."""

    def __init__(self, app: ASGIApp, config: Config, sign_in: SignIn, sessions: Sessions, limit: CallLimit) -> None:
        self._app = app
        self._config = config
        self._sign_in = sign_in
        self._sessions = sessions
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(SERVICES_ROOT):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is None and self._is_fetch(request):
            await self._app(scope, receive, self._with_token(request, send))
        else:
            await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if seconds := self._limit.seconds_to_wait():
            return PlainTextResponse("Too many requests", 429, {"Retry-After": str(seconds)})
        is_known = self._sign_in.accepts(request.headers.get("authorization", ""))
        if not is_known or request.query_params.get("sap-client", self._config.sap_client) != self._config.sap_client:
            realm = 'Basic realm="SAP NetWeaver Application Server [S4H/100]"'
            return HTMLResponse(_LOG_ON_FAILED, 401, {"WWW-Authenticate": realm})
        if request.method not in _READING and self._config.csrf_fetch != "off" and not self._has_token(request):
            return PlainTextResponse("CSRF token validation failed", 403, {"x-csrf-token": "Required"})
        return self._wrong_form_of_root(request)

    def _has_token(self, request: Request) -> bool:
        return self._sessions.holds(request.cookies.get(SESSION_COOKIE), request.headers.get("x-csrf-token", ""))

    def _is_fetch(self, request: Request) -> bool:
        asked = request.headers.get("x-csrf-token", "").lower() == "fetch"
        return asked and request.method in _READING and self._config.csrf_fetch != "off"

    def _wrong_form_of_root(self, request: Request) -> Response | None:
        """Some systems answer the fetch at the service root in one form only."""
        service, slash, rest = request.url.path.removeprefix(SERVICES_ROOT).partition("/")
        answered = {"slash": "/", "no_slash": ""}.get(self._config.csrf_fetch, slash)
        if service and not rest and self._is_fetch(request) and slash != answered:
            return PlainTextResponse("Not found", 404)
        return None

    def _with_token(self, request: Request, send: Send) -> Send:
        """Adds the session's token to a successful answer, and the cookies of a new session."""
        known = self._sessions.of(request.cookies.get(SESSION_COOKIE))

        async def send_with_token(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                session = known or self._sessions.begin()
                headers = MutableHeaders(scope=message)
                headers["x-csrf-token"] = session.csrf_token
                if known is None:
                    self._set_cookies(headers, session)
            await send(message)

        return send_with_token

    def _set_cookies(self, headers: MutableHeaders, session: Session) -> None:
        headers.append("set-cookie", f"sap-usercontext=sap-client={self._config.sap_client}; path=/")
        headers.append("set-cookie", f"{SESSION_COOKIE}={session.id}; path=/; HttpOnly")
