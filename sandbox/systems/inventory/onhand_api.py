"""The routes below `/api/environment/{id}`: queries, events one by one, and events in bulk."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.api_input import ExactQuery, IndexQuery, read_json
from sandbox.systems.inventory.config import Config
from sandbox.systems.inventory.events import Answer, Events
from sandbox.systems.inventory.queries import OnHandQuery, exact_query, index_query
from sandbox.systems.inventory.stock import Stock

MAX_BULK = 512


class OnHandApi:
    def __init__(self, config: Config, stock: Stock, events: Events) -> None:
        self._config = config
        self._stock = stock
        self._events = events

    def routes(self) -> list[Route]:
        return [
            Route("/onhand/indexquery", self._index_query, methods=["POST"]),
            Route("/onhand/exactquery", self._exact_query, methods=["POST"]),
            *_event_routes("/onhand", self._events.change),
            *_event_routes("/onhand/reserve", self._events.reserve),
            *_event_routes("/onhand/unreserve", self._events.unreserve),
            Route("/onhand/changeschedule", _not_imitated, methods=["POST"]),
            Route("/onhand/changeschedule/bulk", _not_imitated, methods=["POST"]),
            Route("/allocation/{action}", _not_imitated, methods=["POST"]),
        ]

    async def _index_query(self, request: Request) -> Response:
        return self._answer(index_query(IndexQuery.read(await read_json(request))))

    async def _exact_query(self, request: Request) -> Response:
        return self._answer(exact_query(ExactQuery.read(await read_json(request))))

    def _answer(self, query: OnHandQuery) -> Response:
        self._stock.check_dimensions([*query.filtered, *query.group_by])
        if len(query.products) > self._config.products_per_query:
            raise ApiError(400, f"At most {self._config.products_per_query} products can be queried.")
        return JSONResponse(query.rows(self._stock))


def _event_routes(path: str, apply: Callable[[Any], Answer]) -> list[Route]:
    """The route for one event, and the one for an array of them."""

    async def one(request: Request) -> Response:
        answer = _answered(await read_json(request), apply)
        return JSONResponse(answer, status_code=answer["statusCode"])

    async def bulk(request: Request) -> Response:
        events = await read_json(request)
        if not isinstance(events, list):
            raise ApiError(400, "A JSON array is needed.")
        if len(events) > MAX_BULK:
            raise ApiError(400, f"At most {MAX_BULK} events fit into one call.")
        return JSONResponse([_answered(event, apply) for event in events])

    return [Route(path, one, methods=["POST"]), Route(f"{path}/bulk", bulk, methods=["POST"])]


def _answered(event: Any, apply: Callable[[Any], Answer]) -> Answer:
    """The event's answer, refused or not; in bulk, one that is refused does not stop the others."""
    try:
        return apply(event)
    except ApiError as refused:
        event_id = event.get("id") if isinstance(event, dict) else None
        return {"id": event_id if isinstance(event_id, str) else None, **refused.body()}


async def _not_imitated(request: Request) -> Response:
    raise ApiError(501, f"This stand-in does not imitate {request.url.path}.")
