"""`/admin`: the state of the host, its counters, and running a function by hand."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sandbox.host.http import presented_key
from sandbox.host.keys import Keys
from sandbox.host.metrics import Metrics

log = logging.getLogger(__name__)

RunByHand = Callable[[str], Awaitable[None]]


class Admin:
    """Answers below `/admin`; `runnable` are the functions that can be run by hand, given an input text."""

    def __init__(self, metrics: Metrics, keys: Keys | None) -> None:
        self._metrics = metrics
        self._keys = keys
        self.is_running = False
        self.runnable: Mapping[str, RunByHand] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def respond(self, request: web.BaseRequest) -> web.Response:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["admin", "host", "status"]:
                state = "Running" if self.is_running else "Initializing"
                return web.json_response({"state": state}, status=200 if self.is_running else 503)
            case _ if self._keys and not self._keys.allow_admin(presented_key(request)):
                return web.Response(status=401)
            case "GET", ["admin", "host", "metrics"]:
                return web.json_response(self._metrics.to_json())
            case "POST", ["admin", "functions", name]:
                return await self._run(name, await request.read())
        return web.json_response({"Message": "not served by this host"}, status=501)

    async def stop(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _run(self, name: str, body: bytes) -> web.Response:
        if name not in self.runnable:
            message = f"'{name}' is not a timer or queue function of this app"
            return web.json_response({"Message": message}, status=404)
        try:
            content = json.loads(body or b"{}").get("input", "")
        except (ValueError, AttributeError):
            return web.json_response({"Message": 'the body must be {"input": ...} or empty'}, status=400)
        text = content if isinstance(content, str) else json.dumps(content)
        task = asyncio.create_task(self._logged(name, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.Response(status=202)

    async def _logged(self, name: str, text: str) -> None:
        try:
            await self.runnable[name](text)
        except Exception:
            log.exception("function '%s', run by hand, failed", name)
