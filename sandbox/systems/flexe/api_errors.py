"""How the API refuses: `{"errors": [{"code", "message", "field"}], "request_id"}`."""

from typing import NamedTuple
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class Flaw(NamedTuple):
    """One thing that is wrong with a call; `field` is a path such as `lines[1].sku`."""

    code: str
    message: str
    field: str | None = None


class ApiError(Exception):
    """A call refused with `status` for these flaws."""

    def __init__(self, status: int, *flaws: Flaw) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.status = status
        self.flaws = flaws

    def answer(self) -> JSONResponse:
        body = {"errors": [flaw._asdict() for flaw in self.flaws], "request_id": f"req_{uuid4().hex[:12]}"}
        return JSONResponse(body, status_code=self.status)


async def answer_api_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    return error.answer()


async def answer_http_exception(_: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for its own 404 and 405."""
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
    answer = ApiError(error.status_code, Flaw(code, error.detail)).answer()
    answer.headers.update(error.headers or {})
    return answer
