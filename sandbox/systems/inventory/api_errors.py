"""How the service refuses: `{"processingStatus": "failed", "message": "...", "statusCode": 400}`."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class ApiError(Exception):
    """A call, or one event of a bulk call, refused with `status` and `message`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, Any]:
        return {"processingStatus": "failed", "message": self.message, "statusCode": self.status}

    def answer(self) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else None
        return JSONResponse(self.body(), self.status, headers)


async def answer_api_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    return error.answer()


async def answer_http_exception(_: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for its own 404 and 405."""
    if not isinstance(error, HTTPException):
        raise error
    return ApiError(error.status_code, error.detail).answer()
