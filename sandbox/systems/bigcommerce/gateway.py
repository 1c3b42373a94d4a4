"""What every API call passes before it reaches a resource: store, token, media types, and the rate limit."""

import math
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.systems.bigcommerce.api_errors import gateway_error
from sandbox.systems.bigcommerce.config import Config


class RateLimit:
    """A quota that is refilled at the end of each fixed window; one call takes one unit."""

    def __init__(self, quota: int, window_ms: int) -> None:
        self._quota = quota
        self._window_ms = window_ms
        self.refill()

    def refill(self) -> None:
        self._window_ends = time.monotonic() + self._window_ms / 1000
        self._left = self._quota

    def take(self) -> bool:
        """Whether this call is still within the quota."""
        if time.monotonic() >= self._window_ends:
            self.refill()
        self._left -= 1
        return self._left >= 0

    def headers(self) -> dict[str, str]:
        """The limit's state as every answer carries it; reset in milliseconds, `X-Retry-After` in seconds."""
        reset_ms = max(0, math.ceil((self._window_ends - time.monotonic()) * 1000))
        state = {
            "X-Rate-Limit-Time-Window-Ms": str(self._window_ms),
            "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
            "X-Rate-Limit-Requests-Quota": str(self._quota),
            "X-Rate-Limit-Requests-Left": str(max(0, self._left)),
        }
        return state if self._left >= 0 else {**state, "X-Retry-After": str(math.ceil(reset_ms / 1000))}


class Gateway:
    """Refuses what the real gateway refuses and puts the rate-limit headers on every answer under `/stores/`."""

    def __init__(self, app: ASGIApp, config: Config, rate_limit: RateLimit) -> None:
        self._app = app
        self._config = config
        self._rate_limit = rate_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/stores/"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        limits = self._rate_limit.headers()

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(limits)
            await send(message)

        await (refusal or self._app)(scope, receive, send_with_limits)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        store_hash = scope["path"].split("/")[2]
        if store_hash != self._config.store_hash:
            return gateway_error(403, "Unauthorized Access. You do not have permission to make this request.")
        if self._config.account(headers.get("x-auth-token")) is None:
            return gateway_error(401, "Unauthorized - the X-Auth-Token is not valid for this store.")
        if not self._rate_limit.take():
            return JSONResponse({"status": 429, "title": "Rate limit reached."}, status_code=429)
        return _media_type_refusal(scope["method"], headers)


def _media_type_refusal(method: str, headers: Headers) -> Response | None:
    if "application/json" not in headers.get("accept", ""):
        return gateway_error(406, f"{HTTPStatus(406).phrase}: send Accept: application/json.")
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method in ("POST", "PUT") and content_type != "application/json":
        return gateway_error(415, f"{HTTPStatus(415).phrase}: send Content-Type: application/json.")
    return None
