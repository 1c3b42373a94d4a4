"""Reading paths, queries and bodies of API calls, refusing what does not fit."""

import json
import re
from typing import Any, NamedTuple, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request

from sandbox.systems.bigcommerce.api_errors import ApiError

DEFAULT_LIMIT = 50
MAX_LIMIT = 250

Row = TypeVar("Row")


class Page(NamedTuple):
    """`number` counts from 1."""

    number: int
    limit: int

    @classmethod
    def of(cls, query: QueryParams) -> "Page":
        """The page asked for; 413 above the largest limit, 400 below 1 or no number."""
        page = cls(whole_number(query, "page", 1), whole_number(query, "limit", DEFAULT_LIMIT))
        if page.number < 1 or page.limit < 1:
            raise ApiError(400, "The parameters 'page' and 'limit' must be at least 1.")
        if page.limit > MAX_LIMIT:
            raise ApiError(413, f"The limit must not be above {MAX_LIMIT}.")
        return page

    def cut(self, rows: list[Row]) -> list[Row]:
        start = (self.number - 1) * self.limit
        return rows[start : start + self.limit]


def whole_number(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise ApiError(400, f"The parameter '{name}' must be a whole number.")
    return int(text)


def path_id(request: Request, name: str) -> int:
    """The id in the path; 404 when it is none."""
    text = request.path_params[name]
    if not re.fullmatch(r"\d{1,18}", text):
        raise ApiError(404, "The requested resource was not found.")
    return int(text)


async def json_object(request: Request) -> dict[str, Any]:
    """The call's JSON object; 400 when it is none."""
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise ApiError(400, "The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be a JSON object.")
    return body
