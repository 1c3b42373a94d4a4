"""Calls functions as the Python worker does: converters in, context, out parameters, return rules out.

Reference: functions-host.md section 3.
"""

import asyncio
import contextvars
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import azure.functions as func
from azure.functions.meta import Datum, get_binding_registry

from sandbox.host.functions import Binding, Function
from sandbox.host.metrics import Metrics
from sandbox.host.tracing import TraceContext, current_for_the_app, trace_of

log = logging.getLogger(__name__)

Publish = Callable[[Binding, Datum], Awaitable[None]]

IMPLICIT_OUTPUT = ("activityTrigger", "orchestrationTrigger")


class ReturnError(Exception):
    """A function returned what its bindings cannot carry."""


class OutParameter(func.Out[Any]):
    """A `func.Out` the function may set; unset means no output."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


@dataclass(frozen=True)
class RetryContext:
    """A first attempt: this host runs no retry policies."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


@dataclass(frozen=True)
class InvocationContext:
    """The `context` parameter of one invocation, with the attributes of `azure.functions.Context`."""

    function_name: str
    function_directory: str
    invocation_id: str
    trace_context: TraceContext
    retry_context: RetryContext
    thread_local_storage: threading.local


class Invoker:
    """Runs functions: coroutines on the loop, others in a thread pool, each under `functionTimeout`."""

    def __init__(self, *, client_input: str, timeout: float | None, publish: Publish, metrics: Metrics) -> None:
        """`client_input` is the JSON that durable client bindings get, `timeout` in seconds, `publish` sends output."""
        self._client_input = Datum(client_input, "string")
        self._timeout = timeout
        self._publish = publish
        self._metrics = metrics
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
        self._thread_local = threading.local()
        self._pool = ThreadPoolExecutor(int(threads) if threads else None, thread_name_prefix="function")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def invoke(
        self, function: Function, trigger: Datum, metadata: Mapping[str, Datum] | None = None
    ) -> Datum | None:
        """Runs one invocation, sends its output and returns its result, if it has one for the caller.

        Whatever the function or its result does wrong is raised.
        """
        self._metrics.ran(function.name, function.trigger.type)
        self._metrics.running += 1
        try:
            trace = trace_of(trigger)
            arguments = self._arguments(function, trigger, metadata or {}, trace)
            async with asyncio.timeout(self._timeout):
                with current_for_the_app(trace):
                    value = await self._call(function, arguments)
            result = _result(function, value)
            for binding, datum in _outputs(function, arguments):
                await self._publish(binding, datum)
            if function.result and function.result.type == "queue":
                if result:
                    await self._publish(function.result, result)
                return None
        except BaseException:
            self._metrics.failures[function.name] += 1
            raise
        finally:
            self._metrics.running -= 1
        return result

    def _arguments(
        self, function: Function, trigger: Datum, metadata: Mapping[str, Datum], trace: TraceContext
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {binding.name: OutParameter() for binding in function.outputs}
        for binding in function.inputs:
            if binding is function.trigger and function.wants_text and binding.type == "queueTrigger":
                arguments[binding.name] = trigger.value
            else:
                datum = trigger if binding is function.trigger else self._client_input
                arguments[binding.name] = _converter(binding).decode(datum, trigger_metadata=metadata)
        if function.wants_context:
            arguments["context"] = self._invocation_context(function, trace)
        return arguments

    def _invocation_context(self, function: Function, trace: TraceContext) -> InvocationContext:
        return InvocationContext(
            function_name=function.name,
            function_directory=os.getcwd(),
            invocation_id=str(uuid4()),
            trace_context=trace,
            retry_context=RetryContext(),
            thread_local_storage=self._thread_local,
        )

    async def _call(self, function: Function, arguments: dict[str, Any]) -> Any:
        if function.is_async:
            return await function.call(**arguments)
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: context.run(_call_in_thread, function, arguments))


def _call_in_thread(function: Function, arguments: dict[str, Any]) -> Any:
    invocation = arguments.get("context")
    if not isinstance(invocation, InvocationContext):
        return function.call(**arguments)
    invocation.thread_local_storage.invocation_id = invocation.invocation_id
    try:
        return function.call(**arguments)
    finally:
        invocation.thread_local_storage.invocation_id = None


def _converter(binding: Binding) -> Any:
    return get_binding_registry().get(binding.type)


def _result(function: Function, value: Any) -> Datum | None:
    binding = function.result or (function.trigger if function.trigger.type in IMPLICIT_OUTPUT else None)
    if binding is None:
        if value is not None:
            raise ReturnError(f"function '{function.name}' without a $return binding returned a non-None value")
        return None
    if function.result and value is None and binding.type != "http":
        return None
    try:
        return _converter(binding).encode(value, expected_type=None)
    except NotImplementedError as error:
        raise ReturnError(
            f"function '{function.name}' returned {type(value).__name__}, not for '{binding.type}'"
        ) from error


def _outputs(function: Function, arguments: dict[str, Any]) -> tuple[tuple[Binding, Datum], ...]:
    values = ((binding, arguments[binding.name].get()) for binding in function.outputs)
    return tuple(
        (binding, _converter(binding).encode(value, expected_type=None))
        for binding, value in values
        if value is not None
    )
