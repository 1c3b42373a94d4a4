"""The armed call faults, applied around a whole app as plain ASGI."""

import asyncio
import json

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.systems.kit.faults import CallFault, Faults


class FaultMiddleware:
    """Lets every call through but those an armed fault waits for; `/_control/` is never hit."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http" and not scope["path"].startswith("/_control/"):
            fault = self._faults.take_for_call(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._apply(fault, scope, receive, send)

    async def _apply(self, fault: CallFault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault.drop == "after":
            await self._app(scope, receive, _discard)
        if fault.drop:
            await _drop_connection(scope, receive)
        elif fault.status is not None:
            await _answer(fault, fault.status)(scope, receive, send)
        else:
            await self._app(scope, receive, _late(send, fault.answer_after_seconds))


def _late(send: Send, seconds: float) -> Send:
    """The app has done its work when it begins to answer: the answer waits so long, the work does not."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return sent


async def _discard(_: Message) -> None:
    """Swallow the app's answer: it has committed, the client will not hear of it."""


async def _drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the client's connection without an answer, and wait until the server has noticed."""
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _answer(fault: CallFault, status: int) -> Response:
    if fault.body is None or isinstance(fault.body, str):
        return Response(fault.body, status, fault.headers, media_type="text/plain")
    return Response(json.dumps(fault.body), status, fault.headers, media_type="application/json")
