"""What every call to the API must pass: the token, the rate limit, the media type."""

from collections import deque
from math import ceil
from time import monotonic

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.systems.flexe.api_errors import ApiError, Flaw
from sandbox.systems.flexe.config import LiveConfig


class RateLimit:
    """Counts the calls of a sliding window."""

    def __init__(self, window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._taken: deque[float] = deque()

    def forget(self) -> None:
        self._taken.clear()

    def seconds_to_wait(self, calls: int) -> float:
        """0 and one call taken while fewer than `calls` were in the window, else the time until there is room."""
        now = monotonic()
        while self._taken and self._taken[0] <= now - self._window_seconds:
            self._taken.popleft()
        if len(self._taken) < calls:
            self._taken.append(now)
            return 0
        return self._taken[0] + self._window_seconds - now if self._taken else self._window_seconds


class Gateway:
    """Refuses, before any resource is looked at, what lacks the token, comes too often, or brings no JSON."""

    def __init__(self, app: ASGIApp, live: LiveConfig, rate_limit: RateLimit) -> None:
        self._app = app
        self._live = live
        self._rate_limit = rate_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None
        if scope["type"] == "http" and not scope["path"].startswith("/_control/"):
            refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        config = self._live.now
        if headers.get(config.auth_header) != f"{config.auth_scheme} {config.api_token}".lstrip():
            return ApiError(401, Flaw("unauthorized", "the API token is missing or not valid")).answer()
        wait = self._rate_limit.seconds_to_wait(config.rate_limit_calls)
        if wait:
            answer = ApiError(429, Flaw("rate_limited", "too many calls")).answer()
            if config.tells_retry_after:
                answer.headers["Retry-After"] = str(ceil(wait))
            return answer
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and content_type != "application/json":
            flaw = Flaw("unsupported_media_type", "send Content-Type: application/json")
            return ApiError(415, flaw).answer()
        return None
