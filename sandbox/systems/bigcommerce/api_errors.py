"""How the API refuses: an array with one object on V2, an object on V3 and from the gateway."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

STATUS_CODES_PAGE = "/api-docs/getting-started/api-status-codes"


class ApiError(Exception):
    """A call refused with `status` and `message`; `errors` (field to reason) is shown on V3 only."""

    def __init__(self, status: int, message: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def gateway_error(status: int, title: str, errors: dict[str, str] | None = None) -> JSONResponse:
    """The V3 error object, which the gateway answers on V2 paths too."""
    body: dict[str, Any] = {"status": status, "title": title, "type": STATUS_CODES_PAGE}
    return JSONResponse(body if errors is None else {**body, "errors": errors}, status_code=status)


async def answer_api_error(request: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    return _in_shape_of(request, error.status, error.message, error.errors)


async def answer_http_exception(request: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for its own 404 and 405."""
    if not isinstance(error, HTTPException):
        raise error
    return _in_shape_of(request, error.status_code, error.detail, None)


def _in_shape_of(request: Request, status: int, message: str, errors: dict[str, str] | None) -> JSONResponse:
    if request.url.path.split("/")[3:4] == ["v2"]:
        return JSONResponse([{"status": status, "message": message}], status_code=status)
    return gateway_error(status, message, errors)
