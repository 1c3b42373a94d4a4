"""The stand-in service: one namespace behind an AMQP port, and its control routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from sandbox.systems.kit import StandIn
from sandbox.systems.service_bus.amqp.broker import Broker
from sandbox.systems.service_bus.config import Config
from sandbox.systems.service_bus.control_api import ControlApi
from sandbox.systems.service_bus.namespace import Namespace
from sandbox.systems.service_bus.operations import Operations


def create_app(config: Config) -> Starlette:
    """The namespace of `config`, its queues empty; clients are served as long as the app runs."""
    stand_in, namespace, operations = StandIn(), Namespace(config), Operations()
    broker = Broker(config, namespace, operations, stand_in)

    def reset(_: bool) -> None:
        namespace.clear()
        operations.clear()

    @asynccontextmanager
    async def serving() -> AsyncIterator[None]:
        await broker.start()
        yield
        await broker.stop()
        namespace.close()

    return stand_in.app(routes=ControlApi(namespace, operations, broker).routes(), reset=reset, beside=serving)
