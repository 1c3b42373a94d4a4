"""How control routes read their input and refuse it: always JSON, always with a reason."""

import json
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse


class Refused(Exception):
    """A control call that cannot be done; answered with `status` and `{"error": reason}`."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    @classmethod
    def for_shape(cls, error: ValidationError) -> "Refused":
        """400 that names each wrong or unknown key by its path."""
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors())
        return cls(400, "; ".join(faults))


async def answer_refused(_: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for `Refused`."""
    if not isinstance(error, Refused):
        raise error
    return JSONResponse({"error": error.reason}, status_code=error.status)


async def read_json_object(request: Request, *, known: frozenset[str] | None = None) -> dict[str, Any]:
    """The request's JSON object, `{}` for no body; `Refused` 400 when it is no object or has a key not in `known`."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(400, f"body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, "body must be a JSON object")
    if unknown := sorted(set(body) - known) if known is not None else []:
        raise Refused(400, f"unknown keys: {', '.join(unknown)}")
    return body
