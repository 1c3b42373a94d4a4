"""What every API call passes first: token, environment, API version and media type."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.sign_in import API_VERSION, SignIn

API = "/api/environment/"


class Gateway:
    """Refuses calls below `/api/environment/` that do not carry what each call must."""

    def __init__(self, app: ASGIApp, environment_id: str, sign_in: SignIn) -> None:
        self._app = app
        self._environment_id = environment_id
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] == "http" and scope["path"].startswith(API) else None
        await (refused.answer() if refused else self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        headers = Headers(scope=scope)
        if not self._sign_in.accepts(headers.get("authorization", "")):
            return ApiError(401, "The access token is missing, unknown or expired.")
        if scope["path"].removeprefix(API).split("/")[0].lower() != self._environment_id.lower():
            return ApiError(403, "The access token is not for this environment.")
        if headers.get("api-version") != API_VERSION:
            return ApiError(400, f"The header Api-Version must be {API_VERSION}.")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return ApiError(415, "Send Content-Type: application/json.")
        return None
