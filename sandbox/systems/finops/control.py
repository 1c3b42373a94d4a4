"""Control routes: what happens in F&O, the maps' states, reference rows, webhook registrations."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.finops import postings
from sandbox.systems.finops.birth import NewOrder
from sandbox.systems.finops.dual_write import TableMap
from sandbox.systems.finops.errors import DataverseError
from sandbox.systems.finops.keys import Address, parse_address
from sandbox.systems.finops.orders import SalesOrder
from sandbox.systems.finops.postings import PostingRefused, Quantities
from sandbox.systems.finops.reference_data import Refusal
from sandbox.systems.finops.steps import registered_steps
from sandbox.systems.finops.webhooks import Webhook
from sandbox.systems.kit import Refused, config_from_json, read_json_object

if TYPE_CHECKING:
    from sandbox.systems.finops.app import Server

Shape = TypeVar("Shape")

_POSTINGS: Mapping[str, Callable[..., SalesOrder]] = {
    "confirm": postings.confirm,
    "pick": postings.pick,
    "pack": postings.pack,
    "invoice": postings.invoice,
    "cancel": postings.cancel,
}


class ControlRoutes:
    """The stand-in's own control routes; the kit adds reset, faults, effects and callbacks."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def routes(self) -> list[Route]:
        return [
            Route("/_control/orders", self._orders, methods=["GET"]),
            Route("/_control/orders", self._enter_order, methods=["POST"]),
            Route("/_control/orders/{number}", self._order, methods=["GET"]),
            Route("/_control/orders/{number}/{action}", self._post, methods=["POST"]),
            Route("/_control/maps", self._maps, methods=["GET"]),
            Route("/_control/maps/{name}/{action}", self._switch_map, methods=["POST"]),
            Route("/_control/rows/{address}", self._rows, methods=["GET"]),
            Route("/_control/rows/{address}", self._put_row, methods=["POST"]),
            Route("/_control/rows/{address}", self._delete_row, methods=["DELETE"]),
            Route("/_control/webhooks", self._webhooks, methods=["GET"]),
            Route("/_control/webhooks", self._register, methods=["POST"]),
            Route("/_control/webhooks/{id}", self._unregister, methods=["DELETE"]),
            Route("/_control/failed-jobs", self._failed_jobs, methods=["GET"]),
            Route("/_control/expire-delta-tokens", self._expire_delta_tokens, methods=["POST"]),
            Route("/_control/expire-tokens", self._expire_tokens, methods=["POST"]),
        ]

    async def _orders(self, _: Request) -> Response:
        return JSONResponse({"orders": [order.to_json() for order in self._server.system.orders]})

    async def _order(self, request: Request) -> Response:
        return JSONResponse(self._named_order(request).to_json())

    async def _enter_order(self, request: Request) -> Response:
        new = _shaped(NewOrder, await read_json_object(request))
        try:
            order = self._server.system.enter_order(new)
        except Refusal as refusal:
            raise Refused(409, str(refusal)) from refusal
        except DataverseError as error:
            raise Refused(400, error.message) from error
        return JSONResponse(order.to_json(), status_code=201)

    async def _post(self, request: Request) -> Response:
        action = request.path_params["action"]
        if action not in _POSTINGS:
            raise Refused(404, f"unknown action {action}; known: {', '.join(_POSTINGS)}")
        known = {"lines", "tracking_number", "carrier"} if action == "pack" else {"lines"}
        wish = await read_json_object(request, known=frozenset(known))
        order = self._named_order(request)
        quantities = _quantities(order, wish.pop("lines", None))
        try:
            posted = _POSTINGS[action](order, quantities, **wish)
        except PostingRefused as refused:
            raise Refused(409, str(refused)) from refused
        self._server.system.post(order, posted)
        return JSONResponse(posted.to_json())

    async def _maps(self, _: Request) -> Response:
        return JSONResponse({"maps": [found.to_json() for found in self._server.system.dual_write.maps]})

    async def _switch_map(self, request: Request) -> Response:
        found = self._server.system.dual_write.named(request.path_params["name"])
        if found is None:
            raise Refused(404, f"unknown map {request.path_params['name']}")
        wish = await read_json_object(request, known=frozenset({"replay_twice"}))
        replayed = self._switch(found, request.path_params["action"], bool(wish.get("replay_twice", False)))
        return JSONResponse({**found.to_json(), "replayed": replayed})

    def _switch(self, found: TableMap, action: str, replay_twice: bool) -> int:
        match action:
            case "run":
                return self._server.system.dual_write.run(found, replay_twice=replay_twice)
            case "pause":
                found.state = "paused"
            case "stop":
                found.state = "stopped"
                found.queue.clear()
            case _:
                raise Refused(404, f"unknown action {action}; known: run, pause, stop")
        return 0

    async def _rows(self, request: Request) -> Response:
        table = _address(request).table
        return JSONResponse({"rows": [dict(row) for row in self._server.system.store.rows(table)]})

    async def _put_row(self, request: Request) -> Response:
        body = await read_json_object(request)
        try:
            row = self._server.system.put_row(_address(request).table, body)
        except DataverseError as error:
            raise Refused(400, error.message) from error
        return JSONResponse(dict(row), status_code=201)

    async def _delete_row(self, request: Request) -> Response:
        address = _address(request)
        row = address.key.find(self._server.system.store, address.table) if address.key else None
        if row is None:
            raise Refused(404, f"no row {request.path_params['address']}")
        try:
            self._server.system.delete_row(address.table, row)
        except DataverseError as error:
            raise Refused(409, error.message) from error
        return Response(status_code=204)

    async def _webhooks(self, _: Request) -> Response:
        steps = registered_steps(self._server.system.store)
        return JSONResponse({"webhooks": self._server.webhooks.registered(steps)})

    async def _register(self, request: Request) -> Response:
        webhook = _shaped(Webhook, await read_json_object(request))
        return JSONResponse({"id": self._server.webhooks.register(webhook)}, status_code=201)

    async def _unregister(self, request: Request) -> Response:
        if not self._server.webhooks.unregister(request.path_params["id"]):
            raise Refused(404, f"unknown webhook {request.path_params['id']}")
        return Response(status_code=204)

    async def _failed_jobs(self, _: Request) -> Response:
        return JSONResponse({"failed_jobs": self._server.webhooks.failed_jobs})

    async def _expire_delta_tokens(self, _: Request) -> Response:
        self._server.system.reader.expire_delta_tokens()
        return Response(status_code=204)

    async def _expire_tokens(self, _: Request) -> Response:
        self._server.tokens.expire_all()
        return Response(status_code=204)

    def _named_order(self, request: Request) -> SalesOrder:
        """The order with the number in the path; `?company=` tells two of the same number apart."""
        number, company = request.path_params["number"], request.query_params.get("company")
        found = [order for order in self._server.system.orders.numbered(number) if company in (None, order.company)]
        if not found:
            raise Refused(404, f"no sales order {number} in F&O")
        if len(found) > 1:
            raise Refused(
                409, f"sales order {number} exists in {', '.join(order.company for order in found)}: add ?company="
            )
        return found[0]


def _shaped(shape: type[Shape], raw: Mapping[str, Any]) -> Shape:
    try:
        return config_from_json(shape, raw)
    except ValidationError as error:
        raise Refused.for_shape(error) from error


def _address(request: Request) -> Address:
    try:
        return parse_address(request.path_params["address"])
    except DataverseError as error:
        raise Refused(404, error.message) from error


def _quantities(order: SalesOrder, wish: Any) -> Quantities | None:
    """`{"<line>": quantity}` or `[{"line": 1, "quantity": 2}]`; None asks for all that is open.

    A line is named by its line creation sequence number, else by its position.
    """
    if wish is None:
        return None
    try:
        pairs = wish.items() if isinstance(wish, dict) else [(item["line"], item["quantity"]) for item in wish]
        return {_sequence(order, int(line)): float(quantity) for line, quantity in pairs}
    except (TypeError, ValueError, KeyError) as error:
        raise Refused(400, 'lines must read {"1": 2} or [{"line": 1, "quantity": 2}]') from error


def _sequence(order: SalesOrder, line: int) -> int:
    sequences = sorted(order.lines)
    if line in order.lines:
        return line
    if not 1 <= line <= len(sequences):
        raise Refused(409, f"sales order {order.number} has no line {line}; it has {sequences}")
    return sequences[line - 1]
