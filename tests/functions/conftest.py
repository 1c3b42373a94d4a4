"""The app as the Functions host loads it, its triggers callable one by one."""

import importlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import functions
from sandbox.azurite import Azurite
from sandbox.host.functions import Function
from sandbox.host.loader import index_functions
from shared.message_transport import Transport
from shared.store.tables import Tables, open_tables
from tests.application.samples import RecordingQueues
from tests.functions.openapi import as_documented
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import Arriving
from tests.functions.world import World

ROOT = Path(__file__).parent.parent.parent
TRANSPORTS: dict[Transport, dict[str, str]] = {
    Transport.STORAGE: {},
    Transport.SERVICE_BUS: {
        "MESSAGING__TRANSPORT": "servicebus",
        "ServiceBusConnection__fullyQualifiedNamespace": "orders.servicebus.windows.net",
        "ORDERS__REDELIVERY_BASE_SECONDS": "0.001",  # the pause before a function fails
    },
}


@pytest.fixture(scope="session")
def sample_settings() -> dict[str, str]:
    return json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]


@pytest.fixture(scope="session")
def apps(sample_settings: dict[str, str]) -> dict[Transport, dict[str, Function]]:
    """Every function by its name; loading it applies the real worker's rules about parameters and annotations."""
    return {transport: _loaded({**sample_settings, **settings}) for transport, settings in TRANSPORTS.items()}


def _loaded(settings: dict[str, str]) -> dict[str, Function]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        import function_app  # noqa: PLC0415 - reads the settings

        indexed = index_functions(importlib.reload(function_app).app, settings)
    return {function.name: function for function in indexed}


@pytest.fixture
def transport() -> Transport:
    """What carries the messages; tests of what messages do are parametrized with both."""
    return Transport.STORAGE


@pytest.fixture
def app(apps: dict[Transport, dict[str, Function]], transport: Transport) -> dict[str, Function]:
    return apps[transport]


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """Of an Azurite of their own: what is listed over HTTP is all there is, whatever other folders' tests have left."""
    with Azurite.start(tmp_path_factory.mktemp("azurite"), in_memory=True) as own:
        opened = open_tables(own.connection_string)
        yield opened
        opened.close()


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


Serve = Callable[..., None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Hands the triggers the given services instead of those of the composition root."""

    def serve(**services: Any) -> None:
        given = SimpleNamespace(**services)
        for module in vars(functions).values():
            if hasattr(module, "services"):
                monkeypatch.setattr(module, "services", lambda: given)

    return serve


@pytest.fixture
def call(app: dict[str, Function]) -> Callable[..., Any]:
    """`call(name, trigger, client)`: what the function returns; a coroutine where it is asynchronous.

    Every HTTP response must be one that the OpenAPI document promises.
    """

    def call(name: str, trigger: Any, client: RecordingClient | None = None) -> Any:
        function = app[name]
        if isinstance(trigger, Arriving):
            trigger = trigger.by(function.trigger.type)
        given = {function.trigger.name: trigger}
        if not any(binding.type == "durableClient" for binding in function.inputs):
            returned = function.call(**given)
            return _once_there(name, trigger, returned) if function.is_async else as_documented(name, trigger, returned)
        # The decorator would make a real client of the binding's text; behind it is the function as written.
        returned = inspect.unwrap(function.call)(**given, client=client)
        return _once_there(name, trigger, returned)

    async def _once_there(name: str, trigger: Any, coming: Awaitable[Any]) -> Any:
        return as_documented(name, trigger, await coming)

    return call


@pytest.fixture
def client() -> RecordingClient:
    return RecordingClient()


@pytest.fixture
def world(call: Callable[..., Any], serve: Serve, client: RecordingClient, request: pytest.FixtureRequest) -> World:
    stores = ("book", "errors", "claims", "configuration", "dead_letters")
    return World(call, serve, client=client, **{name: request.getfixturevalue(name) for name in stores})
