"""The host: an app, its triggers and its orchestrations, wired together."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Protocol

from aiohttp import web
from azure.functions import OrchestrationContext

from sandbox.host.accounts import Accounts
from sandbox.host.admin import Admin, RunByHand
from sandbox.host.checks import LoadError
from sandbox.host.durable.api import DurableApi
from sandbox.host.durable.client import RPC, WEBHOOKS, client_input
from sandbox.host.durable.engine import Engine
from sandbox.host.durable.store import Store
from sandbox.host.durable.timestamps import speed_up_timestamps
from sandbox.host.durable.turn import App
from sandbox.host.durable.work import Activities
from sandbox.host.functions import Function
from sandbox.host.http import DurableRoutes, FunctionRoutes, Respond, Server, public_responder
from sandbox.host.invoke import Invoker
from sandbox.host.keys import Keys
from sandbox.host.metrics import Metrics
from sandbox.host.queue_trigger import QueueListener, QueueOutput
from sandbox.host.service_bus_namespaces import Namespaces
from sandbox.host.service_bus_trigger import ServiceBusListener
from sandbox.host.settings import HostSettings
from sandbox.host.tables import Table
from sandbox.host.timer_trigger import TimerRunner

log = logging.getLogger(__name__)

# What still runs may end in this time; connections of callers get a little more.
STOP_SECONDS = 8.0
CONNECTION_SECONDS = 3.0


class Trigger(Protocol):
    """Something that starts functions until it is stopped."""

    async def stop(self, seconds: float) -> None:
        """Starts nothing more and lets what runs end for a while."""
        ...


class Host:
    """Runs the functions of one app; `start` returns when everything, recovery included, is up."""

    def __init__(self, functions: Sequence[Function], settings: HostSettings, keys: Keys | None) -> None:
        _require_own_hub(functions, settings)
        self.functions = functions
        self.settings = settings
        self._keys = keys
        self._metrics = Metrics()
        self._namespaces = Namespaces()
        self._admin = Admin(self._metrics, keys)
        self._triggers: list[Trigger] = [self._admin]
        self._closing = AsyncExitStack()
        self._stop_by = 0.0
        self.origin = ""

    async def start(self, *, bind: str, port: int, rpc_port: int, lease_seconds: int) -> None:
        """Listens (on free ports for port 0), connects to storage, takes up unfinished work, then starts triggers."""
        speed_up_timestamps()
        public, rpc = _Late(self._admin.respond), _Late(_unavailable)
        accounts = Accounts(self._metrics)
        # Closed in the opposite order: triggers, requests, orchestrations, and only then what they all need.
        self._closing.push_async_callback(accounts.close)
        self._closing.push_async_callback(self._namespaces.close)
        self._closing.push_async_callback(_close_client_session)
        rpc_origin = await self._listen(rpc, "127.0.0.1", rpc_port)
        public_server = Server(public, stop_seconds=CONNECTION_SECONDS)
        self.origin = await public_server.start(bind, port)
        output = QueueOutput(accounts, self.settings.queues)
        invoker = self._invoker(rpc_origin, output)
        engine = self._engine(accounts, invoker)
        self._closing.push_async_callback(public_server.stop)
        api = DurableApi(engine, self.settings.durable.hub_name, self._keys.durable_key if self._keys else None)
        routes = FunctionRoutes(self.functions, self.settings.route_prefix, invoker, self._keys)
        webhooks = DurableRoutes(api, WEBHOOKS, self.origin, self._keys)
        # Recovered activities may call the client at once.
        rpc.respond = DurableRoutes(api, RPC, self.origin, None).respond
        recovered = await engine.recover()
        if recovered:
            log.info("took up %d unfinished orchestrations", recovered)
        self._closing.push_async_callback(self._stop_triggers)
        await self._start_triggers(accounts, output, invoker, lease_seconds)
        public.respond = public_responder(routes, webhooks, self._admin.respond)
        self._admin.is_running = True

    async def stop(self) -> None:
        """Takes in nothing new and lets what runs end, for some seconds; triggers first, storage last."""
        self._admin.is_running = False
        self._stop_by = time.monotonic() + STOP_SECONDS
        await self._closing.aclose()

    async def _stop_triggers(self) -> None:
        await asyncio.gather(*(trigger.stop(STOP_SECONDS) for trigger in self._triggers))

    async def _stop_engine(self, engine: Engine) -> None:
        await engine.stop(max(0.0, self._stop_by - time.monotonic()))

    async def _listen(self, late: "_Late", bind: str, port: int) -> str:
        server = Server(late, stop_seconds=CONNECTION_SECONDS)
        self._closing.push_async_callback(server.stop)
        return await server.start(bind, port)

    def _invoker(self, rpc_origin: str, output: QueueOutput) -> Invoker:
        key = self._keys.durable_key if self._keys else None
        hub = self.settings.durable.hub_name
        invoker = Invoker(
            client_input=client_input(origin=self.origin, rpc_origin=rpc_origin, hub=hub, key=key),
            timeout=self.settings.function_timeout,
            publish=output.publish,
            metrics=self._metrics,
        )
        self._closing.callback(invoker.close)
        return invoker

    def _engine(self, accounts: Accounts, invoker: Invoker) -> Engine:
        durable = self.settings.durable
        activities = {function.name: function for function in self._triggered_by("activityTrigger")}
        orchestrators = {
            function.name: _orchestrator(function) for function in self._triggered_by("orchestrationTrigger")
        }
        engine = Engine(
            store=Store(Table(accounts.client(durable.connection_name), f"{durable.hub_name}Instances")),
            app=App(orchestrators, frozenset(activities), durable.max_actions),
            activities=Activities(activities, invoker, durable.max_activities),
            settings=durable,
            metrics=self._metrics,
        )
        self._closing.push_async_callback(self._stop_engine, engine)
        return engine

    async def _start_triggers(
        self, accounts: Accounts, output: QueueOutput, invoker: Invoker, lease_seconds: int
    ) -> None:
        runnable: dict[str, RunByHand] = {}
        for function in self._triggered_by("queueTrigger"):
            listener = QueueListener(
                function,
                accounts,
                settings=self.settings.queues,
                lease_seconds=lease_seconds,
                invoker=invoker,
                metrics=self._metrics,
            )
            await listener.start()
            self._triggers.append(listener)
            output.listeners.append(listener)
            runnable[function.name] = listener.run_once
        runnable |= self._start_service_bus(invoker)
        timers = self._triggered_by("timerTrigger")
        if timers:
            table = Table(accounts.client(None), f"{self.settings.durable.hub_name}Timers")
            await table.create()
            for function in timers:
                timer = TimerRunner(function, table, invoker)
                timer.start()
                self._triggers.append(timer)
                runnable[function.name] = partial(_run_timer, timer)
        self._admin.runnable = runnable

    def _start_service_bus(self, invoker: Invoker) -> dict[str, RunByHand]:
        """How each of these functions is run by hand."""
        listeners = [
            ServiceBusListener(
                function,
                self._namespaces.client(function.trigger.options.get("connection")),
                settings=self.settings.service_bus,
                invoker=invoker,
                metrics=self._metrics,
            )
            for function in self._triggered_by("serviceBusTrigger")
        ]
        for listener in listeners:
            listener.start()
        self._triggers += listeners
        return {listener.function.name: listener.run_once for listener in listeners}

    def _triggered_by(self, kind: str) -> list[Function]:
        return [function for function in self.functions if function.trigger.type == kind]


class _Late:
    """Answers through whatever `respond` is by then: the socket is open before everything behind it is."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        return await self.respond(request)


async def _close_client_session() -> None:
    """The Durable SDK keeps one session for all its clients and never closes it."""
    module = sys.modules.get("azure.durable_functions.models.utils.http_utils")
    if module:
        await module.__dict__["_close_session"]()


async def _unavailable(_: web.BaseRequest) -> web.Response:
    return web.Response(status=503)


async def _run_timer(timer: TimerRunner, _: str) -> None:
    await timer.run_once()


def _require_own_hub(functions: Sequence[Function], settings: HostSettings) -> None:
    """A durable client of another task hub or account would find nobody there."""
    own = {"taskHub": settings.durable.hub_name, "connectionName": settings.durable.connection_name}
    for function in functions:
        for binding in function.inputs:
            for option, value in own.items():
                if binding.type == "durableClient" and binding.options.get(option, value) != value:
                    raise LoadError(
                        f"function '{function.name}', binding '{binding.name}': this host serves "
                        f"{option} '{value}' only, not '{binding.options[option]}'"
                    )


def _orchestrator(function: Function) -> Callable[[str], str]:
    """The orchestrator as a function from context JSON to state JSON."""

    def run(context: str) -> str:
        return function.call(**{function.trigger.name: OrchestrationContext(context)})

    return run
