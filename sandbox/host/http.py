"""The public HTTP server: routes of the app, durable webhooks, `/admin`.

Reference: functions-host.md sections 3 and 4.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from aiohttp import web
from azure.functions.meta import Datum
from multidict import CIMultiDict

from sandbox.host.durable.api import Call, DurableApi
from sandbox.host.durable.client import WEBHOOKS
from sandbox.host.functions import Function
from sandbox.host.invoke import Invoker
from sandbox.host.keys import Keys
from sandbox.host.routes import RouteTable, compile_route

log = logging.getLogger(__name__)

MAX_BODY = 100 * 1024 * 1024

Respond = Callable[[web.BaseRequest], Awaitable[web.Response]]


class Server:
    """One listening socket; `stop` lets running requests end."""

    def __init__(self, respond: Respond, *, stop_seconds: float) -> None:
        server = web.Server(respond, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=stop_seconds)

    async def start(self, bind: str, port: int) -> str:
        """Listens, on a free port when `port` is 0; returns the origin to reach it by."""
        await self._runner.setup()
        await web.TCPSite(self._runner, bind, port).start()
        host = "127.0.0.1" if bind == "0.0.0.0" else bind  # noqa: S104 - compared, not bound
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)


class FunctionRoutes:
    """Runs HTTP-triggered functions."""

    def __init__(self, functions: Sequence[Function], prefix: str, invoker: Invoker, keys: Keys | None) -> None:
        self._invoker = invoker
        self._keys = keys
        self._table = RouteTable(
            compile_route(route_of(function, prefix), function.trigger.options.get("methods"), function)
            for function in functions
            if function.trigger.type == "httpTrigger"
        )

    async def respond(self, request: web.BaseRequest) -> web.Response:
        match = self._table.match(request.method, request.rel_url.raw_path)
        if match is None:
            return web.Response(status=404)
        function, values = match
        level = function.trigger.options.get("authLevel", "FUNCTION")
        if self._keys and not self._keys.allow_function(function.name, level, presented_key(request)):
            return web.Response(status=401)
        datum = _http_datum(request, values, await request.read())
        try:
            result = await self._invoker.invoke(function, datum)
        except Exception:
            log.exception("function '%s' failed", function.name)
            return web.Response(status=500)
        return web.Response(status=204) if result is None else _http_response(result)


class DurableRoutes:
    """Passes requests under a base path to the management API."""

    def __init__(self, api: DurableApi, base: str, origin: str, keys: Keys | None) -> None:
        self._api = api
        self._base = base.split("/")
        self._origin = origin
        self._keys = keys

    async def respond(self, request: web.BaseRequest) -> web.Response:
        if self._keys and not self._keys.allow_durable(presented_key(request)):
            return web.Response(status=401)
        # The decoded parts: an escaped slash belongs to its segment.
        parts = [part for part in request.rel_url.parts if part not in ("", "/")]
        if parts[: len(self._base)] != self._base:
            return web.Response(status=404)
        call = Call(
            method=request.method,
            segments=tuple(parts[len(self._base) :]),
            query=request.query,
            body=await request.read(),
            content_type=request.headers.get("Content-Type", ""),
            origin=self._origin,
        )
        reply = await self._api.answer(call)
        if reply.body is None:
            return web.Response(status=reply.status, headers=reply.headers)
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def public_responder(functions: FunctionRoutes, durable: DurableRoutes, admin: Respond) -> Respond:
    """The whole public port."""

    async def respond(request: web.BaseRequest) -> web.Response:
        path = request.path.lstrip("/")
        if path.startswith(f"{WEBHOOKS}/"):
            return await durable.respond(request)
        if path == "admin" or path.startswith("admin/"):
            return await admin(request)
        return await functions.respond(request)

    return respond


def route_of(function: Function, prefix: str) -> str:
    """The full template of an HTTP function, without a leading slash."""
    return f"{prefix}/{function.trigger.options['route']}".strip("/")


def presented_key(request: web.BaseRequest) -> str | None:
    return request.headers.get("x-functions-key") or request.query.get("code")


def _http_datum(request: web.BaseRequest, values: Mapping[str, str], body: bytes) -> Datum:
    """The request as the worker hands it over: repeated query keys joined, those without a value dropped."""
    query = {key: ",".join(request.query.getall(key)) for key in request.query}
    headers = {key.lower(): ",".join(request.headers.getall(key)) for key in request.headers}
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(str(request.url), "string"),
            "headers": _strings(headers),
            "query": _strings({key: value for key, value in query.items() if value}),
            "params": _strings(values),
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def _strings(values: Mapping[str, str]) -> dict[str, Datum]:
    return {key: Datum(value, "string") for key, value in values.items()}


def _http_response(result: Datum) -> web.Response:
    if result.type == "string":
        return web.Response(text=cast(str, result.value))
    value = result.value
    headers: CIMultiDict[str] = CIMultiDict({name: datum.value for name, datum in value["headers"].items()})
    for cookie in value["cookies"] or ():
        for morsel in cookie.values():
            headers.add("Set-Cookie", morsel.OutputString())
    return web.Response(status=int(value["status_code"].value), headers=headers, body=value["body"].value)
