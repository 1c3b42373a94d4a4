"""One invocation: what a function gets, what it may return, how long it may take."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.functions.meta import Datum

from sandbox.host.functions import Binding
from sandbox.host.invoke import Invoker, ReturnError
from sandbox.host.loader import index_functions
from sandbox.host.metrics import Metrics

# The SDK says once per process that it would like types for every payload.
pytestmark = pytest.mark.filterwarnings("ignore:.*df_loads was called without expected_type")


class Invocations:
    """Invokes activities and keeps what they put out."""

    def __init__(self, seconds_allowed: float) -> None:
        self.published: list[tuple[str, str]] = []
        self.metrics = Metrics()
        self.invoker = Invoker(client_input="{}", timeout=seconds_allowed, publish=self._publish, metrics=self.metrics)

    async def _publish(self, binding: Binding, datum: Datum) -> None:
        self.published.append((binding.options["queueName"], datum.value))

    async def run(self, build: Callable[[df.DFApp], Any], value: Any = None) -> Any:
        app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
        build(app)
        (function,) = index_functions(app, {})
        result = await self.invoker.invoke(function, Datum(json.dumps(value), "string"))
        return result and result.value


@pytest.fixture
def seconds_allowed() -> float:
    """More than any machine needs; a test of the limit gives its own."""
    return 60


@pytest.fixture
def invocations(seconds_allowed: float) -> Iterator[Invocations]:
    invocations = Invocations(seconds_allowed)
    yield invocations
    invocations.invoker.close()


async def test_an_activity_gets_and_gives_json(invocations: Invocations):
    def build(app: df.DFApp):
        @app.activity_trigger(input_name="order")
        def total(order: dict) -> dict:
            return {"total": order["price"] * order["quantity"]}

    assert json.loads(await invocations.run(build, {"price": 4, "quantity": 3})) == {"total": 12}
    assert invocations.metrics.invocations == {"total": 1}


async def test_a_result_that_is_not_json_fails_the_activity(invocations: Invocations):
    def build(app: df.DFApp):
        @app.activity_trigger(input_name="order")
        def broken(order: dict) -> object:
            return object()

    with pytest.raises(ValueError, match="json serializable"):
        await invocations.run(build, {})
    assert invocations.metrics.failures == {"broken": 1}


@pytest.mark.parametrize("seconds_allowed", [0.2])
@pytest.mark.parametrize("kind", ["coroutine", "thread"])
async def test_a_function_that_takes_too_long_fails(invocations: Invocations, kind: str):
    def build(app: df.DFApp):
        if kind == "coroutine":

            @app.activity_trigger(input_name="order")
            async def wait(order: dict) -> None:
                await asyncio.sleep(60)

        else:

            @app.activity_trigger(input_name="order")
            def block(order: dict) -> None:
                time.sleep(0.5)

    with pytest.raises(TimeoutError):
        await invocations.run(build, {})


async def test_an_output_is_sent_when_it_is_set(invocations: Invocations):
    def build(app: df.DFApp):
        @app.activity_trigger(input_name="order")
        @app.queue_output(arg_name="confirmation", queue_name="confirmations", connection="AzureWebJobsStorage")
        @app.queue_output(arg_name="alarm", queue_name="alarms", connection="AzureWebJobsStorage")
        def confirm(order: str, confirmation: func.Out[str], alarm: func.Out[str]) -> None:
            confirmation.set(f"{order} confirmed")

    await invocations.run(build, "A-1007")

    assert invocations.published == [("confirmations", "A-1007 confirmed")]


async def test_a_function_without_a_return_binding_must_return_none(invocations: Invocations):
    def build(app: df.DFApp):
        @app.queue_trigger(arg_name="message", queue_name="orders", connection="AzureWebJobsStorage")
        def take(message: str):
            return message

    with pytest.raises(ReturnError, match=r"without a \$return binding returned a non-None value"):
        await invocations.run(build, "A-1007")
