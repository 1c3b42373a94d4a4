"""Joins effects, faults and callbacks to a Starlette app with the control routes every stand-in has."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler

from sandbox.systems.kit.callbacks import CallbackSender, RetryPolicy
from sandbox.systems.kit.control import Refused, answer_refused, read_json_object
from sandbox.systems.kit.effects import EffectLog
from sandbox.systems.kit.fault_middleware import FaultMiddleware
from sandbox.systems.kit.faults import Faults


class StandIn:
    """The parts one stand-in shares between its own routes and the control routes."""

    def __init__(self, retry: RetryPolicy | None = None) -> None:
        self.effects = EffectLog()
        self.faults = Faults()
        self.callbacks = CallbackSender(self.faults, retry or RetryPolicy())

    def app(
        self,
        routes: Sequence[BaseRoute],
        reset: Callable[[bool], None],
        *,
        middleware: Sequence[Middleware] = (),
        exception_handlers: dict[type[Exception], ExceptionHandler] | None = None,
        beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> Starlette:
        """The app of these routes behind the faults. `reset` empties the system's own state; its argument says
        whether registrations (hooks, webhooks) go too. `middleware` runs inside the faults. What the system serves
        besides HTTP runs in `beside`, as long as the app."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            async with self.callbacks.running(), beside():
                yield

        control = _ControlRoutes(self, reset)
        return Starlette(
            routes=[*control.routes(), *routes],
            middleware=[Middleware(FaultMiddleware, faults=self.faults), *middleware],
            exception_handlers={**(exception_handlers or {}), Refused: answer_refused},
            lifespan=lifespan,
        )


class _ControlRoutes:
    def __init__(self, stand_in: StandIn, reset: Callable[[bool], None]) -> None:
        self._stand_in = stand_in
        self._reset_own_state = reset

    def routes(self) -> list[Route]:
        return [
            Route("/_control/effects", self._effects, methods=["GET"]),
            Route("/_control/callbacks", self._callbacks, methods=["GET"]),
            Route("/_control/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_control/reset", self._reset, methods=["POST"]),
        ]

    async def _effects(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise Refused(400, f"after={after}: must be the number of an effect")
        return JSONResponse({"effects": self._stand_in.effects.of(request.query_params.get("kind"), int(after))})

    async def _callbacks(self, _: Request) -> Response:
        callbacks = self._stand_in.callbacks
        return JSONResponse({"pending": callbacks.pending, "attempts": callbacks.attempts})

    async def _faults(self, request: Request) -> Response:
        faults = self._stand_in.faults
        if request.method == "POST":
            return JSONResponse(faults.arm(await read_json_object(request)), status_code=201)
        if request.method == "DELETE":
            faults.clear()
            return Response(status_code=204)
        return JSONResponse({"faults": faults.armed()})

    async def _reset(self, request: Request) -> Response:
        wish = await read_json_object(request, known=frozenset({"registrations"}))
        await self._stand_in.callbacks.forget()
        self._stand_in.faults.clear()
        self._stand_in.effects.clear()
        self._reset_own_state(bool(wish.get("registrations", False)))
        return Response(status_code=204)
